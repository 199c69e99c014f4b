"""Leniency and agreement, against published figures, by definition, and by property (D5)."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import statistics

POINTS = st.integers(0, 200).map(lambda half: Decimal(half) / 2)
PANELS = st.lists(st.dictionaries(st.sampled_from("ABCDEFG"), POINTS, max_size=6), max_size=12)


def _units(*raters: str) -> list[dict[int, Decimal]]:
    """One line a rater, one mark a unit; a dot is missing."""
    columns = zip(*(line.split() for line in raters), strict=True)
    return [{who: Decimal(mark) for who, mark in enumerate(column) if mark != "."} for column in columns]


# Krippendorff (2011), example C: four observers, twelve units, missing data; interval alpha 0.849.
OBSERVERS = _units(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# Wikipedia, Krippendorff's alpha, "A computational example": three coders, fifteen units; interval alpha 0.811.
CODERS = _units(
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)


@pytest.mark.parametrize(("units", "alpha"), [(OBSERVERS, "0.849"), (CODERS, "0.811")])
def test_alpha_is_that_of_the_published_examples(units, alpha):
    assert statistics.krippendorff_alpha(units) == Decimal(alpha)


def _alpha_by_definition(panels) -> Fraction | None:
    """Every pair written out, as the definition says."""
    units = [[Fraction(value) for value in panel.values()] for panel in panels if len(panel) >= 2]
    values = [value for unit in units for value in unit]
    if len(set(values)) < 2:
        return None
    observed = sum(sum((a - b) ** 2 for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum((a - b) ** 2 for a, b in permutations(values, 2)) / (len(values) - 1)
    return 1 - Fraction(observed) / expected


@given(PANELS)
def test_alpha_is_that_of_its_definition(panels):
    wanted = _alpha_by_definition(panels)
    found = statistics.krippendorff_alpha(panels)
    assert (found is None) == (wanted is None)
    if wanted is not None:
        assert abs(Fraction(found) - wanted) <= Fraction(1, 2000)


@given(PANELS, st.randoms(use_true_random=False), st.integers(-50, 50))
def test_alpha_does_not_depend_on_order_or_on_where_the_scale_begins(panels, shuffler, shift):
    alpha = statistics.krippendorff_alpha(panels)
    moved = [{who: points + shift for who, points in reversed(panel.items())} for panel in panels]
    shuffler.shuffle(moved)
    assert statistics.krippendorff_alpha(moved) == alpha
    assert alpha is None or alpha <= 1


def test_full_agreement_is_one_and_no_variation_is_unknown():
    assert statistics.krippendorff_alpha([{1: Decimal(80), 2: Decimal(80)}, {1: Decimal(60), 2: Decimal(60)}]) == 1
    assert statistics.krippendorff_alpha([{1: Decimal(80), 2: Decimal(80)}]) is None
    assert statistics.krippendorff_alpha([{1: Decimal(80)}, {}]) is None


def test_leniency_is_the_mean_deviation_from_the_panels():
    panels = [
        {"甲": Decimal(90), "乙": Decimal(80), "丙": Decimal(70)},
        {"甲": Decimal(84), "乙": Decimal(80)},
        {"丙": Decimal(10)},
    ]
    found = statistics.leniency(panels)
    assert {who: (row.n, row.points) for who, row in found.items()} == {
        "甲": (2, Decimal("6.00")),
        "乙": (2, Decimal("-1.00")),
        "丙": (1, Decimal("-10.00")),
    }


@given(PANELS)
def test_deviations_of_all_sheets_add_up_to_nothing(panels):
    found = statistics.leniency(panels)
    assert sum((row.deviation * row.n for row in found.values()), Fraction(0)) == 0
    assert sum(row.n for row in found.values()) == sum(len(panel) for panel in panels if len(panel) > 1)


@given(PANELS, st.integers(1, 20))
def test_an_expert_who_gives_more_becomes_more_lenient_and_nobody_else_does(panels, more):
    before = statistics.leniency(panels)
    after = statistics.leniency(
        [{who: points + more if who == "A" else points for who, points in panel.items()} for panel in panels]
    )
    for who, row in before.items():
        change = after[who].deviation - row.deviation
        assert change > 0 if who == "A" else change <= 0


def test_the_adjusted_mean_takes_leniency_off():
    panels = [{"甲": Decimal(90), "乙": Decimal(80)}, {"甲": Decimal(70), "乙": Decimal(60)}]
    lenient = statistics.leniency(panels)
    # Both means stay: the panels are the same people. An item that the lenient one judged alone comes down by five.
    assert [statistics.adjusted_mean(panel, lenient) for panel in panels] == [Decimal("85.00"), Decimal("65.00")]
    assert statistics.adjusted_mean({"甲": Decimal(90)}, lenient) == Decimal("85.00")
    assert statistics.adjusted_mean({}, lenient) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [((1, 200), "0.01"), ((-1, 200), "-0.01"), ((1, 201), "0.00"), ((2, 3), "0.67"), ((0, 1), "0.00")],
)
def test_fractions_are_shown_half_up(value, shown):
    assert str(statistics.decimal_of(Fraction(*value))) == shown


def test_agreement_is_said_in_words():
    words = [statistics.agreement_word(alpha) for alpha in (None, Decimal("0.5"), Decimal("0.7"), Decimal("0.9"))]
    assert len(set(words)) == 4
