"""Results of a round: figures per item from locked sheets only, ranking, progress."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, F, Q

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


def item_figures(round: Round) -> dict[int, ItemFigures]:
    """Item id -> figures, computed from locked sheets now (three queries)."""
    scheme = scoring.scheme_of(round.scheme)
    items = list(round.items.select_related("application", "project"))
    figures = {item.pk: ItemFigures(str(item)) for item in items}
    waiting = Q(state__in=["assigned", "accepted"])
    live = Assignment.objects.filter(item__round=round, state__in=SEEING_STATES).values("item")
    for row in live.annotate(late=Count("pk", filter=waiting)):
        figures[row["item"]].waiting = row["late"]
    for seat in submitted_seats(items):
        sheets = figures[seat.item_id].by_expert
        sheets[expert_code(len(sheets))] = seat.sheet.total
    rows = ScoreEntry.objects.filter(
        criterion=scheme.tie_break, sheet__assignment__state="submitted", sheet__assignment__item__in=items
    )
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


def ranking(round: Round):
    """Items of a closed round in order of rank."""
    rows = ReviewItem.objects.filter(round=round).select_related(
        "application__lead_unit", "project__lead_unit", "proposal_item"
    )
    return rows.order_by(F("rank").asc(nulls_last=True), "pk")


def seat_table(round: Round) -> list[ReviewItem]:
    """Items with all their seats (live first) for the center's page of progress: two queries."""
    items = list(round.items.select_related("application__lead_unit", "project__lead_unit").order_by("pk"))
    seats: dict[int, list[Assignment]] = {item.pk: [] for item in items}
    rows = Assignment.objects.filter(item__in=items).select_related("expert__user", "sheet").order_by("pk")
    for seat in rows:
        seats[seat.item_id].append(seat)
    for item in items:
        item.seats = sorted(seats[item.pk], key=lambda seat: (seat.state not in SEEING_STATES, seat.pk))
        item.live = sum(seat.state in SEEING_STATES for seat in item.seats)
        item.done = sum(seat.state == "submitted" for seat in item.seats)
    return items


def expert_progress(round: Round) -> list[dict]:
    """Per expert of the round: seats, accepted, submitted, ended, and whether the undertaking is signed."""
    rows = (
        Assignment.objects.filter(item__round=round)
        .values("expert_id", "expert__user__name", "expert__unit_name")
        .annotate(
            seats=Count("pk", filter=Q(state__in=SEEING_STATES)),
            accepted=Count("pk", filter=Q(state__in=["accepted", "submitted"])),
            submitted=Count("pk", filter=Q(state="submitted")),
            ended=Count("pk", filter=Q(state__in=["recused", "voided"])),
        )
        .order_by("expert__user__name")
    )
    signed = set(round.undertakings.values_list("expert_id", flat=True))
    return [row | {"signed": row["expert_id"] in signed} for row in rows]


RANKING_HEADERS = (
    "排名", "编号", "项目", "牵头单位", "有效评分数", "得分", "平均分", "去极值平均分", "中位数", "标准差", "极差",
    "同分比较项均分", "离散预警",
)  # fmt: skip


def ranking_sheet(round: Round) -> tuple[tuple[str, ...], list[tuple]]:
    """Headers and rows of the ranking as a workbook page."""
    rows = [
        (
            item.rank,
            item.number,
            str(item),
            str((item.application or item.project).lead_unit),
            item.n,
            item.score,
            item.mean,
            item.trimmed_mean,
            item.median,
            item.sd,
            item.score_range,
            item.tie_break,
            "；".join(item.flags),
        )
        for item in ranking(round)
    ]
    return RANKING_HEADERS, rows
