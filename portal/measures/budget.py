"""Budgets in use (16, 17(4)): moves between categories by rule, the pace of spending, what to tell when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from portal.measures.edition_schema import Edition, ExecutionAlert
from portal.measures.findings import Finding, Severity, block, rule, run_rules
from portal.measures.process import execution_rate
from portal.measures.rmb import FEN, format_money, round_fen

ZERO = Decimal("0.00")
Plan = Mapping[tuple[str, str], Decimal]  # (category, source) -> 元


@dataclass(frozen=True)
class AdjustmentFacts:
    """A move between budget lines; plans in 元 by (category, source).

    `base` is the budget of the contract in force, `before` the version in force now, `spent` what is booked.
    """

    base: Plan
    before: Plan
    after: Plan
    spent: Plan
    today: date
    period_end: date


@dataclass(frozen=True)
class Pace:
    """Spending against time, in percent and 元; `forecast` is what will be spent by the last day at this pace."""

    time: Decimal
    rate: Decimal | None
    forecast: Decimal
    rest: Decimal


def moved(base: Plan, after: Plan) -> dict[tuple[str, str], Decimal]:
    """What a plan differs from the base, by line, in 元; lines that are equal are left out."""
    found = {key: after.get(key, ZERO) - base.get(key, ZERO) for key in {*base, *after}}
    return {key: change for key, change in found.items() if change}


def beyond_free(base: Plan, after: Plan, edition: Edition) -> tuple[tuple[str, str], ...]:
    """Lines that all moves together change by more than the free percentage of what the contract gives them (17(4))."""
    percent = edition.budget.free_percent
    return tuple(
        sorted(key for key, change in moved(base, after).items() if abs(change) * 100 > base.get(key, ZERO) * percent)
    )


def _name(edition: Edition, key: tuple[str, str]) -> str:
    names = {item.code: item.name for item in edition.budget_categories}
    return f"“{names.get(key[0], key[0])}”（{'财政专项' if key[1] == 'grant' else '自筹配套'}）"


@rule("17(4)")
def adjustment_sound(facts: AdjustmentFacts, edition: Edition) -> Iterator[Finding]:
    """A move keeps each source's sum, known categories and amounts to the fen, and changes something."""
    known = {item.code for item in edition.budget_categories}
    for key, amount in sorted(facts.after.items()):
        if key[0] not in known:
            yield block(f"预算科目 {key[0]} 不在本年度科目表中。", "budget", "请从列表选择科目。")
        if amount < 0 or amount != round_fen(amount):
            yield block(f"{_name(edition, key)}的金额须为零或正数，最多两位小数。", "budget", "请更正金额。")
    for source in ("grant", "matching"):
        before, after = (_sum(plan, source) for plan in (facts.before, facts.after))
        if before != after:
            label = "财政专项" if source == "grant" else "自筹配套"
            yield block(
                f"{label}各科目之和须保持 {format_money(before)}，现为 {format_money(after)}。",
                "budget",
                "请调平后提交。",
            )
    if not moved(facts.before, facts.after):
        yield block("预算没有变化。", "budget", "请填写调整后的金额。")


def _sum(plan: Plan, source: str) -> Decimal:
    return sum((amount for (_, kind), amount in plan.items() if kind == source), ZERO)


@rule("17(4)", "16")
def adjustment_possible(facts: AdjustmentFacts, edition: Edition) -> Iterator[Finding]:
    """No line falls below what is spent, and nothing moves after the period."""
    if facts.today > facts.period_end:
        yield block("执行期已届满，不能再调整预算。", "budget", "请按办法第十六条办理结余。", "16")
    for key in moved(facts.before, facts.after):
        spent, wanted = facts.spent.get(key, ZERO), facts.after.get(key, ZERO)
        if ZERO <= wanted < min(spent, facts.before.get(key, ZERO)):
            yield block(
                f"{_name(edition, key)}已支出 {format_money(spent)}，不能调减到 {format_money(wanted)}。",
                "budget",
                "调整后的金额不能低于已支出。",
            )


def check_adjustment(facts: AdjustmentFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of a move between budget lines."""
    return run_rules((adjustment_sound, adjustment_possible), facts, edition)


def pace_of(*, spent: Decimal, received: Decimal, start: date, end: date, today: date) -> Pace:
    """Spending of the grant (元) against the days of the period, both days included (16)."""
    days = max((end - start).days + 1, 1)
    gone = min(max((today - start).days + 1, 0), days)
    time = (Decimal(gone) * 100 / days).quantize(FEN, rounding=ROUND_DOWN)
    forecast = spent if gone == 0 else max(min(round_fen(spent * days / gone), received), min(spent, received))
    return Pace(time, execution_rate(spent, received), forecast, received - forecast)


def alerts_due(pace: Pace, edition: Edition) -> tuple[ExecutionAlert, ...]:
    """Thresholds of the edition that the pace has missed so far, oldest first (16)."""
    if pace.rate is None:
        return ()
    return tuple(alert for alert in edition.budget.alerts if pace.time >= alert.time and pace.rate < alert.rate)


def overspent(planned: Plan, spent: Plan, edition: Edition) -> tuple[tuple[str, str], ...]:
    """Lines of which more than the edition's percentage is spent; without a plan any spending counts (17(4))."""
    limit = edition.budget.category_alert
    return tuple(sorted(key for key, used in spent.items() if used > 0 and used * 100 > planned.get(key, ZERO) * limit))


def execution_findings(pace: Pace, edition: Edition) -> tuple[Finding, ...]:
    """The newest missed threshold as a finding for pages, or nothing (16)."""
    return tuple(
        Finding(
            "16",
            Severity.WARN,
            "execution_slow",
            f"执行期已过 {pace.time}%，专项经费执行率 {pace.rate}%，低于 {alert.rate}%。",
            "money",
            f"按目前进度到期末预计结余 {format_money(pace.rest)}，请加快执行或申请调整预算。",
        )
        for alert in alerts_due(pace, edition)[-1:]
    )
