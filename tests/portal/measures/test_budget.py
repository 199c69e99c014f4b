"""Budgets in use (16, 17(4)): moves, the free percentage, pace, alerts; as examples and as properties."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.budget import (
    AdjustmentFacts,
    alerts_due,
    beyond_free,
    check_adjustment,
    execution_findings,
    moved,
    overspent,
    pace_of,
)
from portal.measures.edition import load_edition
from portal.measures.findings import blocks

YEAR = load_edition("2025")
A, B = (item.code for item in YEAR.budget_categories[:2])
START, END = date(2026, 1, 1), date(2026, 12, 31)
BASE = {(A, "grant"): Decimal("10000.00"), (B, "grant"): Decimal("20000.00")}


def facts(after, **changes):
    values = {"base": BASE, "before": BASE, "after": after, "spent": {}, "today": START, "period_end": END} | changes
    return AdjustmentFacts(**values)


def plan(a, b):
    return {(A, "grant"): Decimal(a), (B, "grant"): Decimal(b)}


def test_move_within_the_sum_is_sound():
    assert not blocks(check_adjustment(facts(plan("11000.00", "19000.00")), YEAR))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (plan("11000.00", "20000.00"), "须保持"),
        (plan("10000.00", "20000.00"), "没有变化"),
        (plan("-1.00", "30001.00"), "零或正数"),
        (plan("10000.001", "19999.999"), "零或正数"),
        ({("wine", "grant"): Decimal("30000.00")}, "科目表"),
    ],
)
def test_unsound_moves_are_refused_with_the_clause(after, words):
    found = blocks(check_adjustment(facts(after), YEAR))
    assert any(words in finding.message for finding in found)
    assert {(finding.article, finding.code) for finding in found} == {("17(4)", "adjustment_sound")}


def test_no_line_falls_below_what_is_spent_and_nothing_moves_after_the_period():
    spent = {(B, "grant"): Decimal("19500.00")}
    found = blocks(check_adjustment(facts(plan("11000.00", "19000.00"), spent=spent), YEAR))
    assert [finding.code for finding in found] == ["adjustment_possible"]
    assert "已支出" in found[0].message
    late = facts(plan("11000.00", "19000.00"), today=END + timedelta(days=1))
    assert any(finding.article == "16" for finding in blocks(check_adjustment(late, YEAR)))
    # Raising a line that is overspent already is the cure, not the fault.
    over = facts(plan("11000.00", "19000.00"), spent={(A, "grant"): Decimal("12000.00")})
    assert not blocks(check_adjustment(over, YEAR))


def test_free_percentage_counts_all_moves_against_the_contract():
    assert not beyond_free(BASE, plan("11000.00", "19000.00"), YEAR)
    assert beyond_free(BASE, plan("11000.01", "18999.99"), YEAR) == ((A, "grant"),)
    # Two moves of 9 % each go beyond it, although each alone would not.
    assert beyond_free(BASE, plan("11881.00", "18119.00"), YEAR)
    new = BASE | {("conference", "grant"): Decimal("0.01"), (B, "grant"): Decimal("19999.99")}
    assert ("conference", "grant") in beyond_free(BASE, new, YEAR)


money = st.decimals(min_value=0, max_value=10**9, places=2)


@given(st.lists(money, min_size=2, max_size=2), st.integers(0, 10**11))
def test_moving_there_and_back_changes_nothing(amounts, fen):
    base = plan(*amounts)
    shift = min(Decimal(fen) / 100, base[B, "grant"])
    there = plan(base[A, "grant"] + shift, base[B, "grant"] - shift)
    assert sum(there.values()) == sum(base.values())
    assert moved(base, base) == {}
    assert sum(moved(base, there).values()) == 0
    assert {key: -change for key, change in moved(base, there).items()} == moved(there, base)


@given(money, money, st.integers(-30, 500))
def test_pace_never_promises_more_than_was_received(spent, received, day):
    pace = pace_of(spent=spent, received=received, start=START, end=END, today=START + timedelta(days=day))
    assert 0 <= pace.time <= 100
    assert pace.forecast + pace.rest == received or day <= -1
    assert pace.forecast <= max(received, spent)
    if spent <= received:
        assert pace.forecast >= (spent if day >= 0 else 0)


def test_alerts_follow_the_thresholds_of_the_edition():
    def at(day, spent):
        received = Decimal("100000.00")
        return pace_of(spent=Decimal(spent), received=received, start=START, end=END, today=START + timedelta(day))

    assert alerts_due(at(100, "0.00"), YEAR) == ()
    assert [alert.time for alert in alerts_due(at(183, "29999.99"), YEAR)] == [50]
    assert alerts_due(at(183, "30000.00"), YEAR) == ()
    assert [alert.time for alert in alerts_due(at(364, "84000.00"), YEAR)] == [90, 100]
    (finding,) = execution_findings(at(364, "84000.00"), YEAR)
    assert "100%" in finding.message
    nothing = pace_of(spent=Decimal(0), received=Decimal(0), start=START, end=END, today=END)
    assert alerts_due(nothing, YEAR) == ()


def test_overspent_lines_are_named():
    spent = {(A, "grant"): Decimal("10000.01"), (B, "grant"): Decimal("20000.00"), ("x", "grant"): Decimal("0.01")}
    assert overspent(BASE, spent, YEAR) == (tuple(sorted([(A, "grant"), ("x", "grant")])))
    lenient = replace(YEAR, budget=replace(YEAR.budget, category_alert=200))
    assert overspent(BASE, spent, lenient) == (("x", "grant"),)
