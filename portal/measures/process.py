"""Gates on the way from notice to money: articles 4, 8(3), 10, 12, 16 and 20."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from portal.measures.edition_schema import Edition
from portal.measures.eligibility import short_list
from portal.measures.findings import Finding, Severity, block, rule, run_rules, warn
from portal.measures.rmb import FEN, format_money, is_positive_money
from portal.measures.targets import TargetFacts, check_targets
from portal.measures.workdays import date_cn

_FULL = Decimal("100.00")
_EMPTY = Decimal("0.00")


@dataclass(frozen=True)
class NoticeFacts:
    """The public notice that names a project; `ends_on` is its last day, `today` the day in Beijing.

    Objections are those to this project, by their numbers; None where they cannot be looked up.
    """

    published: bool
    ends_on: date | None
    today: date
    open_objections: tuple[str, ...] | None
    upheld_objections: tuple[str, ...] | None


@dataclass(frozen=True)
class ContractFacts:
    """A task contract about to be concluded; money in 元, year that of the call."""

    year: int
    approved: bool
    qualification: str | None
    other_live_contract: bool
    award: Decimal
    amount: Decimal
    starts_on: date | None
    ends_on: date | None
    evidence_days: tuple[date, ...]
    targets: TargetFacts
    notice: NoticeFacts


@dataclass(frozen=True)
class PaymentFacts:
    """One instalment about to be paid; money in 元.

    `met_conditions` holds contract_effective and acceptance_passed as far as they are fulfilled; `paid_total` and
    `paid_numbers` cover all live orders of the contract, this one excepted.
    """

    contract_amount: Decimal
    amount: Decimal
    instalment: int
    met_conditions: frozenset[str]
    paid_total: Decimal | None
    paid_numbers: tuple[int, ...]
    open_rectifications: tuple[str, ...] | None
    open_clawbacks: tuple[str, ...] | None


@rule("8(3)", needs={"open_objections": "异议记录", "upheld_objections": "异议处理结果"}, missing=Severity.BLOCK)
def notice_is_clear(facts: NoticeFacts, _edition: Edition) -> Iterator[Finding]:
    """A contract waits until the notice has fully run and no objection to the project is open or upheld."""
    if not facts.published or facts.ends_on is None:
        yield block("该项目尚未公示。办法第八条（三）规定公示无异议后签订任务合同。", "notice", "请先发布公示。")
    elif facts.today <= facts.ends_on:
        yield block(
            f"公示期至{date_cn(facts.ends_on)}（含当日）尚未结束。办法第八条（三）规定公示无异议后签订任务合同。",
            "notice",
            "请在公示期满的次日起办理。",
        )
    if facts.open_objections:
        numbers = short_list(facts.open_objections)
        yield block(f"该项目有未办结的异议（{numbers}），不能签订任务合同。", "notice", "请先办结异议。")
    if facts.upheld_objections:
        numbers = short_list(facts.upheld_objections)
        yield block(f"该项目的异议（{numbers}）成立，不能签订任务合同。", "notice", "须重新作出立项决定并重新公示。")


@rule("8(3)", "20")
def project_may_contract(facts: ContractFacts, _edition: Edition) -> Iterator[Finding]:
    """Only an approved project of a valid consortium gets a contract, and only one."""
    if not facts.approved:
        yield block("该项目未获批准立项，不能签订任务合同。", "contract", "请先完成立项审定。")
    if facts.qualification != "valid":
        yield block("联合体资格当前无效，不能签订任务合同。", "contract", "请先恢复联合体资格。", "20")
    if facts.other_live_contract:
        yield block("该项目已有任务合同，不能重复签订。", "contract", "如需修改，请办理变更。")


@rule("4", "8(3)")
def contract_within_award(facts: ContractFacts, _edition: Edition) -> Iterator[Finding]:
    """The contract amount is positive and not above the award."""
    if not is_positive_money(facts.amount):
        yield block("合同金额须为正数，最多两位小数。", "contract.amount", "请更正金额。")
    elif facts.amount > facts.award:
        yield block(
            f"合同金额 {format_money(facts.amount)} 超过核定支持额度 {format_money(facts.award)}。",
            "contract.amount",
            "请按核定额度签订。",
        )


@rule("16", needs={"starts_on": "合同开始日期", "ends_on": "合同结束日期"}, missing=Severity.BLOCK)
def contract_period_sound(facts: ContractFacts, _edition: Edition) -> Iterator[Finding]:
    """The period runs forward, belongs to the year of the call and holds all evidence."""
    start, end = facts.starts_on, facts.ends_on
    if start is None or end is None:
        return
    if end <= start:
        yield block("合同结束日期须晚于开始日期。", "contract.period", "请更正执行期。")
    elif not facts.year <= start.year <= facts.year + 1 or end.year > facts.year + _LONGEST_YEARS:
        yield block(
            f"合同执行期（{date_cn(start)}至{date_cn(end)}）与 {facts.year} 年度不符。",
            "contract.period",
            "请更正执行期。",
        )
    outside = [day for day in facts.evidence_days if not start <= day <= end]
    if outside:
        yield block(f"已有佐证日期{date_cn(outside[0])}不在执行期内。", "contract.period", "请调整执行期或先处理佐证。")


@rule("12", "8(3)")
def instalment_due(facts: PaymentFacts, edition: Edition) -> Iterator[Finding]:
    """An instalment of the plan is paid when its condition is met, and once."""
    plan = {item.number: item for item in edition.instalments}.get(facts.instalment)
    if plan is None:
        yield block(f"拨付计划中没有第 {facts.instalment} 期。", "payment", "请选择计划内的期次。")
        return
    if "contract_effective" not in facts.met_conditions:
        yield block(
            "任务合同尚未生效，不能拨付。办法第八条（三）规定签订合同后给予支持。", "payment", "请先签订合同。", "8(3)"
        )
    elif plan.condition not in facts.met_conditions:
        yield block(f"第 {plan.number} 期的拨付条件（{plan.text}）尚未满足。", "payment", "请在条件满足后办理。")
    if facts.instalment in facts.paid_numbers:
        yield block(f"第 {facts.instalment} 期已经拨付，不能重复拨付。", "payment", "请核对拨付记录。")


@rule("12", "4", needs={"paid_total": "已拨付金额"}, missing=Severity.BLOCK)
def payment_within_contract(facts: PaymentFacts, _edition: Edition) -> Iterator[Finding]:
    """All payments together stay within the contract amount."""
    paid = facts.paid_total or _EMPTY
    if not is_positive_money(facts.amount):
        yield block("拨付金额须为正数，最多两位小数。", "payment.amount", "请更正金额。")
    elif paid + facts.amount > facts.contract_amount:
        rest = format_money(facts.contract_amount - paid)
        yield block(
            f"本次拨付 {format_money(facts.amount)} 将使累计金额超过合同金额 {format_money(facts.contract_amount)}。",
            "payment.amount",
            f"本次最多可拨 {rest}。",
        )


@rule(
    "17",
    "20",
    needs={"open_rectifications": "整改记录", "open_clawbacks": "资金追回记录"},
    missing=Severity.BLOCK,
)
def payment_unhindered(facts: PaymentFacts, _edition: Edition) -> Iterator[Finding]:
    """No money flows while a rectification or a clawback is open."""
    if facts.open_rectifications:
        yield block(
            f"该项目正在整改（{short_list(facts.open_rectifications)}），暂停拨付。",
            "payment",
            "整改复核通过后办理。",
            "20",
        )
    if facts.open_clawbacks:
        yield block(
            f"该项目有未了结的资金追回（{short_list(facts.open_clawbacks)}），暂停拨付。", "payment", "追回了结后办理。"
        )


def contract_gate(facts: ContractFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check before a contract is concluded or amended."""
    return (
        *notice_is_clear(facts.notice, edition),
        *run_rules((project_may_contract, contract_within_award, contract_period_sound), facts, edition),
        *check_targets(facts.targets, edition),
    )


