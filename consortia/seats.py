"""Who sits where: the facts that every predicate asks, fetched once per user."""

from dataclasses import dataclass

from consortia.models import Seat
from portal import access
from portal.bundle import Question


@dataclass(frozen=True)
class SeatFact:
    """A user's active seat: unit id, unit name, role."""

    unit_id: int
    unit_name: str
    role: str


def _active(user: int):
    rows = Seat.objects.filter(user=user, ended_at__isnull=True, unit__state="approved")
    return rows.order_by("unit__name", "role")


access.register_standing(
    "seats", Question(_active, ("unit_id", "unit__name", "role")), lambda user, rows: {row["role"] for row in rows}
)


def seats_of(user) -> tuple[SeatFact, ...]:
    """All active seats of a user by unit name and role; no query beyond the user's standing."""
    if not user.is_authenticated:
        return ()
    cached = getattr(user, "_seats", None)
    if cached is None:
        rows = access.standing_of(user)["seats"]
        cached = user._seats = tuple(SeatFact(row["unit_id"], row["unit__name"], row["role"]) for row in rows)
    return cached


def unit_ids(user, *roles: str) -> frozenset[int]:
    """Ids of the units where the user holds one of the roles (any role when none is named)."""
    return frozenset(seat.unit_id for seat in seats_of(user) if not roles or seat.role in roles)


def people_of(unit, *roles: str):
    """Active users with a seat in the unit (User objects)."""
    rows = unit.seats.filter(ended_at__isnull=True, user__is_active=True)
    if roles:
        rows = rows.filter(role__in=roles)
    return {seat.user_id: seat.user for seat in rows.select_related("user")}.values()
