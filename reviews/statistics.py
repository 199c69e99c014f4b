"""How severe each expert is, and how far a panel agrees: pure arithmetic over the sheets of a round (D5).

Information for the center only: nothing here changes a score or a rank. Exact inside (whole cents and fractions), two
or three decimals half up outside. A panel is {expert: points of at most two decimals}; a missing sheet is not there.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

Panel = Mapping[Any, Decimal]
CENT, MILLE = Decimal("0.01"), Decimal("0.001")


@dataclass(frozen=True)
class Leniency:
    """An expert's mean deviation from the panel means of the `n` items that he judged together with others."""

    n: int
    deviation: Fraction

    @property
    def points(self) -> Decimal:
        """In points, two decimals; above zero gives more than his panels do."""
        return decimal_of(self.deviation)


def decimal_of(value: Fraction, step: Decimal = CENT) -> Decimal:
    """A fraction as a decimal, half up away from zero; exact to the given step."""
    scale = 10 ** -int(step.as_tuple().exponent)
    halves = abs(value) * scale * 2 + 1
    whole = halves.numerator // (halves.denominator * 2)
    return (Decimal(whole if value >= 0 else -whole) / scale).quantize(step, rounding=ROUND_HALF_UP)


def leniency(panels: Iterable[Panel]) -> dict[Hashable, Leniency]:
    """Expert -> Leniency over the items with two sheets or more (alone on an item, nobody deviates).

    deviation(e) = 1/n(e) * sum over items i of e of (x(e,i) - mean of all sheets of i). The panel mean holds the
    expert's own sheet too, so that the deviations of all sheets of an item add up to zero.
    """
    sheets: Counter[Hashable] = Counter()
    # Per expert and size of panel, m * x - sum of the panel: whole cents, divided by m only once at the end.
    apart: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
    for panel in panels:
        size = len(panel)
        if size < 2:
            continue
        cents = {expert: _cents(points) for expert, points in panel.items()}
        total = sum(cents.values())
        for expert, points in cents.items():
            sheets[expert] += 1
            apart[expert][size] += size * points - total
    return {
        expert: Leniency(
            sheets[expert], sum((Fraction(n, size) for size, n in rows.items()), Fraction(0)) / 100 / sheets[expert]
        )
        for expert, rows in apart.items()
    }


def adjusted_mean(panel: Panel, lenient: Mapping[Any, Leniency]) -> Decimal | None:
    """The mean of a panel after taking each expert's leniency off his points: to be read, never to rank by."""
    if not panel:
        return None
    nothing = Leniency(0, Fraction(0))
    return decimal_of(_mean(Fraction(points) - lenient.get(who, nothing).deviation for who, points in panel.items()))


def krippendorff_alpha(panels: Iterable[Panel]) -> Decimal | None:
    """Krippendorff's alpha for interval data with missing values, three decimals; None where nothing can disagree.

    alpha = 1 - Do / De with the metric (c - k)^2. Over the pairable values (units u with m(u) >= 2 values, n of them):
    Do = 1/n * sum over u of [sum over ordered pairs within u of (c - k)^2] / (m(u) - 1),
    De = 1/(n(n-1)) * sum over all ordered pairs of (c - k)^2.
    1 is perfect agreement, 0 what chance gives, below 0 is systematic disagreement.
    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania, 2011.

    A sum over ordered pairs of m values is 2 * (m * sum of squares - square of the sum), so this takes linear time.
    """
    within: Counter[int] = Counter()
    values: list[int] = []
    for panel in panels:
        if len(panel) < 2:
            continue
        points = [_cents(value) for value in panel.values()]
        within[len(points)] += _ordered_pairs(points)
        values += points
    across = _ordered_pairs(values)
    if not across:
        return None
    observed = sum((Fraction(n, size - 1) for size, n in within.items()), Fraction(0))
    return decimal_of(1 - observed * (len(values) - 1) / across, MILLE)


def _cents(points: Decimal) -> int:
    return int(points * 100)


def _ordered_pairs(values: list[int]) -> int:
    return 2 * (len(values) * sum(v * v for v in values) - sum(values) ** 2)


def _mean(values: Iterable[Any]) -> Fraction:
    rows = [Fraction(value) for value in values]
    return sum(rows, Fraction(0)) / len(rows)


def agreement_word(alpha: Decimal | None) -> str:
    """What an alpha means, by Krippendorff's own marks of 0.667 and 0.800."""
    if alpha is None:
        return "评分全部相同或不足两份，无法计算"
    if alpha >= Decimal("0.800"):
        return "一致性良好"
    return "一致性尚可" if alpha >= Decimal("0.667") else "一致性偏低，请关注离散较大的项目"
