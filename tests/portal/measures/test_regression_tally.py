"""What a draft of the lexicon would do, counted: bounded lists, exact numbers (art. 14)."""

from hypothesis import given
from hypothesis import strategies as st

from portal.measures.regression import Case, Tally, case_of

VERDICTS = st.sampled_from(["allowed", "banned", "needs-review"])
DECISIONS = st.sampled_from(["", "allowed", "banned"])
CASES = st.builds(
    Case, st.integers(1, 10**6), DECISIONS, st.just(""), VERDICTS, st.just("14(2)"), VERDICTS, st.just("14(2)")
)


def test_contradiction_is_ban_against_permission_in_either_direction():
    assert Case(1, "allowed", "", "allowed", "", "banned", "14(2)").is_against
    assert Case(1, "banned", "14(2)", "banned", "14(2)", "allowed", "").is_against
    assert not Case(1, "allowed", "", "allowed", "", "needs-review", "14(2)").is_against
    assert not Case(1, "", "", "allowed", "", "banned", "14(2)").is_against


def test_another_clause_of_a_ban_is_a_flip():
    assert Case(1, "banned", "14(2)", "banned", "14(2)", "banned", "14(5)").flips
    assert not Case(1, "banned", "14(2)", "needs-review", "14(2)", "needs-review", "14(5)").flips


@given(st.lists(CASES, max_size=60), st.integers(0, 5))
def test_every_case_is_counted_once_and_lists_stay_short(cases, most):
    tally = Tally(most=most)
    for case in cases:
        tally.add(case)
    data = tally.as_data()
    decided = [case for case in cases if case.decision]
    assert sum(row[-1] for row in data["confusion"]) == data["counts"]["decided"] == len(decided)
    assert sum(row[-1] for row in data["waiting"]) == data["counts"]["waiting"] == len(cases) - len(decided)
    assert data["counts"]["against"] == sum(case.is_against for case in cases)
    for name in ("against", "flips", "waiting_flips"):
        assert len(data[name]) == min(most, data["counts"][name])
        assert all(case_of(row) in cases for row in data[name])
