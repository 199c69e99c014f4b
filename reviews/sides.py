"""The two sides of a conflict of interest as facts in memory: applicants with their units, experts with their posts.

Indexed by unit and by name; where the rows come from is the business of reviews.side_rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils import timezone

from portal.measures.evidence import fold_name
from projects.models import Application
from reviews.models import Expert

# How a unit of an expert can be one of the applicants' units without being its registered self.
RELATIONS = {
    "body": "为同一法人（组织机构代码相同）",
    "tie": "为上下级单位",
    "prefix": "名称相近（一方名称以另一方全称开头），疑为内设或下属机构",
}
_BODY = slice(8, 17)  # the organisation code within a unified credit code
_SHORTEST = 4
NAMED = (
    *("pk", "leader_id", "leader__name", "leader__phone", "supervisor_name", "supervisor_phone"),
    *("team__name", "team__unit_name"),
)
POST = (
    *("pk", "unit__credit_code", "posts__unit_id", "posts__unit_name", "posts__unit__credit_code"),
    *("posts__started_on", "posts__ended_on"),
)
SEAT = ("unit_id", "user_id", "user__phone", "user__name", "started_at", "ended_at")
UNIT = (
    *("pk", "name", "credit_code", "former_names__name"),
    *("merged_units__pk", "merged_units__name", "merged_units__former_names__name"),
    *("ties_up__parent", "ties_up__parent__name", "ties_up__ended_at"),
    *("ties_down__child", "ties_down__child__name", "ties_down__ended_at"),
)


class Rows(Protocol):
    """Where the facts come from, as rows of plain values; reviews.side_rows has one for lists and one for a pair."""

    def members(self, consortia: Iterable[int]) -> Iterable[Sequence[Any]]:
        """Consortium id, then UNIT of a member, now or formerly."""

    def units(self, ids: set[int]) -> Iterable[Sequence[Any]]:
        """UNIT of each of these."""

    def named(self, applications: Iterable[int]) -> Iterable[Sequence[Any]]:
        """NAMED of each application, a row for each member of its team."""

    def posts(self, experts: list[Expert]) -> Iterable[Sequence[Any]]:
        """POST of each expert, a row for each of his posts."""

    def seats(self, experts: list[Expert], units: set[int]) -> Iterable[Sequence[Any]]:
        """SEAT of whoever is, or has the phone or name of, one of the experts, in one of the units, oldest first."""


@dataclass(frozen=True)
class Match:
    """A unit of the applicants that a place of an expert is, and how."""

    unit_id: int
    relation: str


@dataclass(frozen=True)
class Place:
    """A unit where an expert works or worked."""

    unit_id: int | None
    unit_name: str
    body: str = ""
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class HeldSeat:
    """An account with a seat in an applicant's unit that is (`is_sure`), or may be, the expert."""

    user_id: int
    name: str
    is_sure: bool
    since: date | None
    ended_on: date | None


@dataclass(frozen=True)
class TeamPlace:
    """A name in an application that is, or may be, the expert."""

    application_id: int
    role: str
    name: str
    is_sure: bool
    key: str
    is_team: bool


@dataclass
class Person:
    """One expert with everything that ties him to applicants."""

    expert_id: int
    places: list[Place] = field(default_factory=list)
    seats: list[tuple[int, HeldSeat]] = field(default_factory=list)
    memberships: list[TeamPlace] = field(default_factory=list)


@dataclass(frozen=True)
class Named:
    """A person named in an application: leader, supervisor or member of the team."""

    application_id: int
    role: str
    name: str
    user_id: int | None = None
    phone: str = ""
    unit_name: str = ""
    is_team: bool = False


