"""Whether an application is whole: sections, people, undertakings, attachments, plan (articles 2, 5-8, 10(3))."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from portal.measures.direction import BudgetFacts
from portal.measures.edition_schema import AttachmentKind, Edition
from portal.measures.findings import Finding, block, gap, rule, run_rules, warn
from portal.measures.targets import TargetFacts
from portal.measures.workdays import period_cn


@dataclass(frozen=True)
class AttachmentFacts:
    """An attached file of a kind; signed and sealed are what the uploader states, empty a file of 0 bytes.

    `closed` says why nobody may open it yet (virus scan), `digest` is the SHA-256 of its bytes; both "" when unknown.
    """

    kind: str
    signed: bool = False
    sealed: bool = False
    empty: bool = False
    closed: str = ""
    digest: str = ""


@dataclass(frozen=True)
class PlanStage:
    """A stage of the schedule."""

    name: str
    starts_on: date | None
    ends_on: date | None
    deliverable: str


@dataclass(frozen=True)
class ApplicationFacts:
    """One version of an application under the call of `year`; section lengths are strictly counted characters.

    `leader_running_projects` counts the leader's other running projects, None when that cannot be looked up.
    """

    year: int
    title: str
    fields: tuple[str, ...]
    districts: tuple[str, ...]
    section_lengths: Mapping[str, int]
    leader_name: str
    leader_declared: bool
    leader_running_projects: int | None
    supervisor_name: str
    digital_undertaking: bool
    attachments: tuple[AttachmentFacts, ...]
    plan: tuple[PlanStage, ...]
    execution_starts: date | None
    execution_ends: date | None
    targets: TargetFacts
    budget: BudgetFacts


@rule("2", "3")
def basics_filled(facts: ApplicationFacts, edition: Edition) -> Iterator[Finding]:
    """Title, field of article 2 and served district are given."""
    title = facts.title.strip()
    if not title:
        yield gap("没有填写项目名称。", "basics.title", "请填写项目名称。", "7(1)")
    elif len(title) > edition.title_max_chars:
        message = f"项目名称为 {len(title)} 字，最多 {edition.title_max_chars} 字。"
        yield block(message, "basics.title", "请精简名称。", "7(1)")
    if not set(facts.fields) & {choice.code for choice in edition.fields}:
        yield gap("没有选择所属领域，办法第二条列明重点产业领域。", "basics.fields", "请至少选择一个领域。")
    if not set(facts.districts) & {choice.code for choice in edition.districts}:
        yield gap("没有选择服务区域，办法第三条要求服务区域产业发展。", "basics.districts", "请至少选择一个区。", "3")


@rule("7(1)", "5(1)3")
def sections_complete(facts: ApplicationFacts, edition: Edition) -> Iterator[Finding]:
    """Every text section is written, neither too short nor too long."""
    for section in edition.sections:
        length = facts.section_lengths.get(section.code, 0)
        place = f"section.{section.code}"
        if length < section.min_chars:
            state = "尚未填写" if not length else f"为 {length} 字"
            message = f"“{section.name}”{state}，须不少于 {section.min_chars} 字。"
            yield gap(message, place, "请补充内容。", section.article)
        elif length > section.max_chars:
            message = f"“{section.name}”为 {length} 字，最多 {section.max_chars} 字。"
            yield block(message, place, "请精简内容。", section.article)


@rule("7(1)")
def leader_declared(facts: ApplicationFacts, _edition: Edition) -> Iterator[Finding]:
    """A named leader has personally declared the materials true."""
    if not facts.leader_name.strip():
        yield gap("没有指定项目负责人，办法第七条要求指定专人。", "people.leader", "请指定项目负责人。", "7")
    elif not facts.leader_declared:
        yield block(
            f"项目负责人{facts.leader_name}尚未声明材料真实完整，办法第七条（一）规定由其直接负责。",
            "people.declaration",
            "请项目负责人用本人账号登录确认。",
        )


@rule("7", needs={"leader_running_projects": "项目负责人承担项目的记录"})
def leader_within_cap(facts: ApplicationFacts, edition: Edition) -> Iterator[Finding]:
    """The leader does not run more projects at once than the center accepts."""
    running, cap = facts.leader_running_projects or 0, edition.leader_project_cap
    if running >= cap:
        yield block(
            f"项目负责人{facts.leader_name}同期已负责 {running} 个项目，最多 {cap} 个。",
            "people.leader",
            "请更换项目负责人。",
        )


@rule("6(3)")
def supervisor_named(facts: ApplicationFacts, _edition: Edition) -> Iterator[Finding]:
    """A person other than the leader supervises the project."""
    supervisor = facts.supervisor_name.strip()
    if not supervisor:
        yield gap("没有指定监督专员，办法第六条（三）要求安排专人监督。", "people.supervisor", "请指定监督专员。")
    elif supervisor == facts.leader_name.strip():
        yield warn("监督专员与项目负责人姓名相同，难以起到监督作用。", "people.supervisor", "请核对是否为同一人。")


@rule("8(1)", "10(3)")
def digital_undertaking(facts: ApplicationFacts, _edition: Edition) -> Iterator[Finding]:
    """The unit undertakes to work on Digital BAST."""
    if not facts.digital_undertaking:
        yield gap(
            "尚未承诺按“数字科协”要求开展工作，办法第八条（一）要求牵头单位予以确保。",
            "undertaking.digital",
            "请阅读后勾选承诺。",
        )


@rule("7(1)")
def attachments_complete(facts: ApplicationFacts, edition: Edition) -> Iterator[Finding]:
    """Required attachments are there, not empty, and stated to be signed and sealed where asked."""
    for kind in edition.attachments:
        given = [item for item in facts.attachments if item.kind == kind.code]
        if kind.required and not given:
            yield gap(f"缺少附件“{kind.name}”。", f"attachment.{kind.code}", f"请上传（{_demands(kind)}）。")
        for item in given:
            yield from _attachment_findings(kind, item)
    yield from _twice(facts, edition)


@rule("7(3)", "16")
def plan_inside_period(facts: ApplicationFacts, _edition: Edition) -> Iterator[Finding]:
    """The period does not end before the year of the call, and every stage lies inside it."""
    start, end = facts.execution_starts, facts.execution_ends
    if start is None or end is None:
        yield gap("没有填写执行期起止日期。", "plan.period", "请填写起止日期。", "16")
        return
    if end <= start or end.year < facts.year:
        message = f"执行期（{period_cn(start, end)}）无效：结束须晚于开始，且不早于 {facts.year} 年。"
        yield block(message, "plan.period", "请更正起止日期。", "16")
        return
    if not facts.plan:
        yield gap("没有填写进度安排，办法第七条（三）要求拟定实施方案。", "plan", "请至少填写一个阶段。")
    for position, stage in enumerate(facts.plan, start=1):
        yield from _stage_findings(stage, f"plan.{position}", start, end)


APPLICATION_RULES = (
    basics_filled,
    sections_complete,
    leader_declared,
    leader_within_cap,
    supervisor_named,
    digital_undertaking,
    attachments_complete,
    plan_inside_period,
)


def check_completeness(facts: ApplicationFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of completeness (indicators and budget have checks of their own)."""
    return run_rules(APPLICATION_RULES, facts, edition)


