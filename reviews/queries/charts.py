"""Geometry of the charts of results: numbers for plain SVG templates, the same in page and print."""

from decimal import Decimal

from reviews.queries.proposals import OUTCOMES
from reviews.queries.results import BIN

ROW, LEFT, WIDTH, RIGHT = 30, 250, 520, 150
BINS, BIN_WIDTH, BIN_HEIGHT = 20, 40, 130


def ranking_chart(items) -> dict | None:
    """A page of ranked items: bar, median dot, one deviation to both sides, words beside; None without results."""
    rows = [item for item in items if item.score is not None]
    if not rows:
        return None
    return {
        "height": len(rows) * ROW + 30,
        "width": LEFT + WIDTH + RIGHT,
        "left": LEFT,
        "axis": len(rows) * ROW,
        "grid": [{"x": LEFT + _x(Decimal(value)), "value": value} for value in (0, 20, 40, 60, 80, 100)],
        "rows": [_row(place, item) for place, item in enumerate(rows)],
    }


def _x(value: Decimal) -> int:
    return int(min(max(value, Decimal(0)), Decimal(100)) * WIDTH / 100)


def _row(place: int, item) -> dict:
    top = place * ROW
    return {
        "label": _short(f"{item.rank}. {item.title}"),
        "score": item.score,
        "y": top + 6,
        "text_y": top + 20,
        "middle": top + 15,
        "bar": _x(item.score),
        "median": LEFT + _x(item.median),
        "low": LEFT + _x(item.mean - item.sd),
        "high": LEFT + _x(item.mean + item.sd),
        "value_x": LEFT + max(_x(item.score), _x(item.mean + item.sd)) + 8,
        # Words and hatching, so that nothing hangs on a colour.
        "outcome": OUTCOMES.get(item.outcome, ""),
        "kind": item.outcome or "none",
        "flagged": bool(item.flags),
    }


def _short(text: str, room: int = 17) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def distribution(bins) -> dict | None:
    """How many items got how many points; `bins` of BIN points as `score_bins` counts them; None without any."""
    bins = [row for row in bins if row["bin"] is not None]
    if not bins:
        return None
    counts = [0] * BINS
    for row in bins:
        counts[min(int(row["bin"]), BINS - 1)] += row["count"]
    top, count = max(counts), sum(counts)
    first = next(place for place, number in enumerate(counts) if number)
    shown = range(max(first - 1, 0), BINS)
    return {
        "width": len(shown) * BIN_WIDTH + 20,
        "height": BIN_HEIGHT + 45,
        "axis": BIN_HEIGHT + 20,
        "bars": [_bin(step, place, counts[place], top) for step, place in enumerate(shown)],
        "words": "；".join(f"{place * BIN} 分起 {number} 项" for place, number in enumerate(counts) if number),
        "mean": sum(row["total"] for row in bins) / count,
        "flagged": sum(row["flagged"] for row in bins),
        "count": count,
    }


def _bin(step: int, place: int, count: int, top: int) -> dict:
    height = count * BIN_HEIGHT // top
    left = 10 + step * BIN_WIDTH
    return {
        "x": left + 2,
        "width": BIN_WIDTH - 4,
        "middle": left + BIN_WIDTH // 2,
        "y": BIN_HEIGHT + 20 - height,
        "height": height,
        "count": count,
        "count_y": BIN_HEIGHT + 15 - height,
        "label": place * BIN,
    }
