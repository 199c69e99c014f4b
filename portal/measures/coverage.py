"""Which article is kept by which rule, met on which screen and shown by which test: written, never kept by hand."""

import re
from collections.abc import Iterable
from pathlib import Path

from portal.measures import closing, formality, ledger, process, progress, rectification, sanctions
from portal.measures.articles import ARTICLES, Article, article_number
from portal.measures.findings import CATALOGUE, Rule

# Importing these modules is what fills the catalogue; each stands for the checks it imports itself.
SOURCES = (closing, formality, ledger, process, progress, rectification, sanctions)
_HEAD = """# Measures: article, rule, screen, test

Written by `manage.py measures_table`; a test fails when it is stale. Rules live in `portal/measures/`, tests in
`tests/portal/measures/`. An article has rules, or a reason why no machine can check it.

| article | about | rules | screens | tests |
|---|---|---|---|---|
"""


def rules_of(article: Article) -> tuple[Rule, ...]:
    """Return the rules registered under an article or any of its items."""
    # Sorted, since the order of registration depends on who imported first.
    return tuple(
        rule
        for rule in sorted(CATALOGUE.values(), key=lambda item: (item.module, item.code))
        if rule.module.startswith("portal.measures.")
        and article.number in {article_number(reference) for reference in rule.articles}
    )


def naming_tests(rule: Rule, sources: dict[str, str]) -> tuple[str, ...]:
    """Return the names of test files whose text names a rule."""
    word = re.compile(rf"\b{rule.code}\b")
    return tuple(name for name, text in sources.items() if word.search(text))


def read_tests(folder: Path) -> dict[str, str]:
    """Return the test files of a folder by name, sorted."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("test_*.py"))}


def coverage_table(tests: Path) -> str:
    """Write the whole table in Markdown; `tests` is the folder that holds the tests of the rules."""
    sources = read_tests(tests)
    return _HEAD + "".join(_row(article, sources) for article in ARTICLES)


def _row(article: Article, sources: dict[str, str]) -> str:
    rules = rules_of(article)
    told = "<br>".join(f"`{rule.code}` ({', '.join(rule.articles)}): {rule.title}" for rule in rules)
    files = _unique(name for rule in rules for name in naming_tests(rule, sources))
    cells = (
        str(article.number),
        article.topic,
        told or f"not machine-checkable: {article.unchecked}",
        "<br>".join(article.screens) or "-",
        "<br>".join(f"`{name}`" for name in files) or "-",
    )
    return f"| {' | '.join(cells)} |\n"


def _unique(names: Iterable[str]) -> list[str]:
    return sorted(set(names))
