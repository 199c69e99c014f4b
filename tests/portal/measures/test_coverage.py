from pathlib import Path

import pytest

from portal.measures.articles import ARTICLES, article_label, article_number
from portal.measures.coverage import coverage_table, naming_tests, read_tests, rules_of
from portal.measures.findings import CATALOGUE

HERE = Path(__file__).parent
RULES = [rule for rule in CATALOGUE.values() if rule.module.startswith("portal.measures.")]


def test_the_measures_have_22_articles():
    assert [article.number for article in ARTICLES] == list(range(1, 23))


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: f"article {article.number}")
def test_every_article_has_rules_or_a_reason(article):
    assert bool(rules_of(article)) is not bool(article.unchecked)
    assert article.screens or article.unchecked


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_named_by_a_test(rule):
    sources = {name: text for name, text in read_tests(HERE).items() if name != Path(__file__).name}
    assert naming_tests(rule, sources)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_cites_readable_articles(rule):
    assert all(article_label(reference).startswith("第") for reference in rule.articles)
    assert rule.title.endswith(".")


def test_docs_measures_is_up_to_date():
    path = HERE.parents[2] / "docs" / "measures.md"
    assert path.read_text(encoding="utf-8") == coverage_table(HERE), "run manage.py measures_table"


@pytest.mark.parametrize(
    ("reference", "label", "number"),
    [
        ("5(1)1", "第五条（一）1", 5),
        ("8(3)", "第八条（三）", 8),
        ("10(2)3", "第十条（二）3", 10),
        ("14(6)", "第十四条（六）", 14),
        ("17(5)(7)", "第十七条（五）（七）", 17),
        ("20", "第二十条", 20),
        ("22", "第二十二条", 22),
    ],
)
def test_references_are_written_as_officials_do(reference, label, number):
    assert (article_label(reference), article_number(reference)) == (label, number)


@pytest.mark.parametrize("reference", ["", "五", "5(一)", "5 (1)", "0", "23", "123", "51", "5)1(", "5(0)1"])
def test_other_references_are_refused(reference):
    with pytest.raises(ValueError, match="not a reference"):
        article_label(reference)
    with pytest.raises(ValueError, match="not a reference"):
        article_number(reference)
