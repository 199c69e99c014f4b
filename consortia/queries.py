"""Nouns of units and consortia."""

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from consortia.models import Consortium, Membership, Unit
from consortia.seats import seats_of, unit_ids
from portal import editions

SESSION_KEY = "current_unit"
OUTSIDE = "外省市"
OWN_SEATS = ("drafter", "unitadmin", "leader", "supervisor")


def units_of(user) -> dict[int, str]:
    """Names by id of the approved units where the user sits, by name; no query beyond that of the seats."""
    return {seat.unit_id: seat.unit_name for seat in seats_of(user)}


def current_unit_id(request) -> int | None:
    """The unit the person works for now: the chosen one while the seat lasts, else the first with a seat of its own."""
    units = units_of(request.user)
    chosen = request.session.get(SESSION_KEY)
    if chosen in units:
        return chosen
    # A seat as member-unit staff is the weakest: whoever also drafts or leads elsewhere starts there.
    return min(unit_ids(request.user, *OWN_SEATS) or units, key=list(units).index, default=None)


def current_unit(request) -> Unit | None:
    """The unit of `current_unit_id`, with former names at hand."""
    pk = current_unit_id(request)
    return Unit.objects.prefetch_related("former_names").filter(pk=pk).first() if pk else None


def consortia_of(user):
    """The user's consortia for a list: lead unit, present qualification, members, own unconfirmed memberships."""
    mine = Membership.objects.filter(
        consortium=OuterRef("pk"),
        unit_id__in=unit_ids(user, "member", "unitadmin"),
        left_on__isnull=True,
        role="member",
        confirmed_at__isnull=True,
    )
    rows = Consortium.objects.filter(pk__in=Consortium.objects.visible_to(user).values("pk"))
    rows = rows.select_related("lead_unit").with_status(timezone.localdate())
    present = Count("memberships", filter=Q(memberships__left_on__isnull=True))
    return rows.annotate(members=present, waits=Exists(mine)).order_by("name")


def waiting_for(user, consortium):
    """Memberships of the user's units in the consortium that nobody has confirmed (9)."""
    rows = consortium.memberships.filter(role="member", left_on__isnull=True, confirmed_at__isnull=True)
    return rows.filter(unit_id__in=unit_ids(user, "member", "unitadmin")).select_related("unit")


def members_of(consortium):
    """Members of a consortium, present ones first, with unit and agreement."""
    rows = consortium.memberships.select_related("unit", "agreement", "confirmed_by")
    return rows.order_by("left_on", "role", "joined_on", "pk")


def field_choices() -> list[tuple[str, str]]:
    """Fields of article 2 in the newest edition; consortia store the names."""
    return [(item.name, item.name) for item in _newest().fields]


def district_choices(*, outside: bool = False) -> list[tuple[str, str]]:
    """Districts of Beijing in the newest edition; `outside` adds a choice for units registered elsewhere."""
    names = [item.name for item in _newest().districts]
    return [(name, name) for name in ([*names, OUTSIDE] if outside else names)]


def _newest():
    return editions.edition(editions.codes()[-1])
