"""Behind a ranking: one item with all its sheets, and the scales of the experts; for the center only (D5, R4, R8)."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from reviews import scoring, statistics
from reviews.models import Assignment, Expert, ReviewItem, Round
from reviews.queries.results import expert_code, totals


@dataclass(frozen=True)
class Scales:
    """Leniency by expert id, and the agreement of the whole round."""

    lenient: dict
    alpha: Decimal | None
    word: str


def panels(round: Round, experts=None) -> dict[int, dict[int, Decimal]]:
    """Item id -> expert id -> total of every locked sheet, or of the items that some experts judged (one query)."""
    found: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for item, expert, total in totals(round, experts):
        found[item][expert] = total
    return found


def scales(sheets: dict[int, dict[int, Decimal]]) -> Scales:
    """What the sheets of a round say about those who filled them in."""
    alpha = statistics.krippendorff_alpha(sheets.values())
    return Scales(statistics.leniency(sheets.values()), alpha, statistics.agreement_word(alpha))


def scale_rows(round: Round) -> tuple[Scales, list[dict]]:
    """Agreement, and a row for each expert, the farthest from his panels first (two queries)."""
    found = scales(panels(round))
    experts = Expert.objects.filter(pk__in=found.lenient).select_related("user").in_bulk()
    rows = [
        {"expert": experts[pk], "n": row.n, "points": row.points, "word": _word(row.points)}
        for pk, row in found.lenient.items()
    ]
    return found, sorted(rows, key=lambda row: (-abs(row["points"]), row["expert"].pk))


def _word(points: Decimal) -> str:
    """Ten points above or below a panel is a scale of one's own; five is worth a look."""
    if abs(points) < 5:
        return "接近"
    return ("明显" if abs(points) >= 10 else "") + ("偏宽" if points > 0 else "偏严")


def panel_of(item: ReviewItem) -> dict:
    """All live or submitted sheets of an item side by side, criterion by criterion, with the adjusted mean."""
    round = item.round
    scheme = scoring.scheme_of(round.scheme)
    rows = (
        Assignment.objects.filter(item=item).select_related("expert__user", "sheet").prefetch_related("sheet__entries")
    )
    seats = list(rows.order_by("pk"))
    counted = [seat for seat in seats if seat.state == "submitted"]
    sheets = panels(round, [seat.expert_id for seat in counted])
    lenient = statistics.leniency(sheets.values())
    for place, seat in enumerate(counted):
        seat.code = expert_code(place)
        seat.entries = {entry.criterion: entry for entry in seat.sheet.entries.all()}
        seat.word = scheme.recommendation(seat.sheet.recommendation)
        seat.lenient = lenient.get(seat.expert_id)
        seat.is_far = _is_far(seat.sheet.total, item.mean, scheme.deviation_alert)
    return {
        "seats": counted,
        "others": [seat for seat in seats if seat.state != "submitted"],
        "criteria": [_criterion(row, counted) for row in scheme.criteria],
        "maximum": scoring.plain(scheme.maximum),
        "adjusted": statistics.adjusted_mean(sheets.get(item.pk, {}), lenient),
        "deviation_alert": scheme.deviation_alert,
    }


def _is_far(total, mean, alert: int) -> bool:
    return mean is not None and total is not None and abs(total - mean) > alert


def _criterion(row: scoring.Criterion, seats) -> dict:
    entries = [seat.entries.get(row.code) for seat in seats]
    points = [entry.points for entry in entries if entry is not None and entry.points is not None]
    return {
        "name": row.name,
        "maximum": scoring.plain(row.maximum),
        "entries": entries,
        "mean": scoring.mean_of(points),
    }
