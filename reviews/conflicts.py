"""Conflicts of interest between experts and applicants: detected, declared and pinned (article 8(2), R1, R2, R12).

A *conflict* bars: no seat, no look at the application. A *hint* (only the name is the same, or the unit's name begins
with the applicant's) bars nothing that exists, but nobody is drawn or seated past it: the center confirms it, then it
is a conflict, or dismisses it with a reason, then it is gone. docs/decisions/assignment.md says why.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.utils import timezone

from portal.editions import edition
from portal.measures.workdays import date_cn
from projects.models import Application
from reviews import sides
from reviews.models import Expert, ExpertConflict, HintCheck
from reviews.side_rows import ListRows, PairRows
from reviews.sides import Person, Place, Sides

YEAR = timedelta(days=366)
SOURCES = dict(ExpertConflict._meta.get_field("source").choices)
Pair = tuple[int, int]


@dataclass(frozen=True)
class Conflict:
    """Why an expert may not judge an application: kind (code of ExpertConflict.kind), source, sentence, since when.

    `key` is that of the hint it is, or was before the center confirmed it; `note` is what the recorder wrote, for the
    center's eyes alone.
    """

    kind: str
    source: str
    text: str
    since: date | None = None
    key: str = ""
    note: str = ""


@dataclass
class Survey:
    """(expert id, application id) -> conflicts, and hints that nobody has decided yet; only pairs that have any."""

    conflicts: dict[Pair, tuple[Conflict, ...]] = field(default_factory=dict)
    hints: dict[Pair, tuple[Conflict, ...]] = field(default_factory=dict)


def detect(expert: Expert, application: Application) -> tuple[Conflict, ...]:
    """All conflicts of one expert with one application, read from the database now, in one query (two with hints)."""
    rows = PairRows(expert, application, timezone.localdate())
    return _survey([expert], {application.pk: application}, rows).conflicts.get((expert.pk, application.pk), ())


def detect_many(experts: Iterable[Expert], applications: Iterable[Application]) -> dict[Pair, tuple[Conflict, ...]]:
    """(expert id, application id) -> conflicts, only pairs that have any."""
    return survey(experts, applications).conflicts


def survey(experts: Iterable[Expert], applications: Iterable[Application]) -> Survey:
    """Everything known between experts and applications: five queries, a sixth when there are hints.

    Facts are looked up from either side, so that 300 experts and 2,000 applications are not compared pair by pair.
    """
    experts, applications = list(experts), {row.pk: row for row in applications}
    return _survey(experts, applications, ListRows()) if experts and applications else Survey()


def _survey(experts: list[Expert], applications: dict[int, Application], rows: ListRows | PairRows) -> Survey:
    years = {pk: edition(row.call.edition).review.former_unit_years for pk, row in applications.items()}
    today = timezone.localdate()
    facts = sides.load(applications, {expert.user.name for expert in experts}, rows)
    people = sides.people(experts, facts, today - max(years.values()) * YEAR, rows)
    records: dict[int, list[ExpertConflict]] = defaultdict(list)
    for row in rows.records(experts, today):
        records[row.expert_id].append(row)
    found: dict[Pair, list[Conflict]] = defaultdict(list)
    hints: dict[Pair, list[Conflict]] = defaultdict(list)
    for person in people:
        for application_id, ended_on, conflict in _of_person(person, facts):
            if ended_on is not None and ended_on < today - years[application_id] * YEAR:
                continue
            (hints if conflict.key else found)[person.expert_id, application_id].append(conflict)
        for application_id, conflict in _by_record(records.get(person.expert_id, ()), facts):
            found[person.expert_id, application_id].append(conflict)
    open_hints = _decide(hints, found) if hints else {}
    return Survey({pair: _unique(rows) for pair, rows in found.items()}, open_hints)


def _unique(rows: Iterable[Conflict]) -> tuple[Conflict, ...]:
    return tuple(dict.fromkeys(rows))


def _decide(hints, found) -> dict[Pair, tuple[Conflict, ...]]:
    """Move confirmed hints to the conflicts, drop dismissed ones; returns those that are still open."""
    verdicts = {}
    checks = HintCheck.objects.filter(expert__in={expert for expert, _ in hints}).order_by("pk")
    for expert_id, key, is_conflict, day in checks.values_list("expert_id", "key", "is_conflict", "decided_at"):
        verdicts[expert_id, key] = (is_conflict, timezone.localdate(day))
    still: dict[Pair, list[Conflict]] = defaultdict(list)
    for pair, rows in hints.items():
        for row in rows:
            is_conflict, day = verdicts.get((pair[0], row.key), (None, None))
            if is_conflict is None:
                still[pair].append(row)
            elif is_conflict:
                text = f"{row.text}（中心已核实认定）"
                found[pair].append(replace(row, source="pinned", text=text, since=row.since or day))
    return {pair: _unique(rows) for pair, rows in still.items() if pair not in found}


def _of_person(person: Person, facts: Sides) -> Iterator[tuple[int, date | None, Conflict]]:
    """(application id, day on which the tie ended, conflict) from units, seats and project teams."""
    for place in person.places:
        yield from _by_place(place, facts)
    for unit_id, seat in person.seats:
        for application_id, is_lead in facts.applications_of(unit_id):
            word = f"{_word(is_lead)}“{facts.names[unit_id]}”"
            if seat.is_sure:
                conflict = Conflict(_kind(is_lead), "detected", f"本人账号（或同一手机号）在{word}任职", seat.since)
            else:
                text = f"{word}有同名账号“{seat.name}”，不能确定是否本人"
                conflict = Conflict(_kind(is_lead), "detected", text, seat.since, f"user:{seat.user_id}")
            yield application_id, seat.ended_on, conflict
    for member in person.memberships:
        kind = "membership" if member.is_team else "employment"
        key = "" if member.is_sure else member.key
        doubt = "" if member.is_sure else "同名，不能确定是否本人"
        text = f"{member.role}“{member.name}”{doubt or '即本人'}"
        yield member.application_id, None, Conflict(kind, "detected", text, None, key)


def _by_place(place: Place, facts: Sides) -> Iterator[tuple[int, date | None, Conflict]]:
    """A present or former unit: the applicant itself, an earlier form of it, its legal body, parent or branch."""
    when = "现任职" if place.ended_on is None else f"{place.ended_on.year}年前任职"
    for match in facts.matches(place):
        name = facts.names[match.unit_id]
        for application_id, is_lead in facts.applications_of(match.unit_id):
            applicant = f"{_word(is_lead)}“{name}”"
            if match.relation == "self":
                conflict = Conflict(_kind(is_lead), "detected", f"{when}于{applicant}", place.started_on)
            else:
                relation = sides.RELATIONS[match.relation]
                text = f"{when}于“{place.unit_name}”，与{applicant}{relation}"
                key = f"unit:{match.unit_id}" if match.relation == "prefix" else ""
                conflict = Conflict("same_entity", "detected", text, place.started_on, key)
            yield application_id, place.ended_on, conflict


def _word(is_lead: bool) -> str:
    return "牵头单位" if is_lead else "联合体成员单位"


def _kind(is_lead: bool) -> str:
    return "employment" if is_lead else "membership"


def _by_record(records: Iterable[ExpertConflict], facts: Sides) -> Iterator[tuple[int, Conflict]]:
    for row in records:
        about = f"“{row.unit.name}”" if row.unit_id else "本项目"
        text = f"{SOURCES[row.source]}：与{about}存在{row.get_kind_display()}关系"
        if row.kind == "requested":
            text = f"申报单位书面申请回避（申请书日期 {date_cn(row.letter_on)}）"
        elif row.kind == "administrative":
            text = f"{SOURCES[row.source]}：与{about}有其他影响公正的情形"
        conflict = Conflict(row.kind, row.source, text, row.since or timezone.localdate(row.recorded_at), note=row.note)
        targets = [row.application_id] if row.application_id else facts.applications_touched(row.unit_id)
        for application_id in targets:
            if application_id in facts.applications:
                yield application_id, conflict
