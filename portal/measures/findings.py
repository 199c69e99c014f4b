"""What a check says, and the catalogue of all checks by article."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import TypeVar

from portal.measures.articles import article_label
from portal.measures.edition_schema import Edition

NO_DATA_FIX = "请补齐数据后重新检查，或联系经办人核对。"
F = TypeVar("F")


class Severity(StrEnum):
    """BLOCK refuses the act, WARN lets it pass with a notice, ASK needs a person or missing data."""

    BLOCK = "block"
    WARN = "warn"
    ASK = "ask"


@dataclass(frozen=True)
class Finding:
    """One remark: article, severity, code of its rule, the fact in Chinese, the place, and the way to mend it.

    `missing` tells what is not given yet from what is given wrongly: a half-filled form has gaps, not faults.
    """

    article: str
    severity: Severity
    code: str
    message: str
    subject: str = ""
    fix: str = ""
    missing: bool = False

    @property
    def label(self) -> str:
        """The article as officials cite it, 第五条（一）1."""
        return article_label(self.article)

    @property
    def sentence(self) -> str:
        """Fact and remedy in one text."""
        return f"{self.message}{self.fix}"


Check = Callable[[F, Edition], tuple[Finding, ...]]


@dataclass(frozen=True)
class Rule:
    """A check in the catalogue: code (its function's name), articles, one-line title, module."""

    code: str
    articles: tuple[str, ...]
    title: str
    module: str


CATALOGUE: dict[str, Rule] = {}


def rule(
    *articles: str, needs: Mapping[str, str] | None = None, missing: Severity = Severity.ASK
) -> Callable[[Callable[[F, Edition], Iterable[Finding]]], Check[F]]:
    """Register a check under its articles; `needs` names facts (with Chinese labels) that must not be None.

    A missing fact gives a finding of severity `missing` (gates use BLOCK): a check that cannot see never passes.
    """
    wanted = dict(needs or {})

    def register(check: Callable[[F, Edition], Iterable[Finding]]) -> Check[F]:
        code = check.__name__
        if code in CATALOGUE:
            raise ValueError(f"two rules are named {code}")

        @wraps(check)
        def run(facts: F, edition: Edition) -> tuple[Finding, ...]:
            absent = [label for name, label in wanted.items() if getattr(facts, name) is None]
            if absent:
                return (Finding(articles[0], missing, code, _no_data(articles[0], absent), code, NO_DATA_FIX),)
            found = check(facts, edition)
            return tuple(replace(item, code=code, article=item.article or articles[0]) for item in found)

        title = (check.__doc__ or "").strip().splitlines()[0]
        CATALOGUE[code] = Rule(code, articles, title, check.__module__)
        return run

    return register


def run_rules(checks: Iterable[Check[F]], facts: F, edition: Edition) -> tuple[Finding, ...]:
    """Run checks in order and return all their findings."""
    return tuple(finding for check in checks for finding in check(facts, edition))


def blocks(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that refuse the act."""
    return tuple(finding for finding in findings if finding.severity is Severity.BLOCK)


def unsettled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that a person must settle: refusals and open questions."""
    return tuple(finding for finding in findings if finding.severity is not Severity.WARN)


def block(message: str, subject: str = "", fix: str = "", article: str = "") -> Finding:
    """Make a refusal; the rule that yields it fills in its code, and its first article unless one is given."""
    return Finding(article, Severity.BLOCK, "", message, subject, fix)


def gap(message: str, subject: str = "", fix: str = "", article: str = "") -> Finding:
    """Make a refusal of something that is not given yet, filled in like any refusal."""
    return Finding(article, Severity.BLOCK, "", message, subject, fix, missing=True)


def warn(message: str, subject: str = "", fix: str = "", article: str = "") -> Finding:
    """Make a warning, filled in like a refusal."""
    return Finding(article, Severity.WARN, "", message, subject, fix)


def ask(message: str, subject: str = "", fix: str = "", article: str = "") -> Finding:
    """Make a question for a person, filled in like a refusal."""
    return Finding(article, Severity.ASK, "", message, subject, fix)


def _no_data(article: str, labels: list[str]) -> str:
    return f"缺少{'、'.join(labels)}，无法核对办法{article_label(article)}。"