def _attachment_findings(kind: AttachmentKind, item: AttachmentFacts) -> Iterator[Finding]:
    place = f"attachment.{kind.code}"
    if item.empty:
        yield block(f"附件“{kind.name}”是空文件。", place, "请重新上传。")
    if item.closed:
        yield block(
            f"附件“{kind.name}”不能提交：{item.closed}。", place, "查毒通过后再提交；带病毒的请清除后重新上传。"
        )
    if kind.signature and not item.signed:
        yield block(f"附件“{kind.name}”未标明已签字。", place, "请签字后扫描上传。")
    if kind.seal and not item.sealed:
        yield block(f"附件“{kind.name}”未标明已盖章。", place, "请盖章后扫描上传。")


def _twice(facts: ApplicationFacts, edition: Edition) -> Iterator[Finding]:
    names = {kind.code: kind.name for kind in edition.attachments}
    by_digest: dict[str, list[str]] = {}
    for item in facts.attachments:
        if item.digest and item.kind in names:
            by_digest.setdefault(item.digest, []).append(item.kind)
    for kinds in by_digest.values():
        if len(kinds) > 1:
            told = "”与“".join(names[kind] for kind in kinds)
            yield warn(f"附件“{told}”是同一个文件，可能传错。", f"attachment.{kinds[-1]}", "请核对，传错的请替换。")


def _demands(kind: AttachmentKind) -> str:
    demands = ["、".join(kind.formats), f"不超过 {kind.max_mb} MB"]
    demands += ["须签字"] if kind.signature else []
    demands += ["须盖章"] if kind.seal else []
    return "，".join(demands)


def _stage_findings(stage: PlanStage, place: str, start: date, end: date) -> Iterator[Finding]:
    name = stage.name.strip() or "未命名阶段"
    if stage.starts_on is None or stage.ends_on is None:
        yield gap(f"“{name}”没有填写起止日期。", f"{place}.starts_on", "请填写起止日期。")
    elif stage.ends_on < stage.starts_on:
        yield block(f"“{name}”的结束日期早于开始日期。", f"{place}.ends_on", "请更正日期。")
    elif stage.starts_on < start or stage.ends_on > end:
        wrong = "starts_on" if stage.starts_on < start else "ends_on"
        message = f"“{name}”超出执行期（{period_cn(start, end)}）。"
        yield block(message, f"{place}.{wrong}", "请调整到执行期内。", "16")
    if not stage.deliverable.strip():
        yield warn(f"“{name}”没有写明交付物。", f"{place}.deliverable", "建议写明可核对的交付物。")
