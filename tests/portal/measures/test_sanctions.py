from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.findings import Severity
from portal.measures.sanctions import ClawbackFacts, clawback_gate, clawback_limit, clawback_opening
from tests.portal.measures.facts import EDITION

DAY = date(2025, 10, 8)
CASE = ClawbackFacts(
    ground="17(2)",
    statement="2025年8月以会议费名义列支宴请 3200 元，凭证记-0123。",
    amount=Decimal("3200.00"),
    paid_total=Decimal("210000.00"),
    returned_total=Decimal("0.00"),
    claimed_total=Decimal("0.00"),
    lines_total=Decimal("3200.00"),
    claimed_lines=(),
    today=DAY,
    reply_ends_on=DAY - timedelta(days=1),
    reply_received=False,
)
money = st.decimals(0, 10**9, places=2)


def test_sound_case_passes():
    assert clawback_opening(CASE, EDITION) == ()
    assert clawback_gate(CASE, EDITION) == ()


@pytest.mark.parametrize("ground", [choice.code for choice in EDITION.clawback_grounds])
def test_each_of_the_seven_grounds_is_known(ground):
    assert clawback_opening(replace(CASE, ground=ground), EDITION) == ()


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"ground": "17(8)"}, "ground_named", "七种情形"),
        ({"ground": ""}, "ground_named", "七种情形"),
        ({"statement": "  违规  "}, "ground_named", "事实"),
        ({"amount": Decimal("0.00")}, "clawback_within_paid", "正数"),
        ({"amount": Decimal("210000.01")}, "clawback_within_paid", "¥210,000.00"),
        ({"returned_total": Decimal("206800.01")}, "clawback_within_paid", "¥3,199.99"),
        ({"claimed_total": Decimal("210000.00")}, "clawback_within_paid", "¥0.00"),
        ({"paid_total": Decimal("0.00")}, "clawback_within_paid", "¥0.00"),
        ({"paid_total": None}, "clawback_within_paid", "缺少已拨付金额"),
        ({"claimed_lines": ("记-0123",)}, "clawback_within_paid", "记-0123"),
    ],
)
def test_case_is_refused_with_the_fact(changes, code, part):
    (finding,) = clawback_opening(replace(CASE, **changes), EDITION)
    assert (finding.code, finding.severity) == (code, Severity.BLOCK)
    assert part in finding.message


def test_amount_that_differs_from_the_lines_is_warned_about():
    (finding,) = clawback_opening(replace(CASE, amount=Decimal("3000.00")), EDITION)
    assert (finding.code, finding.severity) == ("clawback_within_paid", Severity.WARN)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"reply_ends_on": DAY}, True),
        ({"reply_ends_on": DAY, "reply_received": True}, False),
        ({"reply_ends_on": None}, True),
    ],
)
def test_reply_window_over_before_the_decision(changes, refused):
    found = clawback_gate(replace(CASE, **changes), EDITION)
    assert [item.code for item in found] == (["reply_window_over"] if refused else [])


@given(money, money, money)
def test_limit_is_never_negative_nor_above_what_is_held(paid, returned, claimed):
    limit = clawback_limit(paid, returned, claimed)
    assert 0 <= limit <= paid
    assert limit == 0 or limit + returned + claimed == paid
