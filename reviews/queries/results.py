"""Results of a round: figures per item from locked sheets only, and the ranking (D5, R6, R11)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Floor

from portal.editions import edition
from reviews import scoring
from reviews.models import Assignment, ReviewItem, Round, ScoreEntry
from reviews.states import SEEING_STATES

CODES = "一二三四五六七八九十"


def expert_code(position: int) -> str:
    """How an expert is named where people are not: 专家一, 专家二, …, 专家11."""
    return f"专家{CODES[position]}" if position < len(CODES) else f"专家{position + 1}"


@dataclass
class ItemFigures:
    """Figures of one item: sheets by expert code, statistics, mean of the tie-break criterion, what is missing."""

    label: str
    waiting: int = 0
    by_expert: dict[str, Decimal] = field(default_factory=dict)
    ties: list[Decimal] = field(default_factory=list)
    stats: scoring.Stats = field(default_factory=lambda: scoring.Stats(0))
    tie_break: Decimal | None = None
    problem: str = ""


def submitted_seats(items):
    """Submitted seats of items in seating order, with sheet and expert: what results, reports and prints rest on."""
    rows = Assignment.objects.filter(item__in=items, state="submitted", sheet__locked=True)
    return rows.select_related("sheet", "expert__user").order_by("item_id", "pk")


def totals(round: Round, experts=None) -> list[tuple[int, int, Decimal]]:
    """(item id, expert id, total) of every locked sheet of a round, in seating order (one query).

    With `experts` only of the items that one of them judged.
    """
    rows = Assignment.objects.filter(item__round=round, state="submitted", sheet__locked=True)
    if experts is not None:
        own = Assignment.objects.filter(item__round=round, expert__in=experts, state="submitted")
        rows = rows.filter(item__in=own.order_by().values("item"))
    return list(rows.order_by("item_id", "pk").values_list("item_id", "expert_id", "sheet__total"))


def item_figures(round: Round, items: list[ReviewItem]) -> dict[int, ItemFigures]:
    """Item id -> figures, computed from locked sheets now (three queries)."""
    scheme = scoring.scheme_of(round.scheme)
    figures = {item.pk: ItemFigures(str(item)) for item in items}
    waiting = Q(state__in=["assigned", "accepted"])
    live = Assignment.objects.filter(item__round=round, state__in=SEEING_STATES).values("item").order_by()
    for row in live.annotate(late=Count("pk", filter=waiting)):
        figures[row["item"]].waiting = row["late"]
    for item_id, _, total in totals(round):
        sheets = figures[item_id].by_expert
        sheets[expert_code(len(sheets))] = total
    rows = ScoreEntry.objects.filter(
        criterion=scheme.tie_break,
        points__isnull=False,
        sheet__locked=True,
        sheet__assignment__state="submitted",
        sheet__assignment__item__round=round,
    ).order_by()
    for item_id, points in rows.values_list("sheet__assignment__item_id", "points"):
        figures[item_id].ties.append(points)
    for figure in figures.values():
        figure.stats = scoring.aggregate(list(figure.by_expert.values()), round.aggregation, scheme.trim_from)
        figure.tie_break = scoring.mean_of(figure.ties)
        figure.problem = _problem(figure, round.quorum)
    return figures


def _problem(figure: ItemFigures, quorum: int) -> str:
    if figure.waiting:
        return f"“{figure.label}”还有 {figure.waiting} 位专家未提交"
    if figure.stats.n < quorum:
        return f"“{figure.label}”有效评分 {figure.stats.n} 份，少于 {quorum} 份"
    return ""


FIGURES = (
    *("n", "mean", "trimmed_mean", "median", "sd", "score_range", "score", "tie_break", "rank", "flags"),
    "chair_summary",
)
SORTS = {
    "rank": ("排名", (F("rank").asc(nulls_last=True),)),
    "sd": ("标准差，大的在前", (F("sd").desc(nulls_last=True),)),
    "range": ("极差，大的在前", (F("score_range").desc(nulls_last=True),)),
    "n": ("有效评分数，少的在前", (F("n").asc(nulls_last=True),)),
    "score": ("得分，低的在前", (F("score").asc(nulls_last=True),)),
}
# What a list of items names, by kind of round: hundreds of columns beside these would only be carried about.
SUBJECTS = {
    "selection": ("application__lead_unit", "proposal_item"),
    "acceptance": ("project__lead_unit", "project__application"),
}
NAMED = {
    "selection": (
        *("application__title", "application__number", "application__field", "application__lead_unit__name"),
        *("application__state", "proposal_item__outcome", "proposal_item__place", "proposal_item__reason"),
    ),
    "acceptance": (
        *("project__title", "project__number", "project__lead_unit__name"),
        *("project__application__field", "project__application__title"),
    ),
}


def with_subjects(rows: QuerySet[ReviewItem], round: Round) -> QuerySet[ReviewItem]:
    """Items with what pages name of their subjects, and nothing else of them."""
    own = ("pk", "round", "application", "project", *FIGURES)
    return rows.select_related(*SUBJECTS[round.kind]).only(*own, *NAMED[round.kind])


def ranking(round: Round, *, q="", field="", outcome="", flagged=False, sort="rank") -> QuerySet[ReviewItem]:
    """Items of a closed round in order of rank (or of `sort`), narrowed in the database."""
    rows = with_subjects(ReviewItem.objects.filter(round=round), round)
    if q:
        paths = ("application__title", "application__number", "application__lead_unit__name")
        paths += ("project__title", "project__number", "project__lead_unit__name")
        found = Q()
        for path in paths:
            found |= Q(**{f"{path}__icontains": q})
        rows = rows.filter(found)
    if field:
        rows = rows.filter(Q(application__field=field) | Q(project__application__field=field))
    if outcome:
        rows = rows.filter(proposal_item__outcome=outcome)
    if flagged:
        rows = rows.exclude(flags=[])
    return rows.order_by(*SORTS.get(sort, SORTS["rank"])[1], F("rank").asc(nulls_last=True), "pk")


def fields_of(round: Round) -> list[str]:
    """The fields of the call's year, to narrow by."""
    return [choice.name for choice in edition(round.call.edition).fields]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of the ranking: the figures of an item, what it is about, and its outcome (a code, "" while undecided)."""

    pk: int
    n: int | None
    mean: Decimal | None
    trimmed_mean: Decimal | None
    median: Decimal | None
    sd: Decimal | None
    score_range: Decimal | None
    score: Decimal | None
    tie_break: Decimal | None
    rank: int | None
    flags: list[str]
    title: str
    number: str
    unit: str
    outcome: str


def ranked(rows: QuerySet[ReviewItem], round: Round) -> list[Ranked]:
    """Items of a round as rows of the ranking (one query); a page of it needs no objects."""
    subject = "application" if round.kind == "selection" else "project"
    outcome = ("proposal_item__outcome",) if round.kind == "selection" else ()
    names = (f"{subject}__title", f"{subject}__number", f"{subject}__lead_unit__name", *outcome)
    return [
        Ranked(*row[: -len(names)], *(text or "" for text in row[-len(names) :]), *([] if outcome else [""]))
        for row in rows.values_list("pk", *FIGURES[: FIGURES.index("chair_summary")], *names)
    ]


BIN = 5


def score_bins(round: Round) -> tuple[dict, ...]:
    """Items of a closed round by bins of BIN points: {bin, count, total, flagged}, counted in the database once.

    Items without a score are a bin of their own, None.
    """
    return _bins(round.pk, round.closed_at)


@lru_cache(maxsize=64)
def _bins(pk: int, closed_at: datetime) -> tuple[dict, ...]:
    """The database refuses every change of a closed round's scores, so they are counted once a process."""
    rows = ReviewItem.objects.filter(round=pk).order_by().annotate(bin=Floor(F("score") / BIN)).values("bin")
    flagged = Count("pk", filter=Q(score__isnull=False) & ~Q(flags=[]))
    return tuple(rows.annotate(count=Count("pk"), total=Sum("score"), flagged=flagged).order_by("bin"))
