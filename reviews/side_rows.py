"""Rows behind the two sides of a conflict (reviews.sides): a fixed number of queries for lists, one for a pair."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from consortia.models import Membership, Seat, Unit
from portal.bundle import Bundle, Question, moment
from projects.models import Application
from reviews.models import Expert, ExpertConflict
from reviews.sides import NAMED, POST, SEAT, UNIT

_MEMBER = ("consortium_id", *(f"unit__{name}" for name in UNIT))
_NO_PHONE = "\x1e"  # stored phones are printable: an expert without one is nobody's double


def in_force(today: date) -> QuerySet[ExpertConflict]:
    """Recorded conflicts that hold today."""
    begun = Q(since__isnull=True) | Q(since__lte=today)
    return ExpertConflict.objects.filter(begun, Q(until__isnull=True) | Q(until__gte=today), ended_at=None)


class ListRows:
    """For any number of experts and applications: five queries, a sixth for lead units that left their consortium."""

    def members(self, consortia: Iterable[int]) -> Iterable[Sequence[Any]]:
        return Membership.objects.filter(consortium__in=consortia).order_by().values_list(*_MEMBER)

    def units(self, ids: set[int]) -> Iterable[Sequence[Any]]:
        return Unit.objects.filter(pk__in=ids).order_by().values_list(*UNIT)

    def named(self, applications: Iterable[int]) -> Iterable[Sequence[Any]]:
        return Application.objects.filter(pk__in=applications).order_by().values_list(*NAMED)

    def posts(self, experts: list[Expert]) -> Iterable[Sequence[Any]]:
        return Expert.objects.filter(pk__in=[row.pk for row in experts]).order_by().values_list(*POST)

    def seats(self, experts: list[Expert], units: set[int]) -> Iterable[Sequence[Any]]:
        accounts, names = {row.user_id for row in experts}, {row.user.name for row in experts}
        phones = {row.user.phone for row in experts} - {""}
        people = Q(user__in=accounts) | Q(user__phone__in=phones) | Q(user__name__in=names)
        return Seat.objects.filter(people, unit__in=units).order_by("started_at").values_list(*SEAT)

    def records(self, experts: list[Expert], today: date) -> Iterable[ExpertConflict]:
        return in_force(today).filter(expert__in=experts).select_related("unit")


_PAIR = Bundle(
    {
        "expert": int,
        "user": int,
        "phone": str,
        "name": str,
        "application": int,
        "consortium": int,
        "lead": int,
        "today": date,
    },
    {
        "members": Question(lambda consortium: Membership.objects.filter(consortium=consortium).order_by(), _MEMBER),
        "lead": Question(lambda lead: Unit.objects.filter(pk=lead).order_by(), UNIT),
        "named": Question(lambda application: Application.objects.filter(pk=application).order_by(), NAMED),
        "posts": Question(lambda expert: Expert.objects.filter(pk=expert).order_by(), POST),
        "seats": Question(
            lambda user, phone, name: Seat.objects.filter(
                Q(user=user) | Q(user__phone=phone) | Q(user__name=name)
            ).order_by("started_at"),
            SEAT,
        ),
        "records": Question(
            lambda expert, today: in_force(today).filter(expert=expert), model=ExpertConflict, related=("unit",)
        ),
    },
)


class PairRows:
    """The same for one expert and one application, in one query."""

    def __init__(self, expert: Expert, application: Application, today: date):
        self._found = _PAIR.ask(
            expert=expert.pk,
            user=expert.user_id,
            phone=expert.user.phone or _NO_PHONE,
            name=expert.user.name,
            application=application.pk,
            consortium=application.consortium_id,
            lead=application.lead_unit_id,
            today=today,
        )

    def _rows(self, name: str) -> Iterator[tuple[Any, ...]]:
        return (tuple(row.values()) for row in self._found[name])

    def members(self, consortia: Iterable[int]) -> Iterable[Sequence[Any]]:
        return self._rows("members")

    def units(self, ids: set[int]) -> Iterable[Sequence[Any]]:
        return self._rows("lead") if ids else ()

    def named(self, applications: Iterable[int]) -> Iterable[Sequence[Any]]:
        return self._rows("named")

    def posts(self, experts: list[Expert]) -> Iterable[Sequence[Any]]:
        for *row, started, ended in self._rows("posts"):
            yield *row, started and date.fromisoformat(started), ended and date.fromisoformat(ended)

    def seats(self, experts: list[Expert], units: set[int]) -> Iterable[Sequence[Any]]:
        for unit, *person, started, ended in self._rows("seats"):
            if unit in units:
                yield unit, *person, moment(started), ended and moment(ended)

    def records(self, experts: list[Expert], today: date) -> Iterable[ExpertConflict]:
        return self._found["records"]
