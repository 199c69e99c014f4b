"""Getting money back: the seven grounds of article 17 and the limit of what can be asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.measures.edition_schema import Edition
from portal.measures.findings import Finding, Severity, block, rule, run_rules, warn
from portal.measures.rmb import format_money, is_positive_money
from portal.measures.workdays import date_cn

_EMPTY = Decimal("0.00")
_FACTS_MIN_CHARS = 10


@dataclass(frozen=True)
class ClawbackFacts:
    """A clawback about to be decided; money in 元.

    `paid_total` is what the project received, `returned_total` what came back, `claimed_total` what other open cases
    still ask for; `lines_total` sums the linked ledger lines, `claimed_lines` are those that another case claims.
    """

    ground: str
    statement: str
    amount: Decimal
    paid_total: Decimal | None
    returned_total: Decimal
    claimed_total: Decimal
    lines_total: Decimal
    claimed_lines: tuple[str, ...]
    today: date
    reply_ends_on: date | None
    reply_received: bool


def clawback_limit(paid_total: Decimal, returned_total: Decimal, claimed_total: Decimal) -> Decimal:
    """Return the most that can still be asked for: net paid less other open claims, never below zero."""
    return max(paid_total - returned_total - claimed_total, _EMPTY)


@rule("17")
def ground_named(facts: ClawbackFacts, edition: Edition) -> Iterator[Finding]:
    """A clawback cites one of the seven grounds and states the facts."""
    grounds = {choice.code: choice.name for choice in edition.clawback_grounds}
    if facts.ground not in grounds:
        yield block("没有选择追回事由，办法第十七条列明七种情形。", "clawback.ground", "请选择其中一种。")
    if len(facts.statement.strip()) < _FACTS_MIN_CHARS:
        yield block("没有写明认定的事实。", "clawback.statement", "请写明时间、金额和经过。")


@rule("17", needs={"paid_total": "已拨付金额"}, missing=Severity.BLOCK)
def clawback_within_paid(facts: ClawbackFacts, _edition: Edition) -> Iterator[Finding]:
    """No more is asked for than the project still holds, and no ledger line is claimed twice."""
    limit = clawback_limit(facts.paid_total or _EMPTY, facts.returned_total, facts.claimed_total)
    if not is_positive_money(facts.amount):
        yield block("追回金额须为正数，最多两位小数。", "clawback.amount", "请更正金额。")
    elif facts.amount > limit:
        yield block(
            f"追回金额 {format_money(facts.amount)} 超过可追回的 {format_money(limit)}"
            "（已拨付减已缴回和其他在办追回）。",
            "clawback.amount",
            "请减少金额。",
        )
    elif facts.lines_total and facts.amount != facts.lines_total:
        yield warn(
            f"追回金额与所列凭证合计 {format_money(facts.lines_total)} 不一致。",
            "clawback.amount",
            "请在事实中说明差额。",
        )
    if facts.claimed_lines:
        yield block(f"凭证{'、'.join(facts.claimed_lines)}已在其他追回中列明。", "clawback.lines", "请移除重复凭证。")


@rule("17", needs={"reply_ends_on": "陈述答复期限"}, missing=Severity.BLOCK)
def reply_window_over(facts: ClawbackFacts, _edition: Edition) -> Iterator[Finding]:
    """The unit has answered, or its time to answer has run out."""
    if facts.reply_ends_on is not None and facts.today <= facts.reply_ends_on and not facts.reply_received:
        yield block(
            f"单位陈述期至{date_cn(facts.reply_ends_on)}，尚未届满且未收到答复。",
            "clawback.reply",
            "请等待答复或期限届满。",
        )


def clawback_opening(facts: ClawbackFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run the checks before a case is opened and notified."""
    return run_rules((ground_named, clawback_within_paid), facts, edition)


def clawback_gate(facts: ClawbackFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check before a clawback is decided."""
    return run_rules((ground_named, clawback_within_paid, reply_window_over), facts, edition)