@dataclass
class Sides:
    """The applicants: units with all their names and relatives, the applications of each, people by folded name."""

    applications: Mapping[int, Application]
    names: dict[int, str] = field(default_factory=dict)
    by_unit: dict[int, dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    by_id: dict[int, set[Match]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[Match]] = field(default_factory=lambda: defaultdict(set))
    by_body: dict[str, set[Match]] = field(default_factory=lambda: defaultdict(set))
    people: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    phones: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[str, set[Match]] = field(default_factory=lambda: defaultdict(set))

    def applications_of(self, unit_id: int) -> Iterable[tuple[int, bool]]:
        """(application id, whether the unit leads it)."""
        return self.by_unit[unit_id].items()

    def applications_touched(self, unit_id: int) -> set[int]:
        """Applications in which the unit, or what it became, takes part."""
        return {pk for match in self.by_id[unit_id] if match.relation == "self" for pk in self.by_unit[match.unit_id]}

    def matches(self, place: Place) -> list[Match]:
        """What the place is among the applicants; for each unit the closest relation alone."""
        folded = fold_name(place.unit_name)
        found = set(self.by_name.get(folded, ()))
        if place.unit_id is not None:
            found |= self.by_id.get(place.unit_id, set())
        if place.body:
            found |= self.by_body.get(place.body, set())
        found |= self.starts.get(folded, set())
        for end in range(_SHORTEST, len(folded)):
            found |= _alike(self.by_name.get(folded[:end], ()))
        order = ("self", *RELATIONS)
        closest: dict[int, Match] = {}
        for match in sorted(found, key=lambda match: (order.index(match.relation), match.unit_id)):
            closest.setdefault(match.unit_id, match)
        return list(closest.values())

    def extend(self, unit_names: Iterable[str]) -> None:
        """Learn which applicants' names begin with one of these names: a branch of the expert's unit."""
        wanted = {fold_name(name) for name in unit_names}
        for folded, matches in list(self.by_name.items()):
            for end in range(_SHORTEST, len(folded)):
                if folded[:end] in wanted:
                    self.starts[folded[:end]] |= _alike(matches)


def _alike(matches: Iterable[Match]) -> set[Match]:
    """Units whose own name is like it; that of a relative says nothing about them."""
    return {Match(match.unit_id, "prefix") for match in matches if match.relation == "self"}


def load(applications: Mapping[int, Application], names: set[str], rows: Rows) -> Sides:
    """The applicants' side of these applications; of the people in them only those whose name or phone may matter."""
    result = Sides(applications)
    consortia: dict[int, list[int]] = defaultdict(list)
    for row in applications.values():
        consortia[row.consortium_id].append(row.pk)
    seen: set[tuple[int, int]] = set()
    for consortium_id, *unit in rows.members(consortia):
        _add_unit(result, unit)
        if (consortium_id, unit[0]) not in seen:
            seen.add((consortium_id, unit[0]))
            for pk in consortia[consortium_id]:
                result.by_unit[unit[0]][pk] = False
    # A lead unit is a member of its consortium as a rule; where it was replaced since, it is looked up by itself.
    leads = {row.lead_unit_id for row in applications.values()}
    for unit in rows.units(leads - set(result.names)):
        _add_unit(result, unit)
    for row in applications.values():
        result.by_unit[row.lead_unit_id][row.pk] = True
    _add_people(result, rows.named(applications), {fold_name(name) for name in names})
    return result


def _add_unit(result: Sides, unit: Sequence[Any]) -> None:
    pk, name, code, former, old, old_name, old_former, parent, parent_name, up, child, child_name, down = unit
    own, body, tie = (Match(pk, relation) for relation in ("self", "body", "tie"))
    result.names[pk] = name
    result.by_id[pk].add(own)
    result.by_body[code[_BODY]].add(body)
    if old is not None:
        result.by_id[old].add(own)
    for text in (name, former, old_name, old_former):
        if text:
            result.by_name[fold_name(text)].add(own)
    for relative, relative_name, ended in ((parent, parent_name, up), (child, child_name, down)):
        if relative is not None and ended is None:
            result.by_id[relative].add(tie)
            result.by_name[fold_name(relative_name)].add(tie)


def _add_people(result: Sides, rows: Iterable[Sequence[Any]], names: set[str]) -> None:
    """Leaders, supervisors and team members, everybody once."""
    seen = set()
    for pk, user_id, name, phone, supervisor, supervisor_phone, member, unit_name in rows:
        for named in (
            Named(pk, "项目负责人", name or "", user_id, phone or ""),
            Named(pk, "监督专员", supervisor, None, supervisor_phone),
            Named(pk, "项目组成员", member or "", None, "", unit_name or "", is_team=True),
        ):
            if named in seen or not named.name:
                continue
            seen.add(named)
            folded = fold_name(named.name)
            if folded in names:
                result.people[folded].append(named)
            if named.phone:
                result.phones[named.phone].append(named)


def people(experts: list[Expert], facts: Sides, since: date, rows: Rows) -> list[Person]:
    """The experts with posts, seats in the applicants' units (ended ones from `since` on) and places in teams."""
    persons = {expert.pk: Person(expert.pk) for expert in experts}
    _add_places(persons, experts, rows.posts(experts))
    facts.extend({place.unit_name for person in persons.values() for place in person.places})
    _add_seats(persons, experts, facts, since, rows)
    for expert in experts:
        _add_memberships(persons[expert.pk], expert, facts)
    return list(persons.values())


def _add_places(persons: dict[int, Person], experts: list[Expert], rows: Iterable[Sequence[Any]]) -> None:
    own = {expert.pk: expert for expert in experts}
    for pk, code, unit_id, name, post_code, started_on, ended_on in rows:
        places = persons[pk].places
        if not places:
            # What the object says, not what is stored: a card is judged before it is saved, too.
            places.append(Place(own[pk].unit_id, own[pk].unit_name, (code or "")[_BODY]))
        if name:
            places.append(Place(unit_id, name, (post_code or "")[_BODY], started_on, ended_on))


def _add_seats(persons: dict[int, Person], experts: list[Expert], facts: Sides, since: date, rows: Rows) -> None:
    """Seats by account, by phone (the same person) and by name (perhaps); among the applicants' units only."""
    accounts = {expert.user_id: [expert.pk] for expert in experts}
    phones, names = defaultdict(list), defaultdict(list)
    for expert in experts:
        names[expert.user.name].append(expert.pk)
        if expert.user.phone:
            phones[expert.user.phone].append(expert.pk)
    units = {pk for pk, matches in facts.by_id.items() if any(match.relation == "self" for match in matches)}
    for unit_id, user_id, phone, name, started_at, ended_at in rows.seats(experts, units):
        ended_on = timezone.localdate(ended_at) if ended_at else None
        if ended_on is not None and ended_on < since:
            continue
        sure = {*accounts.get(user_id, ()), *(phones.get(phone, ()) if phone else ())}
        for expert_id in sure.union(names.get(name, ())):
            seat = HeldSeat(user_id, name, expert_id in sure, timezone.localdate(started_at), ended_on)
            for match in facts.by_id[unit_id]:
                if match.relation == "self":
                    persons[expert_id].seats.append((match.unit_id, seat))


def _add_memberships(person: Person, expert: Expert, facts: Sides) -> None:
    folded, user = fold_name(expert.user.name), expert.user
    units = {fold_name(place.unit_name) for place in person.places}
    named = dict.fromkeys([*facts.people.get(folded, ()), *(facts.phones.get(user.phone, ()) if user.phone else ())])
    for row in named:
        is_sure = row.user_id == user.pk or bool(user.phone and row.phone == user.phone)
        is_sure = is_sure or bool(row.unit_name and fold_name(row.unit_name) in units)
        key = f"user:{row.user_id}" if row.user_id else f"team:{row.application_id}:{folded}"[:120]
        person.memberships.append(TeamPlace(row.application_id, row.role, row.name, is_sure, key, row.is_team))
