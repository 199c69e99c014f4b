from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.findings import Severity
from portal.measures.ledger import ClosingFacts, LedgerFacts, ReversalFacts, check_closing, check_ledger_line
from tests.portal.measures.facts import EDITION, END, START

LINE = LedgerFacts(
    booked_on=date(2025, 8, 1),
    today=date(2025, 8, 20),
    period_start=START,
    period_end=END,
    amount=Decimal("1200.00"),
    source="grant",
    grant_left=Decimal("1200.00"),
)
BACK = ReversalFacts(Decimal("1500.00"), Decimal("300.00"), same_project=True, original_is_reversal=False)


def test_sound_line_and_full_reversal_are_booked():
    assert check_ledger_line(LINE, EDITION) == ()
    assert check_ledger_line(replace(LINE, reversal=BACK, grant_left=Decimal("0.00")), EDITION) == ()


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"booked_on": START - timedelta(days=1)}, "booked_in_period", "2025年3月31日不在任务合同执行期"),
        ({"booked_on": END + timedelta(days=1), "today": date(2026, 1, 5)}, "booked_in_period", "执行期"),
        ({"booked_on": date(2025, 8, 21)}, "booked_in_period", "晚于今天"),
        ({"booked_on": None}, "booked_in_period", "缺少凭证日期"),
        ({"amount": Decimal("-1200.00")}, "within_grant_left", "正数"),
        ({"amount": Decimal("0.00")}, "within_grant_left", "正数"),
        ({"amount": Decimal("0.001")}, "within_grant_left", "两位小数"),
        ({"amount": Decimal("1200.01")}, "within_grant_left", "余额 ¥1,200.00"),
        ({"grant_left": None}, "within_grant_left", "缺少支持经费余额"),
        ({"reversal": replace(BACK, same_project=False)}, "reversal_sound", "本项目"),
        ({"reversal": replace(BACK, original_is_reversal=True)}, "reversal_sound", "不能再次冲销"),
        ({"reversal": replace(BACK, reversed_total=Decimal("300.01"))}, "reversal_sound", "¥1,199.99"),
        ({"reversal": replace(BACK, reversed_total=Decimal("1500.00"))}, "reversal_sound", "¥0.00"),
    ],
)
def test_unsound_line_is_refused_with_the_fact(changes, code, part):
    (finding,) = check_ledger_line(replace(LINE, **changes), EDITION)
    assert (finding.code, finding.severity) == (code, Severity.BLOCK)
    assert part in finding.message


def test_matching_money_is_not_limited_by_the_grant():
    assert check_ledger_line(replace(LINE, source="matching", amount=Decimal("99999.00")), EDITION) == ()


def test_same_invoice_is_put_to_a_person():
    (finding,) = check_ledger_line(replace(LINE, twins=("京科协协同2025-0002 记-0007",)), EDITION)
    assert (finding.code, finding.severity) == ("not_booked_twice", Severity.ASK)


@pytest.mark.parametrize("day", [START, END])
def test_first_and_last_day_of_the_period_are_inside(day):
    assert check_ledger_line(replace(LINE, booked_on=day, today=END), EDITION) == ()


def test_line_of_a_closed_month_is_refused():
    (finding,) = check_ledger_line(replace(LINE, closed_month="2025年8月"), EDITION)
    assert (finding.code, finding.severity) == ("month_open", Severity.BLOCK)
    assert "2025年8月已结账" in finding.message


MONTH = ClosingFacts(
    month="2025年8月",
    first_day=date(2025, 8, 1),
    last_day=date(2025, 8, 31),
    today=date(2025, 9, 1),
    period_start=START,
    unproven=0,
)


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"today": date(2025, 8, 31)}, "month_over", "还没有结束"),
        ({"is_closed": True}, "month_over", "已结账"),
        ({"period_start": date(2025, 9, 1)}, "month_over", "早于"),
        ({"unproven": 2}, "month_proven", "2 条"),
    ],
)
def test_month_that_may_not_be_closed_is_refused_with_the_fact(changes, code, part):
    assert check_closing(MONTH, EDITION) == ()
    (finding,) = check_closing(replace(MONTH, **changes), EDITION)
    assert (finding.code, finding.severity) == (code, Severity.BLOCK)
    assert part in finding.message


@given(st.dates(date(2025, 4, 1), date(2027, 1, 1)), st.integers(0, 3), st.booleans())
def test_month_closes_exactly_when_over_proven_and_open(today, unproven, is_closed):
    found = check_closing(replace(MONTH, today=today, unproven=unproven, is_closed=is_closed), EDITION)
    assert (not found) == (today > MONTH.last_day and not unproven and not is_closed)
