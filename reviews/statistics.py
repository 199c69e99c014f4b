"""How severe each expert is, and how far a panel agrees: pure arithmetic over the sheets of a round (D5).

Information for the center only: nothing here changes a score or a rank. Exact fractions inside, two or three decimals
half up outside. A panel is {expert: points}; a missing sheet is simply not there.
"""

from collections import defaultdict
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
    found: defaultdict[Hashable, list[Fraction]] = defaultdict(list)
    for panel in panels:
        if len(panel) < 2:
            continue
        mean = _mean(panel.values())
        for expert, points in panel.items():
            found[expert].append(Fraction(points) - mean)
    return {expert: Leniency(len(rows), sum(rows, Fraction(0)) / len(rows)) for expert, rows in found.items()}


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
    within, values = Fraction(0), []
    for panel in panels:
        if len(panel) < 2:
            continue
        points = [Fraction(value) for value in panel.values()]
        within += _ordered_pairs(points) / (len(points) - 1)
        values += points
    across = _ordered_pairs(values)
    if not across:
        return None
    return decimal_of(1 - within * (len(values) - 1) / across, MILLE)


def _ordered_pairs(values: list[Fraction]) -> Fraction:
    return 2 * (len(values) * sum((v * v for v in values), Fraction(0)) - sum(values, Fraction(0)) ** 2)


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
