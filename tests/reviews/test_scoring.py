"""Points, figures and ranks, by example and by property."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.editions import edition
from reviews import scoring

POINTS = st.integers(0, 200).map(lambda half: Decimal(half) / 2)


@pytest.mark.parametrize(
    ("text", "points"),
    [("18", "18"), (" 18.5 ", "18.5"), ("１８", "18"), ("１８．５", "18.5"), ("0", "0"), ("20", "20"), ("07", "7")],
)
def test_points_are_read_as_typed(text, points):
    assert scoring.parse_points(text, Decimal(20)) == Decimal(points)


@pytest.mark.parametrize(
    "text",
    ["-1", "20.5", "101", "NaN", "Infinity", "1e2", "1_0", "+5", "٣", "1,5", "18.25", "18分", "0x1", "१", ".5", "5."],
)
def test_points_refuse_what_is_not_plainly_a_number_in_range(text):
    with pytest.raises(scoring.PointsError):
        scoring.parse_points(text, Decimal(20))


def test_points_may_be_limited_to_whole_numbers():
    assert scoring.parse_points("18", Decimal(20), "whole") == 18
    with pytest.raises(scoring.PointsError, match="整数"):
        scoring.parse_points("18.5", Decimal(20), "whole")


def test_points_left_empty_are_missing_not_zero():
    assert scoring.parse_points("　", Decimal(20)) is None


def test_trimmed_mean_drops_one_highest_and_one_lowest():
    stats = scoring.aggregate([Decimal(95), Decimal(95), Decimal(80), Decimal(70), Decimal(60)], "trimmed")
    assert (stats.score, stats.mean, stats.median, stats.range) == (
        Decimal("81.67"),
        Decimal("80.00"),
        Decimal("80.00"),
        Decimal("35.00"),
    )


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_fewer_than_five_sheets_are_not_trimmed(count):
    stats = scoring.aggregate([Decimal(60)] * (count - 1) + [Decimal(90)], "trimmed")
    assert stats.trimmed is None
    assert stats.score == stats.mean


def test_means_round_half_up():
    assert scoring.aggregate([Decimal("80.00"), Decimal("80.01")], "mean").score == Decimal("80.01")
    assert scoring.aggregate([Decimal(0), Decimal("0.01")], "mean").score == Decimal("0.01")


def test_no_sheet_gives_no_score():
    assert scoring.aggregate([], "trimmed") == scoring.Stats(0)


@given(st.lists(POINTS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_figures_do_not_depend_on_order_and_stay_within_the_scores(scores, shuffler):
    stats = scoring.aggregate(scores, "trimmed")
    shuffled = list(scores)
    shuffler.shuffle(shuffled)
    assert scoring.aggregate(shuffled, "trimmed") == stats
    assert min(scores) <= stats.score <= max(scores)
    assert min(scores) <= stats.median <= max(scores)
    assert (stats.sd == 0) == (stats.range == 0)


@given(st.lists(POINTS, min_size=5, max_size=12))
def test_the_trimmed_mean_is_the_one_worked_out_by_hand(scores):
    kept = list(scores)
    kept.remove(max(kept))
    kept.remove(min(kept))
    exact = sum(map(Fraction, kept)) / len(kept)
    stats = scoring.aggregate(scores, "trimmed")
    assert stats.score == stats.trimmed
    assert abs(Fraction(stats.score) - exact) <= Fraction(1, 200)
    # Half a cent goes up, never to the even digit.
    assert Fraction(stats.score) - exact != Fraction(-1, 200)


@given(st.lists(POINTS, min_size=1, max_size=12), st.data(), st.sampled_from(["mean", "trimmed"]))
def test_a_better_sheet_never_lowers_an_item(scores, data, method):
    place = data.draw(st.integers(0, len(scores) - 1))
    better = list(scores)
    better[place] = data.draw(st.integers(int(scores[place] * 2), 200).map(lambda half: Decimal(half) / 2))
    before, after = scoring.aggregate(scores, method), scoring.aggregate(better, method)
    assert after.score >= before.score
    assert after.median >= before.median


@given(st.lists(POINTS, min_size=1, max_size=9), st.integers(0, 3))
def test_a_missing_sheet_is_not_a_zero(scores, missing):
    given_only = scoring.aggregate(scores, "mean")
    with_zeros = scoring.aggregate([*scores, *[Decimal(0)] * missing], "mean")
    assert given_only.n == len(scores)
    assert with_zeros.score <= given_only.score


def test_scattered_sheets_are_flagged_but_kept():
    flags = scoring.outliers({"甲": Decimal(90), "乙": Decimal(88), "丙": Decimal(50)}, 20, 15)
    assert len(flags) == 2
    assert flags[0].startswith("极差 40")
    assert scoring.outliers({"甲": Decimal(90), "乙": Decimal(70)}, 20, 15) == []
    assert scoring.outliers({"甲": Decimal(90)}, 20, 15) == []


def test_ranking_breaks_ties_by_the_criterion_then_shares_the_rank():
    results = [
        ("a", Decimal(80), Decimal(15)),
        ("b", Decimal(80), Decimal(16)),
        ("c", Decimal(80), Decimal(15)),
        ("d", Decimal(70), Decimal(20)),
    ]
    assert scoring.rank([*results, ("none", None, None)]) == {"b": 1, "a": 2, "c": 2, "d": 4}


@given(st.lists(st.tuples(POINTS, POINTS), max_size=12))
def test_ranking_orders_as_scores_do(pairs):
    ranks = scoring.rank([(key, score, tie) for key, (score, tie) in enumerate(pairs)])
    for one, (score, tie) in enumerate(pairs):
        better = sum((other, other_tie) > (score, tie) for other, other_tie in pairs)
        assert ranks[one] == better + 1


def test_deviation_names_the_skipped_and_the_lifted():
    ranks = {key: place for place, key in enumerate("abcdef", 1)}
    outcomes = dict(zip("abcdef", ["support", "support", "reserve", "support", "decline", "decline"], strict=True))
    assert scoring.deviations(outcomes, ranks) == {"c", "d"}
    outcomes |= {"c": "support", "d": "reserve"}
    assert scoring.deviations(outcomes, ranks) == set()


def test_items_of_equal_rank_change_places_without_deviation():
    assert scoring.deviations({"a": "decline", "b": "support"}, {"a": 1, "b": 1}) == set()


@pytest.mark.parametrize(
    ("queue", "left"),
    [("abcde", ""), ("bcdea", "a"), ("eabcd", "e"), ("acbde", "c"), ("", ""), ("edcba", "edcb")],
)
def test_one_reserve_sent_elsewhere_is_one_reserve_moved(queue, left):
    ranks = {key: place for place, key in enumerate("abcde", 1)}
    found = scoring.moved(queue, ranks)
    assert len(found) == len(left)
    if len(left) <= 1 and queue != "acbde":
        assert found == set(left)


@given(st.lists(st.integers(1, 6), max_size=8))
def test_moved_reserves_are_as_few_as_explain_the_order(values):
    ranks = dict(enumerate(values))
    found = scoring.moved(list(ranks), ranks)
    kept = [value for key, value in ranks.items() if key not in found]
    assert kept == sorted(kept)
    longest = max(
        (size for size in range(len(values) + 1) for run in combinations(values, size) if list(run) == sorted(run)),
        default=0,
    )
    assert len(kept) == longest


@pytest.mark.parametrize(
    "change",
    [
        {"criteria": [{"code": "x", "name": "x", "maximum": 99}]},
        {"criteria": [{"code": "x", "name": "x", "maximum": "many"}]},
        {"recommendations": []},
        {"tie_break": "absent"},
    ],
)
def test_a_broken_scheme_is_refused(change):
    sound = {
        "name": "表",
        "tie_break": "x",
        "criteria": [{"code": "x", "name": "指标", "maximum": 100}],
        "recommendations": [{"code": "yes", "name": "同意"}],
    }
    assert scoring.scheme_of(sound).maximum == 100
    with pytest.raises(ValueError, match="评分表"):
        scoring.scheme_of(sound | change)


def test_the_edition_schemes_sum_to_a_hundred():
    year = edition("2025")
    assert [sum(c.maximum for c in scheme.criteria) for scheme in (year.selection, year.evaluation)] == [100, 100]
