"""What an application or a contract commits to: the indicators of article 10(1) and their floors."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from portal.measures.articles import article_label
from portal.measures.edition_schema import Edition, Kpi
from portal.measures.findings import Finding, block, gap, rule, run_rules


@dataclass(frozen=True)
class TargetRow:
    """One committed indicator; target in the indicator's unit, None while empty.

    `option` is the kind of map, `attendance` and `partner_kind` the planned size and partner of the event.
    """

    code: str
    target: Decimal | int | None
    option: str = ""
    attendance: int | None = None
    partner_kind: str = ""


@dataclass(frozen=True)
class TargetFacts:
    """All indicator rows of one application version or contract."""

    rows: tuple[TargetRow, ...]


@rule("10(1)")
def targets_complete(facts: TargetFacts, edition: Edition) -> Iterator[Finding]:
    """Every indicator of the year is committed to, exactly once."""
    codes = [row.code for row in facts.rows]
    for kpi in edition.kpis:
        if codes.count(kpi.code) != 1:
            problem, say = ("尚未填写", gap) if kpi.code not in codes else ("重复填写", block)
            yield say(f"任务指标“{kpi.name}”{problem}。", f"kpi.{kpi.code}", "六项任务指标须各填一行。", kpi.article)


@rule("10(1)")
def targets_at_floor(facts: TargetFacts, edition: Edition) -> Iterator[Finding]:
    """No committed value is empty, broken or below its floor."""
    for kpi, row in _pairs(facts, edition):
        place = f"kpi.{kpi.code}"
        floor = f"不少于 {kpi.floor} {kpi.unit}"
        if row.target is None:
            yield gap(f"任务指标“{kpi.name}”没有目标值。", place, f"请填写{floor}的整数。", kpi.article)
        elif not _is_whole(row.target):
            yield block(f"任务指标“{kpi.name}”的目标值 {row.target} 不是整数。", place, "请填写整数。", kpi.article)
        elif row.target < kpi.floor:
            article = article_label(kpi.article)
            message = f"任务指标“{kpi.name}”目标值为 {row.target} {kpi.unit}，低于办法{article}的底线。"
            yield block(message, place, f"请改为{floor}。", kpi.article)


@rule("10(1)4")
def map_option_chosen(facts: TargetFacts, edition: Edition) -> Iterator[Finding]:
    """The map is an industry map or a talent map: one is chosen."""
    for kpi, row in _pairs(facts, edition):
        names = "或".join(option.name for option in kpi.options)
        if kpi.kind == "map" and row.option not in {option.code for option in kpi.options}:
            yield gap(f"尚未选择图谱类型：须为{names}。", f"kpi.{kpi.code}.option", "请选择其中一种。", kpi.article)


@rule("10(2)3", "10(1)5")
def event_plan_large_enough(facts: TargetFacts, edition: Edition) -> Iterator[Finding]:
    """The planned event reaches the required size and names the kind of its partner."""
    floor = edition.targets.event_min_attendance
    kinds = {choice.code: choice.name for choice in edition.targets.event_partner_kinds}
    for kpi, row in _pairs(facts, edition):
        if kpi.kind != "event":
            continue
        place = f"kpi.{kpi.code}"
        if row.attendance is None or row.attendance < floor:
            planned, say = ("尚未填写", gap) if row.attendance is None else (f"为 {row.attendance} 人", block)
            message = f"产业创新活动的计划规模{planned}，办法第十条（二）3 要求不少于 {floor} 人。"
            yield say(message, f"{place}.attendance", "请调整活动方案。")
        if row.partner_kind not in kinds:
            partners = "、".join(kinds.values())
            message = f"产业创新活动尚未选择联动单位类型（{partners}）。"
            yield gap(message, f"{place}.partner_kind", "请选择其中一类。", "10(1)5")


TARGET_RULES = (targets_complete, targets_at_floor, map_option_chosen, event_plan_large_enough)


def check_targets(facts: TargetFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of the committed indicators."""
    return run_rules(TARGET_RULES, facts, edition)


def _pairs(facts: TargetFacts, edition: Edition) -> Iterator[tuple[Kpi, TargetRow]]:
    known = {kpi.code: kpi for kpi in edition.kpis}
    return ((known[row.code], row) for row in facts.rows if row.code in known)


def _is_whole(value: Decimal | int) -> bool:
    number = Decimal(value)
    return number.is_finite() and number == number.to_integral_value()
