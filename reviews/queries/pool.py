"""The expert pool as the draw sees it: items, candidates, hindrances, and the snapshot that is kept (D2)."""

from dataclasses import dataclass
from importlib.metadata import version

from django.db.models import Count, Q
from django.utils import timezone

from reviews import assignment, conflicts
from reviews.assignment import Candidate, Subject
from reviews.models import Assignment, Expert, ExpertAbsence, ExpertDraw, ReviewItem, Round
from reviews.states import SEEING_STATES

SENIOR = ("教授", "研究员", "正高", "主任医师", "院士")
NOT_SENIOR = ("副教授", "副研究员", "助理研究员", "副主任医师", "助理教授", "副高")


@dataclass(frozen=True)
class Problem:
    """What a draw is made from, and the people and items behind its numbers."""

    subjects: list[Subject]
    candidates: list[Candidate]
    mix: dict[str, int]
    experts: dict[int, Expert]
    items: dict[int, ReviewItem]
    found: conflicts.Survey


def serving_experts():
    """Experts who may be asked today: in the pool, within their term, with an account in use and without a duty."""
    rows = Expert.objects.filter(available=True, user__is_active=True, user__duty="")
    return rows.exclude(term_until__lt=timezone.localdate()).select_related("user")


def is_senior(title: str) -> bool:
    """Whether a title is of the full senior grade (教授、研究员、正高级…), not of the associate one."""
    rest = title
    for word in NOT_SENIOR:
        rest = rest.replace(word, "")
    return any(word in rest for word in SENIOR)


def problem(round: Round, items=None, wanted: int | None = None) -> Problem:
    """Items with the seats they still want, and all experts with what each may take: nine queries for any number."""
    experts = list(Expert.objects.select_related("user").order_by("pk"))
    rows = ReviewItem.objects.filter(round=round) if items is None else ReviewItem.objects.filter(pk__in=items)
    rows = rows.select_related("application", "project__application")
    rows = list(rows.prefetch_related("application__call", "project__application__call").order_by("pk"))
    applications = {item.pk: item.judged_application for item in rows}
    found = conflicts.survey(experts, applications.values())
    subjects = _subjects(round, rows, applications, found, wanted)
    return Problem(
        subjects,
        _candidates(round, experts),
        round.panel_mix,
        {expert.pk: expert for expert in experts},
        {item.pk: item for item in rows},
        found,
    )


def _candidates(round: Round, experts: list[Expert]) -> list[Candidate]:
    seats = Assignment.objects.filter(item__round__opens_at__year=timezone.localtime(round.opens_at).year)
    seats = seats.filter(state__in=SEEING_STATES).order_by().values_list("expert")
    here = Count("pk", filter=Q(item__round=round))
    loads = {
        pk: numbers
        for pk, *numbers in seats.annotate(here=here, year=Count("pk"), chairs=Count("pk", filter=Q(is_chair=True)))
    }
    away = away_in(round)
    result = []
    for expert in experts:
        here, year, chairs = loads.get(expert.pk, (0, 0, 0))
        capacity = max(expert.max_load - here, 0)
        reason = closed_for(expert, round, expert.pk in away)
        result.append(
            Candidate(
                expert.pk, frozenset(expert.fields), expert.background, capacity, year, chairs,
                is_senior(expert.title), reason,
            )
        )  # fmt: skip
    return result


def away_in(round: Round) -> set[int]:
    """Experts who are away on a day of the round that is still to come."""
    first = max(timezone.localdate(round.opens_at), timezone.localdate())
    last = max(timezone.localdate(round.closes_at), first)
    rows = ExpertAbsence.objects.filter(Q(away_to__isnull=True) | Q(away_to__gte=first), away_from__lte=last)
    return set(rows.values_list("expert_id", flat=True))


def closed_for(expert: Expert, round: Round, is_away: bool) -> str:
    """Why the expert cannot sit in the round at all (key of assignment.CLOSED), "" when he can (R13)."""
    if not expert.user.is_active or expert.user.duty:
        return "account"
    if not expert.available:
        return "off"
    if expert.term_until and expert.term_until < max(timezone.localdate(round.closes_at), timezone.localdate()):
        return "term"
    return "away" if is_away else ""


