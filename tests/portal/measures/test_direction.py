from decimal import Decimal

import pytest

from portal.measures.direction import SourceLine, check_budget
from portal.measures.findings import Severity
from tests.portal.measures.facts import EDITION, budget, codes, line

LINES = budget().lines


def with_line(**changes):
    """The sound budget with its first line spoiled."""
    return budget(lines=(line(**changes), *LINES[1:]))


def test_sound_budget_passes():
    assert check_budget(budget(), EDITION) == ()


@pytest.mark.parametrize("amount", ["299999.99", "300000.01"])
def test_grant_asked_for_is_the_fixed_grant(amount):
    sources = (SourceLine("grant", Decimal(amount)), SourceLine("matching_lead", Decimal("100000.00")))
    found = check_budget(budget(sources=sources), EDITION)
    assert codes(found) == ["grant_as_fixed", "budget_balances"]
    assert "¥300,000.00" in found[0].message


def test_grant_spent_is_the_fixed_grant():
    found = check_budget(with_line(source="matching_lead"), EDITION)
    assert codes(found) == ["grant_as_fixed"]
    assert "支出中使用" in found[0].message


def test_sources_equal_spending_to_the_fen():
    found = check_budget(budget(sources=(*budget().sources, SourceLine("matching_member", Decimal("0.01")))), EDITION)
    assert codes(found) == ["budget_balances"]
    assert "相差 ¥0.01" in found[0].message


def test_empty_budget_is_refused():
    assert codes(check_budget(budget(lines=()), EDITION)) == ["grant_as_fixed", "budget_balances"]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"quantity": None}, "测算依据"),
        ({"times": Decimal(0)}, "须全部填写且为正数"),
        ({"quantity": Decimal(-2), "times": Decimal(-2)}, "测算依据"),
        ({"unit_price": Decimal("25000.01")}, "测算依据之积 ¥100,000.04"),
    ],
)
def test_amounts_are_costed(changes, part):
    (finding,) = check_budget(with_line(**changes), EDITION)
    assert (finding.code, finding.subject) == ("amounts_are_costed", "budget.1.unit_price")
    assert part in finding.message


@pytest.mark.parametrize("amount", ["0", "-100000", "100000.001", "1E+30"])
def test_amounts_are_positive_fen(amount):
    extra = line(amount=Decimal(amount), source="matching_lead")
    matching = budget().sources[1].amount + extra.amount
    facts = budget(sources=(budget().sources[0], SourceLine("matching_lead", matching)), lines=(*LINES, extra))
    found = [item for item in check_budget(facts, EDITION) if item.subject == "budget.5.unit_price"]
    assert codes(found) == ["amounts_are_costed"]


def test_sources_are_positive_fen():
    sources = (*budget().sources, SourceLine("matching_member", Decimal("0.00")))
    (finding,) = check_budget(budget(sources=sources), EDITION)
    assert (finding.code, finding.subject) == ("amounts_are_costed", "source.3")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"direction": ""}, "没有选择经费方向"),
        ({"direction": "holiday"}, "没有选择经费方向"),
        ({"category": "gift_fee"}, "没有选择预算科目"),
        ({"direction": "product_rd"}, "不能用于“产品研发”"),
        ({"category": "other_fee"}, "须说明用途"),
    ],
)
def test_grant_lines_serve_a_direction(changes, part):
    (finding,) = check_budget(with_line(**changes), EDITION)
    assert (finding.code, finding.article) == ("direction_allowed", "13")
    assert part in finding.message


def test_banned_line_is_refused_with_its_clause():
    changes = {"verdict": "banned", "verdict_article": "14(2)", "verdict_reason": "摘要含宴请。"}
    (finding,) = check_budget(with_line(**changes), EDITION)
    assert (finding.code, finding.article, finding.severity) == ("no_banned_spending", "14(2)", Severity.BLOCK)
    assert finding.message == "摘要含宴请。"


@pytest.mark.parametrize(("verdict", "article"), [("needs-review", "14(4)"), (None, "14")])
def test_doubtful_or_unchecked_line_is_put_to_a_person(verdict, article):
    changes = {"verdict": verdict, "verdict_article": "14(4)" if verdict else ""}
    (finding,) = check_budget(with_line(**changes), EDITION)
    assert (finding.code, finding.article, finding.severity) == ("no_banned_spending", article, Severity.ASK)


def test_matching_money_is_free_of_article_14_but_not_of_17():
    own = line(source="matching_lead", direction="", verdict="banned", verdict_article="14(2)")
    passed_on = line(source="matching_lead", direction="", verdict="banned", verdict_article="17(5)(7)")
    assert check_budget(budget(lines=(*LINES[:3], own)), EDITION) == ()
    (finding,) = check_budget(budget(lines=(*LINES[:3], passed_on)), EDITION)
    assert finding.label == "第十七条（五）（七）"
