from dataclasses import dataclass

import pytest

from portal.measures.findings import CATALOGUE, Severity, ask, block, blocks, rule, run_rules, unsettled, warn
from tests.portal.measures.facts import EDITION


@dataclass(frozen=True)
class Facts:
    """A fact that may be unknown."""

    size: int | None


@pytest.fixture
def size_rule():
    """A rule of the test, registered for its time only."""
    yield rule("5(1)1", "16", needs={"size": "数量"})(judge_size)
    del CATALOGUE["judge_size"]


def judge_size(facts, _edition):
    """Sizes are small."""
    if facts.size > 1:
        yield block("太大。", "size", "请减小。")
    if facts.size > 2:
        yield warn("很大。", article="16")
        yield ask("是否属实？")


def test_rule_fills_in_code_and_article(size_rule):
    (first, second, third) = size_rule(Facts(3), EDITION)
    assert (first.article, first.code, first.severity, first.subject) == ("5(1)1", "judge_size", Severity.BLOCK, "size")
    assert (second.article, second.severity, third.severity) == ("16", Severity.WARN, Severity.ASK)
    assert first.label == "第五条（一）1"
    assert first.sentence == "太大。请减小。"


def test_rule_without_its_data_asks_instead_of_passing(size_rule):
    (finding,) = size_rule(Facts(None), EDITION)
    assert (finding.severity, finding.code) == (Severity.ASK, "judge_size")
    assert finding.message == "缺少数量，无法核对办法第五条（一）1。"


def test_findings_are_sorted_by_what_they_stop(size_rule):
    found = run_rules((size_rule,), Facts(3), EDITION)
    assert [item.severity for item in blocks(found)] == [Severity.BLOCK]
    assert [item.severity for item in unsettled(found)] == [Severity.BLOCK, Severity.ASK]
    assert run_rules((size_rule,), Facts(1), EDITION) == ()


def test_rule_is_catalogued_once(size_rule):
    assert CATALOGUE["judge_size"].title == "Sizes are small."
    with pytest.raises(ValueError, match="two rules"):
        rule("16")(judge_size)
