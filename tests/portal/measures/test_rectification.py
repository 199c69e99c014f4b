from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.measures.findings import Severity
from portal.measures.rectification import (
    OrderFacts,
    Problem,
    RecheckFacts,
    RevocationFacts,
    check_order,
    recheck_gate,
    revocation_gate,
)
from tests.portal.measures.facts import EDITION

DAY = date(2025, 12, 1)
DUE = DAY + timedelta(days=30)
ORDER = OrderFacts((Problem("10(1)2", "在京转化只完成两项"),), DAY, DUE, ())
RECHECK = RecheckFacts(DUE, DUE, DAY, "已补充一项转化及合同")
REVOCATION = RevocationFacts(DUE, "rectifying", 1, DAY, DUE - timedelta(days=1), False, False)


def test_sound_steps_pass():
    assert check_order(ORDER, EDITION) == ()
    assert recheck_gate(RECHECK, EDITION) == ()
    assert revocation_gate(REVOCATION, EDITION) == ()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"problems": ()}, "至少一个问题"),
        ({"problems": (Problem("10(1)2", " "),)}, "第 1 个问题"),
        ({"problems": (Problem("99(9)", "材料不全"),)}, "条款“99(9)”不在办法中"),
        ({"problems": (Problem("", "材料不全"),)}, "缺少内容或条款"),
        ({"due_on": DAY}, "须晚于"),
        ({"due_on": None}, "缺少整改期限"),
        ({"other_open_orders": ("整2025-1",)}, "未办结的整改"),
    ],
)
def test_order_complete_refuses(changes, part):
    (finding,) = check_order(replace(ORDER, **changes), EDITION)
    assert (finding.code, finding.severity) == ("order_complete", Severity.BLOCK)
    assert part in finding.message


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"replied_on": None}, Severity.BLOCK),
        ({"replied_on": None, "today": DUE + timedelta(days=1)}, Severity.WARN),
        ({"reply_text": " "}, Severity.BLOCK),
        ({"replied_on": DUE + timedelta(days=1)}, Severity.WARN),
    ],
)
def test_ready_for_recheck_needs_a_reply_or_the_end_of_the_term(changes, severity):
    (finding,) = recheck_gate(replace(RECHECK, **changes), EDITION)
    assert (finding.code, finding.severity) == ("ready_for_recheck", severity)


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"qualification": "revoked"}, "revocation_founded", "已经撤销"),
        ({"qualification": None}, "revocation_founded", "没有可撤销"),
        ({"failed_rectifications": 0}, "revocation_founded", "没有整改不到位"),
        ({"failed_rectifications": None}, "revocation_founded", "缺少整改复核记录"),
        ({"hearing_notified_on": None}, "hearing_held", "尚未告知"),
        ({"hearing_ends_on": DUE}, "hearing_held", "尚未届满"),
        ({"statement_received": True}, "hearing_held", "尚未答复"),
    ],
)
def test_revocation_is_refused_with_the_fact(changes, code, part):
    (finding,) = revocation_gate(replace(REVOCATION, **changes), EDITION)
    assert (finding.code, finding.article, finding.severity) == (code, "20", Severity.BLOCK)
    assert part in finding.message


def test_answered_statement_lets_the_decision_go_on():
    assert revocation_gate(replace(REVOCATION, statement_received=True, statement_answered=True), EDITION) == ()
