from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.findings import Severity
from portal.measures.process import (
    ContractFacts,
    ExecutionFacts,
    NoticeFacts,
    PaymentFacts,
    contract_gate,
    execution_rate,
    grant_spent_in_period,
    payment_gate,
)
from portal.measures.targets import TargetRow
from tests.portal.measures.facts import EDITION, END, START, codes, target_rows

NOTICE_END = date(2025, 6, 9)
GRANT = Decimal("300000.00")
NOTICE = NoticeFacts(True, NOTICE_END, NOTICE_END + timedelta(days=1), (), ())
CONTRACT = ContractFacts(
    year=2025,
    approved=True,
    qualification="valid",
    other_live_contract=False,
    award=GRANT,
    amount=GRANT,
    starts_on=START,
    ends_on=END,
    evidence_days=(START, END),
    targets=target_rows(),
    notice=NOTICE,
)
PAYMENT = PaymentFacts(
    contract_amount=GRANT,
    amount=Decimal("210000.00"),
    instalment=1,
    met_conditions=frozenset({"contract_effective"}),
    paid_total=Decimal("0.00"),
    paid_numbers=(),
    open_rectifications=(),
    open_clawbacks=(),
)


def noticed(**changes):
    """The sound contract under a spoiled notice."""
    return replace(CONTRACT, notice=replace(NOTICE, **changes))


def test_sound_contract_and_payment_pass():
    assert contract_gate(CONTRACT, EDITION) == ()
    assert payment_gate(PAYMENT, EDITION) == ()


@pytest.mark.parametrize(
    ("facts", "code", "part"),
    [
        (noticed(published=False), "notice_is_clear", "尚未公示"),
        (noticed(ends_on=None), "notice_is_clear", "尚未公示"),
        (noticed(today=NOTICE_END), "notice_is_clear", "2025年6月9日（含当日）尚未结束"),
        (noticed(open_objections=("异2025-1", "异2025-2")), "notice_is_clear", "异2025-1、-2"),
        (noticed(upheld_objections=("异2025-1",)), "notice_is_clear", "成立"),
        (noticed(open_objections=None), "notice_is_clear", "缺少异议记录"),
        (replace(CONTRACT, approved=False), "project_may_contract", "未获批准"),
        (replace(CONTRACT, qualification="revoked"), "project_may_contract", "资格"),
        (replace(CONTRACT, qualification=None), "project_may_contract", "资格"),
        (replace(CONTRACT, other_live_contract=True), "project_may_contract", "重复签订"),
        (replace(CONTRACT, amount=GRANT + Decimal("0.01")), "contract_within_award", "¥300,000.01"),
        (replace(CONTRACT, amount=Decimal(0)), "contract_within_award", "正数"),
        (replace(CONTRACT, amount=Decimal("NaN")), "contract_within_award", "正数"),
        (replace(CONTRACT, starts_on=None), "contract_period_sound", "缺少合同开始日期"),
        (replace(CONTRACT, starts_on=END, ends_on=END, evidence_days=()), "contract_period_sound", "晚于"),
        (replace(CONTRACT, starts_on=date(2024, 12, 31)), "contract_period_sound", "2025 年度"),
        (replace(CONTRACT, ends_on=date(2028, 1, 1)), "contract_period_sound", "2025 年度"),
        (replace(CONTRACT, ends_on=END - timedelta(days=1)), "contract_period_sound", "2025年11月30日不在执行期内"),
    ],
)
def test_contract_is_refused_with_the_fact(facts, code, part):
    (finding,) = contract_gate(facts, EDITION)
    assert (finding.code, finding.severity) == (code, Severity.BLOCK)
    assert part in finding.message


def test_contract_keeps_the_floors_of_article_10():
    rows = target_rows(tech_transfer=TargetRow("tech_transfer", 2), work_summary=None)
    assert codes(contract_gate(replace(CONTRACT, targets=rows), EDITION)) == ["targets_complete", "targets_at_floor"]


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"met_conditions": frozenset()}, "instalment_due", "尚未生效"),
        ({"instalment": 2, "amount": Decimal(90000)}, "instalment_due", "验收通过后拨付"),
        ({"instalment": 3}, "instalment_due", "没有第 3 期"),
        ({"paid_numbers": (1,)}, "instalment_due", "不能重复拨付"),
        ({"paid_total": Decimal("90000.01")}, "payment_within_contract", "超过合同金额"),
        ({"paid_total": None}, "payment_within_contract", "缺少已拨付金额"),
        ({"amount": Decimal(-1)}, "payment_within_contract", "正数"),
        ({"amount": Decimal("0.001")}, "payment_within_contract", "正数"),
        ({"open_rectifications": ("整2025-1",)}, "payment_unhindered", "正在整改"),
        ({"open_clawbacks": ("追2025-1",)}, "payment_unhindered", "资金追回"),
        ({"open_clawbacks": None}, "payment_unhindered", "缺少资金追回记录"),
    ],
)
def test_payment_is_refused_with_the_fact(changes, code, part):
    (finding,) = payment_gate(replace(PAYMENT, **changes), EDITION)
    assert (finding.code, finding.severity) == (code, Severity.BLOCK)
    assert part in finding.message


def test_last_instalment_follows_acceptance_and_fills_the_contract():
    conditions = frozenset({"contract_effective", "acceptance_passed"})
    facts = replace(
        PAYMENT,
        instalment=2,
        amount=Decimal("90000.00"),
        paid_total=Decimal("210000.00"),
        paid_numbers=(1,),
        met_conditions=conditions,
    )
    assert payment_gate(facts, EDITION) == ()


@pytest.mark.parametrize(
    ("spent", "budget", "rate"),
    [
        ("0", "300000", "0.00"),
        ("299999.99", "300000", "99.99"),
        ("300000", "300000", "100.00"),
        ("150000", "300000", "50.00"),
    ],
)
def test_execution_rate_says_100_only_for_all(spent, budget, rate):
    assert execution_rate(Decimal(spent), Decimal(budget)) == Decimal(rate)


@given(st.decimals(0, 10**9, places=2), st.decimals(Decimal("0.01"), 10**9, places=2))
def test_execution_rate_reaches_100_exactly_when_spent(spent, budget):
    assert (execution_rate(spent, budget) >= 100) is (spent >= budget)


def test_execution_rate_needs_a_budget():
    assert execution_rate(Decimal(1), Decimal(0)) is None


@pytest.mark.parametrize(
    ("spent", "today", "settled", "severity", "article"),
    [
        ("300000", END + timedelta(days=1), False, None, None),
        ("290000", END + timedelta(days=1), False, Severity.BLOCK, "16"),
        ("290000", END + timedelta(days=1), True, None, None),
        ("290000", END, False, Severity.WARN, "16"),
        ("290000", START, False, None, None),
        ("300000.01", START, True, Severity.BLOCK, "17(4)"),
    ],
)
def test_grant_is_spent_in_the_period(spent, today, settled, severity, article):
    facts = ExecutionFacts(Decimal(spent), GRANT, today, END, settled)
    found = grant_spent_in_period(facts, EDITION)
    assert [(item.severity, item.article) for item in found] == ([(severity, article)] if severity else [])


def test_grant_spent_in_period_says_when_there_is_no_budget():
    facts = ExecutionFacts(Decimal(0), Decimal(0), START, END, surplus_settled=False)
    (finding,) = grant_spent_in_period(facts, EDITION)
    assert "无法计算" in finding.message
