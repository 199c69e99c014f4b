from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from portal.measures.closing import (
    AcceptanceFacts,
    ConclusionChoice,
    ConclusionFacts,
    PackageFacts,
    acceptance_gate,
    check_conclusion,
    conclusion_suggestion,
    package_gate,
)
from portal.measures.findings import Severity
from portal.measures.process import ExecutionFacts
from portal.measures.progress import kpi_progress
from tests.portal.measures.facts import CONTEXT, EDITION, END, codes, member, target_rows

GRANT = Decimal("300000.00")
REQUIRED = frozenset(item.code for item in EDITION.acceptance.package if item.required)
EXECUTION = ExecutionFacts(GRANT, GRANT, END, END, surplus_settled=False)
PACKAGE = PackageFacts(REQUIRED, (), 0, 0, EXECUTION)
ACCEPTANCE = AcceptanceFacts(END + timedelta(days=1), END, True, (), ())
SOUND = ConclusionFacts(Decimal("85.50"), 70, (), Decimal("100.00"), False, 0, False)


def test_full_package_passes():
    assert package_gate(PACKAGE, EDITION) == ()
    assert package_gate(replace(PACKAGE, handed_in=REQUIRED | {"audit_report"}), EDITION) == ()


@pytest.mark.parametrize("code", sorted(REQUIRED))
def test_each_required_part_is_missed(code):
    (finding,) = package_gate(replace(PACKAGE, handed_in=REQUIRED - {code}), EDITION)
    assert (finding.code, finding.subject, finding.severity) == ("package_complete", f"package.{code}", Severity.BLOCK)


def test_unreached_indicators_are_said_but_do_not_stop_the_package():
    items = [member(number) for number in range(1, 9)]
    rows = kpi_progress(target_rows().rows, {"member_expansion": items}, CONTEXT, EDITION)
    found = package_gate(replace(PACKAGE, kpis=rows), EDITION)
    assert set(codes(found)) == {"targets_reached"}
    assert {item.severity for item in found} == {Severity.WARN}
    assert "超过目标" in found[0].message
    assert "已核实 0 项，目标 3 项" in found[1].message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kpis": None}, "targets_reached"),
        ({"evidence_waiting": 3}, "targets_reached"),
        ({"evidence_waiting": None}, "targets_reached"),
        ({"ledger_lines_waiting": 2}, "ledger_settled"),
        ({"ledger_lines_waiting": None}, "ledger_settled"),
    ],
)
def test_waiting_or_unknown_records_are_asked_about(changes, code):
    (finding,) = package_gate(replace(PACKAGE, **changes), EDITION)
    assert (finding.code, finding.severity) == (code, Severity.ASK)


def test_package_shows_unspent_money():
    execution = replace(EXECUTION, spent=Decimal("250000.00"), today=END + timedelta(days=1))
    assert codes(package_gate(replace(PACKAGE, execution=execution), EDITION)) == ["grant_spent_in_period"]


def test_evaluation_begins_after_the_period():
    assert acceptance_gate(ACCEPTANCE, EDITION) == ()


@pytest.mark.parametrize(
    ("changes", "code", "article"),
    [
        ({"today": END}, "period_ended", "11"),
        ({"package_submitted": False}, "period_ended", "11"),
        ({"open_rectifications": ("整2025-1",)}, "evaluation_unhindered", "20"),
        ({"open_clawbacks": ("追2025-1",)}, "evaluation_unhindered", "17"),
        ({"open_rectifications": None}, "evaluation_unhindered", "20"),
    ],
)
def test_evaluation_is_refused_with_the_article(changes, code, article):
    (finding,) = acceptance_gate(replace(ACCEPTANCE, **changes), EDITION)
    assert (finding.code, finding.article, finding.severity) == (code, article, Severity.BLOCK)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "passed"),
        ({"score": Decimal("70.00")}, "passed"),
        ({"score": Decimal("69.99")}, "rectification_required"),
        ({"unmet_kpis": ("在京转化应用技术成果",)}, "rectification_required"),
        ({"execution_rate": Decimal("99.99")}, "rectification_required"),
        ({"execution_rate": Decimal("90.00"), "surplus_settled": True}, "passed"),
        ({"open_banned_lines": 1}, "rectification_required"),
        ({"after_rectification": True}, "passed_after_rectification"),
        ({"after_rectification": True, "score": Decimal("50.00")}, "failed"),
        ({"vetoes": ("提供虚假材料。",)}, "failed"),
        ({"score": None}, None),
        ({"unmet_kpis": None}, None),
        ({"execution_rate": None}, None),
        ({"open_banned_lines": None}, None),
        ({"score": None, "vetoes": ("提供虚假材料。",)}, "failed"),
    ],
)
def test_suggestion_follows_the_facts(changes, code):
    suggestion = conclusion_suggestion(replace(SOUND, **changes), EDITION)
    assert suggestion.code == code
    assert suggestion.reasons


@pytest.mark.parametrize(
    ("changes", "chosen", "reason", "refused"),
    [
        ({}, "passed", "", False),
        ({"unmet_kpis": ("案例报告",)}, "passed", "专家组一致同意", True),
        ({"unmet_kpis": ("案例报告",)}, "rectification_required", "", False),
        ({"unmet_kpis": None}, "rectification_required", "", True),
        ({"score": Decimal("65.00")}, "passed", "", True),
        ({"score": Decimal("65.00")}, "passed", "专家组复议后同意", False),
        ({"after_rectification": True}, "passed", "专家组一致同意", True),
        ({}, "passed_after_rectification", "专家组一致同意", True),
        ({"after_rectification": True}, "passed_after_rectification", "", False),
        ({}, "failed", "", True),
    ],
)
def test_conclusion_is_supported_by_the_facts(changes, chosen, reason, refused):
    found = check_conclusion(ConclusionChoice(chosen, reason, replace(SOUND, **changes)), EDITION)
    assert set(codes(found)) == ({"conclusion_supported"} if refused else set())