def payment_gate(facts: PaymentFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check before an instalment is paid."""
    return run_rules((instalment_due, payment_within_contract, payment_unhindered), facts, edition)


def execution_rate(spent: Decimal, budget: Decimal) -> Decimal | None:
    """Return spent / budget in percent with two decimals, cut so that 100.00 means all; None without a budget."""
    if budget <= 0:
        return None
    return (spent * 100 / budget).quantize(FEN, rounding=ROUND_DOWN)


@dataclass(frozen=True)
class ExecutionFacts:
    """Spending of the grant so far, in 元; `surplus_settled` when the rest was explained or returned."""

    spent: Decimal
    budget: Decimal
    today: date
    period_end: date
    surplus_settled: bool


@rule("16", "17(4)")
def grant_spent_in_period(facts: ExecutionFacts, edition: Edition) -> Iterator[Finding]:
    """The grant is spent by the end of the period, never beyond it; a rest is explained or returned."""
    rate = execution_rate(facts.spent, facts.budget)
    if rate is None:
        yield block("没有可执行的支持经费，无法计算执行率。", "money", "请核对合同金额。")
    elif rate > _FULL or facts.spent > facts.budget:
        over = format_money(facts.spent - facts.budget)
        yield block(f"支持经费超支 {over}。", "money", "超出部分请改由自筹经费列支。", "17(4)")
    elif rate >= edition.acceptance.execution_rate_min or facts.surplus_settled:
        return
    elif facts.today > facts.period_end:
        rest = format_money(facts.budget - facts.spent)
        yield block(
            f"执行期已满，执行率 {rate}%，结余 {rest}。办法第十六条要求执行完毕。", "money", "请说明原因并退回结余。"
        )
    elif (facts.period_end - facts.today).days <= _SOON_DAYS:
        yield warn(f"距执行期满不足 {_SOON_DAYS} 天，执行率 {rate}%。", "money", "请按计划加快执行。")


_LONGEST_YEARS = 2
_SOON_DAYS = 60
