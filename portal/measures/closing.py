"""The end of a project: acceptance package, evaluation and its conclusion (articles 7(5), 10, 11, 16, 18, 20)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.measures.edition_schema import Edition
from portal.measures.eligibility import short_list
from portal.measures.findings import Finding, Severity, ask, block, rule, run_rules, warn
from portal.measures.process import ExecutionFacts, grant_spent_in_period
from portal.measures.progress import KpiProgress
from portal.measures.workdays import date_cn

PASSING = frozenset({"passed", "passed_after_rectification"})


@dataclass(frozen=True)
class PackageFacts:
    """What lies in the acceptance package and what is still waiting; None where it cannot be looked up."""

    handed_in: frozenset[str]
    kpis: tuple[KpiProgress, ...] | None
    evidence_waiting: int | None
    ledger_lines_waiting: int | None
    execution: ExecutionFacts


@dataclass(frozen=True)
class AcceptanceFacts:
    """A project about to be evaluated."""

    today: date
    period_end: date
    package_submitted: bool
    open_rectifications: tuple[str, ...] | None
    open_clawbacks: tuple[str, ...] | None


@dataclass(frozen=True)
class ConclusionFacts:
    """What the conclusion rests on; score of 100, None while unknown. `vetoes` are grave facts in Chinese."""

    score: Decimal | None
    pass_line: int
    unmet_kpis: tuple[str, ...] | None
    execution_rate: Decimal | None
    surplus_settled: bool
    open_banned_lines: int | None
    after_rectification: bool
    vetoes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """What the system would conclude (None: not enough data) and why; the panel decides."""

    code: str | None
    reasons: tuple[str, ...]


@rule("11", "18", "7(5)")
def package_complete(facts: PackageFacts, edition: Edition) -> Iterator[Finding]:
    """Every required part of the package is handed in."""
    for item in edition.acceptance.package:
        if item.required and item.code not in facts.handed_in:
            yield block(f"验收材料缺少“{item.name}”。", f"package.{item.code}", "请上传后再提交。", item.article)


@rule("10(1)", needs={"kpis": "任务指标完成情况", "evidence_waiting": "待核佐证数量"})
def targets_reached(facts: PackageFacts, _edition: Edition) -> Iterator[Finding]:
    """Unreached indicators are said plainly when the package is handed in; over-fulfilment asks for a word."""
    for row in facts.kpis or ():
        place = f"kpi.{row.code}"
        if not row.met:
            message = f"“{row.name}”已核实 {row.verified} {row.unit}，目标 {row.target} {row.unit}。"
            yield warn(message, place, "请补充佐证，否则可能被要求整改。", row.article)
        elif row.explanation_due:
            yield warn(f"“{row.name}”完成数超过目标较多。", place, "请在自评中说明原因。", row.article)
    if facts.evidence_waiting:
        yield ask(f"还有 {facts.evidence_waiting} 条佐证待核实。", "evidence", "请经办人核实后再评价。")


@rule("14", needs={"ledger_lines_waiting": "待核凭证数量"})
def ledger_settled(facts: PackageFacts, _edition: Edition) -> Iterator[Finding]:
    """Ledger lines that wait for a decision are decided before the evaluation."""
    if facts.ledger_lines_waiting:
        yield ask(f"还有 {facts.ledger_lines_waiting} 条凭证待核。", "money", "请中心财务认定后再评价。")


@rule("11")
def period_ended(facts: AcceptanceFacts, _edition: Edition) -> Iterator[Finding]:
    """Evaluation begins after the period has ended and the package was handed in."""
    if facts.today <= facts.period_end:
        yield block(
            f"执行期至{date_cn(facts.period_end)}，尚未结束。办法第十一条规定执行期结束后统一评价。",
            "acceptance",
            "请在执行期满后组织评价。",
        )
    if not facts.package_submitted:
        yield block("验收材料尚未提交，办法第十一条要求按要求提供资料。", "acceptance", "请督促牵头单位提交材料。")


@rule(
    "20",
    "17",
    needs={"open_rectifications": "整改记录", "open_clawbacks": "资金追回记录"},
    missing=Severity.BLOCK,
)
def evaluation_unhindered(facts: AcceptanceFacts, _edition: Edition) -> Iterator[Finding]:
    """No evaluation while a rectification or a clawback is open."""
    if facts.open_rectifications:
        yield block(f"该项目正在整改（{short_list(facts.open_rectifications)}）。", "acceptance", "整改复核后再评价。")
    if facts.open_clawbacks:
        numbers = short_list(facts.open_clawbacks)
        yield block(f"该项目有未了结的资金追回（{numbers}）。", "acceptance", "追回了结后再评价。", "17")


def package_gate(facts: PackageFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check before the package is handed in, which may be before the period ends."""
    checks = run_rules((package_complete, targets_reached, ledger_settled), facts, edition)
    return (*checks, *grant_spent_in_period(facts.execution, edition))


