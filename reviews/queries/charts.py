"""Geometry of the ranking chart: numbers for a plain SVG template, the same in page and print."""

from decimal import Decimal

ROW, LEFT, WIDTH, MAX_ROWS = 30, 240, 560, 60


def ranking_chart(items) -> dict | None:
    """Rows with bar, median tick and one standard deviation to both sides; None without results."""
    rows = [item for item in items if item.score is not None][:MAX_ROWS]
    if not rows:
        return None
    return {
        "height": len(rows) * ROW + 30,
        "width": LEFT + WIDTH + 70,
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
        "label": f"{item.rank}. {item}"[:18],
        "score": item.score,
        "y": top + 6,
        "text_y": top + 20,
        "middle": top + 15,
        "bar": _x(item.score),
        "median": LEFT + _x(item.median),
        "low": LEFT + _x(item.mean - item.sd),
        "high": LEFT + _x(item.mean + item.sd),
        "value_x": LEFT + max(_x(item.score), _x(item.mean + item.sd)) + 8,
    }
