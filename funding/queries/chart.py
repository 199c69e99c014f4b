"""The drawing of plan against spending, as numbers for a picture; the table beside it says the same."""

from dataclasses import dataclass
from decimal import Decimal

from portal.measures.rmb import format_money

WIDTH, ROW = 420, 52


@dataclass(frozen=True)
class Bar:
    """One category: its name above two bars, widths in units of the picture."""

    name: str
    y: int
    plan: int
    spent: int
    is_over: bool
    text: str


@dataclass(frozen=True)
class Chart:
    """Bars by category; `height` in units of the picture, `summary` in words for those who do not see it."""

    height: int
    bars: tuple[Bar, ...]
    summary: str
    width: int = WIDTH


def budget_chart(rows: list[dict]) -> Chart | None:
    """The picture of budget_vs_actual's rows, None where there is nothing to draw."""
    shown = [row for row in rows if row["planned"] or row["spent"]]
    if not shown:
        return None
    largest = max(max(row["planned"], row["spent"]) for row in shown)
    bars = tuple(
        Bar(
            name=row["name"],
            y=number * ROW,
            plan=_width(row["planned"], largest),
            spent=_width(row["spent"], largest),
            is_over=row["spent"] > row["planned"],
            text=f"{row['name']}：预算 {format_money(row['planned'])}，支出 {format_money(row['spent'])}",
        )
        for number, row in enumerate(shown)
    )
    return Chart(len(shown) * ROW + 4, bars, "；".join(bar.text for bar in bars))


def _width(amount: Decimal, largest: Decimal) -> int:
    return max(int(amount * WIDTH / largest), 0) if largest > 0 else 0
