"""Entering a line into a project's separate ledger: amounts, dates, funds and reversals (articles 15 and 16)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.measures.edition_schema import Edition
from portal.measures.findings import Finding, Severity, ask, block, rule, run_rules
from portal.measures.rmb import format_money, is_positive_money
from portal.measures.workdays import date_cn, period_cn


@dataclass(frozen=True)
class ReversalFacts:
    """The line that a reversal takes back; money in 元."""

    original_amount: Decimal
    reversed_total: Decimal
    same_project: bool
    original_is_reversal: bool


@dataclass(frozen=True)
class LedgerFacts:
    """A ledger line about to be booked; amount in 元 and positive, also for a reversal.

    `grant_left` is the grant received less what is spent, None when unknown; `twins` name lines with the same invoice
    or voucher, in any project; `closed_month` names the month of the voucher when it is closed.
    """

    booked_on: date | None
    today: date
    period_start: date
    period_end: date
    amount: Decimal
    source: str
    grant_left: Decimal | None
    twins: tuple[str, ...] = ()
    closed_month: str = ""
    reversal: ReversalFacts | None = None


@rule("16", "15", needs={"booked_on": "凭证日期"}, missing=Severity.BLOCK)
def booked_in_period(facts: LedgerFacts, _edition: Edition) -> Iterator[Finding]:
    """A line is dated inside the contract period, and not in the future."""
    if facts.booked_on is None:
        return
    if facts.booked_on > facts.today:
        yield block(f"凭证日期{date_cn(facts.booked_on)}晚于今天。", "ledger.booked_on", "请核对日期。")
    elif not facts.period_start <= facts.booked_on <= facts.period_end:
        period = period_cn(facts.period_start, facts.period_end)
        yield block(
            f"凭证日期{date_cn(facts.booked_on)}不在任务合同执行期（{period}）内。", "ledger.booked_on", "请核对日期。"
        )


@rule("15")
def month_open(facts: LedgerFacts, _edition: Edition) -> Iterator[Finding]:
    """Nothing is booked into a month that is closed."""
    if facts.closed_month:
        yield block(
            f"{facts.closed_month}已结账，不能再入账。",
            "ledger.booked_on",
            "请改记在未结账的月份，或请中心财务重新打开该月。",
        )


@rule("15", needs={"grant_left": "支持经费余额"}, missing=Severity.BLOCK)
def within_grant_left(facts: LedgerFacts, _edition: Edition) -> Iterator[Finding]:
    """Amounts are positive fen, and spending from the grant stays within what was received."""
    if not is_positive_money(facts.amount):
        yield block("金额须为正数，最多两位小数。", "ledger.amount", "冲销请使用“冲销”功能，不要填写负数。")
    elif facts.grant_left is not None and _spends_grant(facts) and facts.amount > facts.grant_left:
        yield block(
            f"金额 {format_money(facts.amount)} 超过支持经费余额 {format_money(facts.grant_left)}。",
            "ledger.amount",
            "超出部分请列为自筹经费。",
        )


@rule("15")
def reversal_sound(facts: LedgerFacts, _edition: Edition) -> Iterator[Finding]:
    """A reversal takes back a line of the same project, never a reversal, never more than is left of it."""
    reversal = facts.reversal
    if reversal is None:
        return
    left = reversal.original_amount - reversal.reversed_total
    if not reversal.same_project:
        yield block("只能冲销本项目的凭证。", "ledger.reversal", "请选择本项目的凭证。")
    elif reversal.original_is_reversal:
        yield block("冲销凭证不能再次冲销。", "ledger.reversal", "请重新登记一笔支出。")
    elif is_positive_money(facts.amount) and facts.amount > left:
        yield block(f"冲销金额超过原凭证剩余的 {format_money(left)}。", "ledger.amount", "请减少冲销金额。")


@rule("15", "17(1)")
def not_booked_twice(facts: LedgerFacts, _edition: Edition) -> Iterator[Finding]:
    """The same invoice or voucher is put to a person."""
    if facts.twins:
        yield ask(f"与{'、'.join(facts.twins)}的发票或凭证相同。", "ledger.invoice", "请核对是否重复报销。")


def check_ledger_line(facts: LedgerFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of one line about to be booked."""
    return run_rules(
        (booked_in_period, month_open, within_grant_left, reversal_sound, not_booked_twice), facts, edition
    )


@dataclass(frozen=True)
class ClosingFacts:
    """A month about to be closed: its name and days, red entries of it without their original that wait."""

    month: str
    first_day: date
    last_day: date
    today: date
    period_start: date
    unproven: int
    is_closed: bool = False


@rule("15")
def month_over(facts: ClosingFacts, _edition: Edition) -> Iterator[Finding]:
    """A month is closed once, when it is over, and only if it belongs to the project."""
    if facts.is_closed:
        yield block(f"{facts.month}已结账。", "ledger.month")
    elif facts.last_day < facts.period_start:
        yield block(f"{facts.month}早于任务合同执行期，没有可结的账。", "ledger.month")
    elif facts.today <= facts.last_day:
        yield block(f"{facts.month}还没有结束，次月起才能结账。", "ledger.month")


@rule("15")
def month_proven(facts: ClosingFacts, _edition: Edition) -> Iterator[Finding]:
    """The balance carried forward stands: no red entry waits for the word of finance."""
    if facts.unproven:
        yield block(
            f"{facts.month}有 {facts.unproven} 条找不到原凭证的红字分录待核，余额还不能确定。",
            "ledger.month",
            "请中心财务认定后再结账。",
        )


def check_closing(facts: ClosingFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of a month about to be closed."""
    return run_rules((month_over, month_proven), facts, edition)


def _spends_grant(facts: LedgerFacts) -> bool:
    return facts.source == "grant" and facts.reversal is None