def _subjects(round, rows, applications, found, wanted) -> list[Subject]:
    seats: dict[int, list] = {item.pk: [] for item in rows}
    told = Assignment.objects.filter(item__in=rows).order_by("pk")
    for item_id, expert_id, state, is_chair in told.values_list("item_id", "expert_id", "state", "is_chair"):
        seats[item_id].append((expert_id, state in SEEING_STATES, is_chair))
    barred, held = _by_application(found.conflicts), _by_application(found.hints)
    result = []
    for item in rows:
        application, mine = applications[item.pk], seats[item.pk]
        panel = frozenset(expert for expert, is_live, _ in mine if is_live)
        result.append(
            Subject(
                item.pk,
                application.field,
                max(round.experts_per_item - len(panel), 0) if wanted is None else wanted,
                barred.get(application.pk, frozenset()),
                frozenset(expert for expert, is_live, _ in mine if not is_live),
                held.get(application.pk, frozenset()),
                panel,
                any(is_live and is_chair for _, is_live, is_chair in mine),
            )
        )
    return result


def _by_application(pairs) -> dict[int, frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for expert_id, application_id in pairs:
        groups.setdefault(application_id, set()).add(expert_id)
    return {pk: frozenset(ids) for pk, ids in groups.items()}


def snapshot_of(given: Problem) -> dict:
    """All that the result rests on, JSON-safe and in a fixed order: the same facts give the same digest."""
    return {
        "solver": f"ortools {version('ortools')}",
        "weights": assignment.WEIGHTS,
        "mix": given.mix,
        "pool": [
            {
                "id": row.id,
                "name": given.experts[row.id].user.name,
                "unit": given.experts[row.id].unit_name,
                "title": given.experts[row.id].title,
                "fields": sorted(row.fields),
                "background": row.background,
                "capacity": row.capacity,
                "load": row.load,
                "chairs": row.chairs,
                "senior": row.senior,
                "closed": row.closed,
            }
            for row in given.candidates
        ],
        "items": [
            {
                "id": row.id,
                "number": given.items[row.id].number,
                "title": given.items[row.id].title,
                "application": given.items[row.id].judged_application.pk,
                "field": row.field,
                "wanted": row.wanted,
                "barred": sorted(row.barred),
                "held": sorted(row.held),
                "seated": sorted(row.seated),
                "panel": sorted(row.panel),
                "chaired": row.chaired,
            }
            for row in given.subjects
        ],
    }


def draw_from(snapshot: dict, seed: str) -> assignment.Draw:
    """Draw from a snapshot alone, whatever the database says today."""
    return assignment.draw(*_numbers_of(snapshot), seed, snapshot["mix"])


def drawn_of(draw: ExpertDraw) -> assignment.Draw:
    """A stored result with its reasons, without drawing again."""
    result = draw.result
    chosen = assignment.Chosen(
        {int(item): tuple(experts) for item, experts in result["seats"].items()},
        {int(item): expert for item, expert in result["chairs"].items()},
        {int(item): tuple(experts) for item, experts in result["reserves"].items()},
    )
    return assignment.describe(*_numbers_of(draw.snapshot), draw.seed, draw.snapshot["mix"], chosen)


def _numbers_of(snapshot: dict) -> tuple[list[Subject], list[Candidate]]:
    subjects = [
        Subject(
            row["id"], row["field"], row["wanted"],
            *(frozenset(row[key]) for key in ("barred", "seated", "held", "panel")), row["chaired"],
        )
        for row in snapshot["items"]
    ]  # fmt: skip
    candidates = [
        Candidate(
            row["id"], frozenset(row["fields"]), row["background"], row["capacity"], row["load"], row["chairs"],
            row["senior"], row["closed"],
        )
        for row in snapshot["pool"]
    ]  # fmt: skip
    return subjects, candidates


def result_of(draw: assignment.Draw) -> dict:
    """The result as numbers: seats and reserves of each item, who leads; reasons come again from the snapshot."""
    seats: dict[str, list[int]] = {}
    for seat in draw.seats:
        seats.setdefault(str(seat.subject), []).append(seat.expert)
    return {
        "seats": seats,
        "chairs": {str(seat.subject): seat.expert for seat in draw.seats if seat.is_chair},
        "reserves": {str(item): list(experts) for item, experts in draw.reserves.items()},
    }
