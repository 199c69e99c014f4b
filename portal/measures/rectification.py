"""Not up to standard: rectification, its second look, and the end of a qualification (article 20)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.measures.articles import article_label
from portal.measures.edition_schema import Edition
from portal.measures.findings import Finding, Severity, block, rule, run_rules, warn
from portal.measures.workdays import date_cn


@dataclass(frozen=True)
class Problem:
    """One thing to put right: article reference and what is wrong."""

    article: str
    text: str


@dataclass(frozen=True)
class OrderFacts:
    """A rectification order about to be issued."""

    problems: tuple[Problem, ...]
    issued_on: date
    due_on: date | None
    other_open_orders: tuple[str, ...]


@dataclass(frozen=True)
class RecheckFacts:
    """A rectification about to be re-checked; `replied_on` is the day in Beijing of the unit's reply."""

    due_on: date
    today: date
    replied_on: date | None
    reply_text: str


@dataclass(frozen=True)
class RevocationFacts:
    """A revocation about to be decided; the hearing window ends on a day that still belongs to it."""

    today: date
    qualification: str | None
    failed_rectifications: int | None
    hearing_notified_on: date | None
    hearing_ends_on: date | None
    statement_received: bool
    statement_answered: bool


@rule("20", needs={"due_on": "整改期限"}, missing=Severity.BLOCK)
def order_complete(facts: OrderFacts, _edition: Edition) -> Iterator[Finding]:
    """An order names its problems with their articles and leaves time; one order is open at a time."""
    if not facts.problems:
        yield block("整改通知须列明至少一个问题。", "rectification", "请填写问题及所依据的条款。")
    for position, problem in enumerate(facts.problems, start=1):
        if not problem.text.strip() or not problem.article.strip():
            yield block(f"第 {position} 个问题缺少内容或条款。", f"rectification.{position}", "请补充完整。")
        elif not _is_reference(problem.article):
            message = f"第 {position} 个问题的条款“{problem.article}”不在办法中。"
            yield block(message, f"rectification.{position}", "请写成 10(1)1 的形式。")
    if facts.due_on is not None and facts.due_on <= facts.issued_on:
        yield block("整改期限须晚于通知日期。", "rectification.due_on", "请更正期限。")
    if facts.other_open_orders:
        yield block("该项目已有未办结的整改。", "rectification", "请先办结前一次整改。")


@rule("20")
def ready_for_recheck(facts: RecheckFacts, _edition: Edition) -> Iterator[Finding]:
    """A re-check needs a reply, or a term that has run out."""
    if facts.replied_on is None:
        if facts.today <= facts.due_on:
            yield block(
                f"整改期限至{date_cn(facts.due_on)}，单位尚未提交整改报告。", "rectification", "请等待报告或期限届满。"
            )
        else:
            yield warn(
                f"整改期限已于{date_cn(facts.due_on)}届满，未收到整改报告。", "rectification", "可认定为整改不到位。"
            )
        return
    if not facts.reply_text.strip():
        yield block("整改报告没有内容。", "rectification", "请退回单位补充。")
    if facts.replied_on > facts.due_on:
        yield warn(f"整改报告于{date_cn(facts.replied_on)}提交，已逾期。", "rectification", "请在复核意见中说明。")


@rule("20", needs={"failed_rectifications": "整改复核记录"}, missing=Severity.BLOCK)
def revocation_founded(facts: RevocationFacts, _edition: Edition) -> Iterator[Finding]:
    """A qualification is revoked once, and only after a rectification that failed."""
    if facts.qualification == "revoked":
        yield block("该联合体资格已经撤销，不能重复撤销。", "qualification")
    elif facts.qualification is None:
        yield block("该联合体没有可撤销的资格记录。", "qualification", "请核对联合体名录。")
    if not facts.failed_rectifications:
        yield block(
            "该联合体没有整改不到位的记录。办法第二十条规定整改不到位的方可撤销资格。",
            "qualification",
            "请先下达整改并复核。",
        )


@rule("20")
def hearing_held(facts: RevocationFacts, _edition: Edition) -> Iterator[Finding]:
    """The consortium was told, had its time to speak, and what it said was answered."""
    if facts.hearing_notified_on is None or facts.hearing_ends_on is None:
        yield block("尚未告知联合体陈述申辩的权利。", "hearing", "请先送达告知书。")
    elif facts.today <= facts.hearing_ends_on:
        yield block(f"陈述申辩期至{date_cn(facts.hearing_ends_on)}，尚未届满。", "hearing", "请在期满后作出决定。")
    if facts.statement_received and not facts.statement_answered:
        yield block("联合体提出的陈述申辩尚未答复。", "hearing", "请先书面答复。")


def check_order(facts: OrderFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run the checks before an order is issued."""
    return order_complete(facts, edition)


def recheck_gate(facts: RecheckFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run the checks before a rectification is re-checked."""
    return ready_for_recheck(facts, edition)


def revocation_gate(facts: RevocationFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check before a qualification is revoked."""
    return run_rules((revocation_founded, hearing_held), facts, edition)


def _is_reference(text: str) -> bool:
    try:
        article_label(text)
    except ValueError:
        return False
    return True
