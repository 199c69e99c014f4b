"""Conflicts of interest between experts and applicants: detected, declared and pinned (article 8(2), R1, R2, R12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from consortia.models import Membership, Seat, Unit
from portal.editions import edition
from portal.measures.evidence import fold_name
from projects.models import Application
from reviews.models import Expert, ExpertConflict, ExpertPost

_YEAR = timedelta(days=366)
SOURCES = dict(ExpertConflict._meta.get_field("source").choices)


@dataclass(frozen=True)
class Conflict:
    """Why an expert may not judge an application: kind (code of ExpertConflict.kind), source, sentence in Chinese."""

    kind: str
    source: str
    text: str


@dataclass(frozen=True)
class _Side:
    """The applicants' side: unit id -> name, folded names -> unit id, and who holds seats there."""

    units: dict[int, str]
    names: dict[str, int]
    lead_id: int


@dataclass(frozen=True)
class _Seats:
    """Seats of people who are, or may be, the expert: (unit id, whether it is surely the same person)."""

    units: dict[int, bool]


def detect(expert: Expert, application: Application) -> tuple[Conflict, ...]:
    """All conflicts of one expert with one application, read from the database now."""
    return detect_many([expert], [application]).get((expert.pk, application.pk), ())


def detect_many(
    experts: Iterable[Expert], applications: Iterable[Application]
) -> dict[tuple[int, int], tuple[Conflict, ...]]:
    """(expert id, application id) -> conflicts, only pairs that have any; a constant number of queries."""
    experts, applications = list(experts), list(applications)
    today = timezone.localdate()
    sides = _sides(applications)
    posts = _posts(experts)
    seats = _seats(experts, sides)
    recorded = _recorded(experts, today)
    found: dict[tuple[int, int], tuple[Conflict, ...]] = {}
    for application in applications:
        years = edition(application.call.edition).review.former_unit_years
        side = sides[application.pk]
        for expert in experts:
            conflicts = (
                *_by_unit(expert, posts.get(expert.pk, ()), side, today - years * _YEAR),
                *_by_seat(seats[expert.pk], side),
                *_by_record(recorded.get(expert.pk, ()), application, side),
            )
            if conflicts:
                found[expert.pk, application.pk] = conflicts
    return found


def _sides(applications: list[Application]) -> dict[int, _Side]:
    """Lead unit and all units that ever were members, with former names and merged predecessors."""
    consortia = {application.consortium_id for application in applications}
    members: dict[int, set[int]] = {}
    for consortium_id, unit_id in Membership.objects.filter(consortium__in=consortia).values_list(
        "consortium_id", "unit_id"
    ):
        members.setdefault(consortium_id, set()).add(unit_id)
    ids = {application.lead_unit_id for application in applications}.union(*members.values())
    rows = Unit.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).values_list(
        "pk", "name", "merged_into_id", "former_names__name"
    )
    units: dict[int, list[tuple[int, str, str | None]]] = {}
    for pk, name, merged_into, former in rows:
        for owner in {pk, merged_into} & ids:
            units.setdefault(owner, []).append((pk, name, former))
    return {
        application.pk: _side(
            application.lead_unit_id,
            [
                row
                for u in members.get(application.consortium_id, set()) | {application.lead_unit_id}
                for row in units[u]
            ],
        )
        for application in applications
    }


def _side(lead_id: int, rows: list[tuple[int, str, str | None]]) -> _Side:
    names = {fold_name(name): pk for pk, current, former in rows for name in (current, former) if name}
    return _Side({pk: name for pk, name, _ in rows}, names, lead_id)


def _posts(experts: list[Expert]) -> dict[int, list[ExpertPost]]:
    posts: dict[int, list[ExpertPost]] = {}
    for post in ExpertPost.objects.filter(expert__in=experts):
        posts.setdefault(post.expert_id, []).append(post)
    return posts


def _seats(experts: list[Expert], sides: dict[int, _Side]) -> dict[int, _Seats]:
    """Seats by account, by phone (the same person) and by name (probably); among the applicants' units only."""
    units = {unit_id for side in sides.values() for unit_id in side.units}
    phones = [expert.user.phone for expert in experts if expert.user.phone]
    names = [expert.user.name for expert in experts]
    people = Q(user__in=[e.user_id for e in experts]) | Q(user__phone__in=phones) | Q(user__name__in=names)
    rows = list(
        Seat.objects.filter(people, unit__in=units, ended_at__isnull=True).values_list(
            "unit_id", "user_id", "user__phone", "user__name"
        )
    )
    result = {}
    for expert in experts:
        mine: dict[int, bool] = {}
        for unit_id, user_id, phone, name in rows:
            sure = user_id == expert.user_id or bool(phone and phone == expert.user.phone)
            if sure or name == expert.user.name:
                mine[unit_id] = sure or mine.get(unit_id, False)
        result[expert.pk] = _Seats(mine)
    return result


def _recorded(experts: list[Expert], today: date) -> dict[int, list[ExpertConflict]]:
    records: dict[int, list[ExpertConflict]] = {}
    in_force = (Q(since__isnull=True) | Q(since__lte=today)) & (Q(until__isnull=True) | Q(until__gte=today))
    for row in ExpertConflict.objects.filter(in_force, expert__in=experts).select_related("unit"):
        records.setdefault(row.expert_id, []).append(row)
    return records


def _by_unit(expert: Expert, posts: Iterable[ExpertPost], side: _Side, since: date):
    """Present unit and posts that ended after `since`, by registered unit or by name."""
    places = [(expert.unit_id, expert.unit_name, None)]
    places += [(post.unit_id, post.unit_name, post.ended_on) for post in posts]
    for unit_id, name, ended_on in places:
        matched = unit_id if unit_id in side.units else side.names.get(fold_name(name))
        if matched is None or (ended_on is not None and ended_on < since):
            continue
        kind = "employment" if matched == side.lead_id else "membership"
        word = "牵头单位" if kind == "employment" else "联合体成员单位"
        when = "现任职" if ended_on is None else f"{ended_on.year}年前任职"
        yield Conflict(kind, "detected", f"{when}于{word}“{side.units[matched]}”")


def _by_seat(seats: _Seats, side: _Side):
    for unit_id, sure in seats.units.items():
        if unit_id in side.units:
            person = "本人账号（或同一手机号）" if sure else "同名人员（疑为同一人）"
            yield Conflict("same_entity", "detected", f"{person}在“{side.units[unit_id]}”任职")


def _by_record(records: Iterable[ExpertConflict], application: Application, side: _Side):
    for row in records:
        if row.application_id == application.pk or row.unit_id in side.units:
            about = f"“{row.unit.name}”" if row.unit_id else "本项目"
            text = f"{SOURCES[row.source]}：与{about}存在{row.get_kind_display()}关系"
            yield Conflict(row.kind, row.source, text)