def acceptance_gate(facts: AcceptanceFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check before experts evaluate a project."""
    return run_rules((period_ended, evaluation_unhindered), facts, edition)


def conclusion_suggestion(facts: ConclusionFacts, edition: Edition) -> Suggestion:
    """Suggest passed, passed_after_rectification, rectification_required or failed; None while data is missing."""
    missing = _missing(facts)
    if facts.vetoes:
        return Suggestion("failed", facts.vetoes)
    if missing:
        return Suggestion(None, tuple(f"缺少{label}。" for label in missing))
    problems = tuple(_problems(facts, edition))
    if problems:
        return Suggestion("failed" if facts.after_rectification else "rectification_required", problems)
    code = "passed_after_rectification" if facts.after_rectification else "passed"
    return Suggestion(code, (f"得分 {facts.score}，任务指标全部完成，经费执行符合要求。",))


@dataclass(frozen=True)
class ConclusionChoice:
    """The conclusion that the center is about to record, with the reason for leaving the suggestion."""

    code: str
    reason: str
    facts: ConclusionFacts


@rule("11", "10(1)", "18")
def conclusion_supported(choice: ConclusionChoice, edition: Edition) -> Iterator[Finding]:
    """No project passes with an unreached indicator or on missing data; leaving the suggestion needs a reason."""
    suggestion = conclusion_suggestion(choice.facts, edition)
    missing = _missing(choice.facts)
    if missing:
        yield block(f"缺少{'、'.join(missing)}，不能作出验收结论。", "conclusion", "请补齐后再作结论。")
        return
    if choice.code in PASSING and choice.facts.unmet_kpis:
        names = "、".join(choice.facts.unmet_kpis)
        yield block(
            f"任务指标（{names}）尚未完成，不能作出通过结论。", "conclusion", "请要求整改或作出其他结论。", "10(1)"
        )
    if choice.code in PASSING and (choice.code == "passed") is choice.facts.after_rectification:
        yield block("通过结论与是否经过整改不符。", "conclusion", "经过整改的项目请选择“整改后通过”，否则选择“通过”。")
    if choice.code != suggestion.code and not choice.reason.strip():
        yield block("结论与系统建议不一致，须写明理由。", "conclusion", "请填写理由。")


def check_conclusion(choice: ConclusionChoice, edition: Edition) -> tuple[Finding, ...]:
    """Run the checks of a conclusion, inside the transaction that records it."""
    return conclusion_supported(choice, edition)


def _missing(facts: ConclusionFacts) -> list[str]:
    labels = {
        "评价得分": facts.score,
        "任务指标完成情况": facts.unmet_kpis,
        "经费执行率": facts.execution_rate,
        "凭证认定结果": facts.open_banned_lines,
    }
    return [label for label, value in labels.items() if value is None]


def problems_told(facts: ConclusionFacts, edition: Edition) -> tuple[str, ...]:
    """The problems as the unit reads them in the order to rectify: the panel's score stays inside."""
    return tuple(_problems(facts, edition, with_score=False))


def _problems(facts: ConclusionFacts, edition: Edition, *, with_score: bool = True) -> Iterator[str]:
    if facts.score is not None and facts.score < facts.pass_line:
        yield f"得分 {facts.score}，低于合格线 {facts.pass_line}。" if with_score else "专家评价未达到合格线。"
    if facts.unmet_kpis:
        yield f"未完成的任务指标：{'、'.join(facts.unmet_kpis)}。"
    short = facts.execution_rate is not None and facts.execution_rate < edition.acceptance.execution_rate_min
    if short and not facts.surplus_settled:
        yield f"经费执行率 {facts.execution_rate}%，结余尚未说明或退回。"
    if facts.open_banned_lines:
        yield f"有 {facts.open_banned_lines} 条禁列支出尚未处理。"
