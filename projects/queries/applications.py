"""Nouns of applications: the facts that the rules judge, their findings, and the lights of the task list."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from portal import editions
from portal.measures import completeness as whole
from portal.measures.counting import count_strict
from portal.measures.direction import BudgetFacts, SourceLine
from portal.measures.direction import BudgetLine as PlannedLine
from portal.measures.edition_schema import AttachmentKind, Edition
from portal.measures.findings import Finding, Severity, blocks
from portal.measures.formality import precheck
from portal.measures.spending import ExpenseLine, SpendingVerdict, check_ledger
from portal.measures.targets import TargetFacts, TargetRow
from projects import extensions
from projects.queries.applicants import Applicant
from projects.queries.application_snapshots import content_digest
from projects.queries.application_tasks import ATTACHMENTS, COVER, TABLES, UNIT, Remark, parts, remark

NOT_BEGUN, BEGUN, DONE, WRONG = "未开始", "进行中", "已完成", "有问题"
TONES = {NOT_BEGUN: "quiet", BEGUN: "info", DONE: "ok", WRONG: "danger"}


@dataclass(frozen=True)
class Light:
    """How far one part of the form is: one of the four words, how many findings refuse it, and what they are in short.

    `optional` is a part that nobody began and nothing asks for: it counts neither as done nor as open.
    """

    code: str
    label: str
    status: str
    problems: int
    hint: str = ""
    optional: bool = False

    @property
    def tone(self) -> str:
        """Colour and shape of the word."""
        return TONES[self.status]


def edition_of(call) -> Edition:
    """The edition of a call, with the attachments that this call asks for in place of the defaults."""
    kinds = tuple(
        AttachmentKind(
            kind.code,
            kind.name,
            kind.format_list,
            kind.max_mb,
            kind.required,
            kind.signature_required,
            kind.seal_required,
        )
        for kind in call.attachment_kinds.all()
    )
    return replace(editions.edition(call.edition), attachments=kinds)


def application_facts(application, edition: Edition, *, leader_running_projects: int) -> whole.ApplicationFacts:
    """The working content of an application as the rules read it."""
    texts = {section.code: section.body.get("text", "") for section in application.sections.all()}
    leader = application.leader
    return whole.ApplicationFacts(
        year=application.call.year,
        title=application.title,
        fields=_codes(edition.fields, application.field),
        districts=_codes(edition.districts, application.district),
        section_lengths={section.code: count_strict(texts.get(section.code, "")) for section in edition.sections},
        leader_name=leader.name if leader else "",
        leader_declared=is_declared(application),
        leader_running_projects=leader_running_projects,
        supervisor_name=application.supervisor_name,
        digital_undertaking=application.digital_undertaking,
        attachments=tuple(
            whole.AttachmentFacts(
                row.kind.code, row.signed, row.sealed, row.file.size == 0, row.file.scan_words, row.file.sha256
            )
            for row in current_attachments(application)
        ),
        plan=tuple(
            whole.PlanStage(row.name, row.start_on, row.end_on, row.deliverable) for row in application.stages.all()
        ),
        execution_starts=application.start_on,
        execution_ends=application.end_on,
        targets=target_facts(application),
        budget=budget_facts(application, edition),
    )


def target_facts(application) -> TargetFacts:
    """The committed indicators."""
    return TargetFacts(
        tuple(
            TargetRow(row.code, row.target, row.map_kind, row.attendance, row.partner_kind)
            for row in application.kpi_targets.all()
        )
    )


def budget_facts(application, edition: Edition) -> BudgetFacts:
    """The budget plan with the verdict of the ban check on every line."""
    lines = list(application.budget_lines.all())
    planned = tuple(
        PlannedLine(
            category=line.category,
            direction=line.direction,
            source=line.source,
            amount=line.amount,
            quantity=line.quantity,
            unit_price=line.unit_price,
            times=line.times,
            note=line.basis,
            verdict=found.verdict,
            verdict_article=found.article_item,
            verdict_reason=found.reason,
        )
        for line, found in zip(lines, verdicts(lines, edition), strict=True)
    )
    sources = tuple(SourceLine(row.kind, row.amount) for row in application.funding_sources.all())
    return BudgetFacts(application.call.fixed_grant, sources, planned)


def verdicts(lines, edition: Edition) -> list[SpendingVerdict]:
    """The ban check (14) of planned lines: objects with category, item, basis, source, amount."""
    if not lines:
        return []
    names = {category.code: category.name for category in edition.budget_categories}
    expenses = [
        ExpenseLine(
            summary=f"{line.item}，{line.basis}" if line.basis else line.item,
            account=names.get(line.category, ""),
            amount=line.amount,
            source="grant" if line.source == "grant" else "matching",
        )
        for line in lines
    ]
    found = check_ledger(expenses, extensions.lexicon(str(edition.year)))
    return [replace(verdict, reason=_as_plan(verdict.reason)) for verdict in found]


def _as_plan(reason: str) -> str:
    """The words of the ledger in those of a plan, which has no vouchers yet."""
    for word, planned in (("并冲销本笔", ""), ("并附凭证", ""), ("摘要", "支出内容")):
        reason = reason.replace(word, planned)
    return reason


@dataclass(frozen=True)
class Case:
    """What the rules read of an application and its unit as of a moment, asked once for all of them."""

    edition: Edition
    applicant: Applicant
    facts: whole.ApplicationFacts


def case_of(application, now: datetime) -> Case:
    """The case of an application at `now`; two queries beyond those of a whole one."""
    edition, applicant = edition_of(application.call), applicant_of(application, now)
    running = applicant.leader_running_projects
    return Case(edition, applicant, application_facts(application, edition, leader_running_projects=running))


def raw_findings(application, *, now: datetime | None = None, case: Case | None = None) -> tuple[Finding, ...]:
    """Everything that stands in the way of submitting at `now`, or should be looked at, places as codes."""
    # The window of the call was judged when the unit submitted; a 补正 has its own term.
    judged_at = application.submitted_at if application.state == "supplement" else None
    case = case or case_of(application, now or judged_at or timezone.now())
    found = precheck(case.applicant.facts, case.facts, case.edition)
    return (*found, *case.applicant.obstacles, *_not_stored(application))


def applicant_of(application, now: datetime) -> Applicant:
    """The unit of an application at a moment; the application does not count against itself."""
    return Applicant(
        call=application.call,
        consortium=application.consortium,
        unit=application.lead_unit,
        leader=application.leader,
        now=now,
        besides=application,
    )


def _not_stored(application) -> list[Finding]:
    """Parts with something typed that could not be stored: it would be missing from what is handed in (7(1))."""
    return [
        Finding(
            article="7(1)",
            severity=Severity.BLOCK,
            code="part_stored",
            message="有内容已填写、已保留，但还没有写入申报书。",
            subject=f"typed.{section.code}",
            fix="请打开该部分，按提示填完或改正后保存。",
            missing=not section.typed.get("faults"),
        )
        for section in application.sections.all()
        if section.typed
    ]


def findings(application, *, now: datetime | None = None, case: Case | None = None) -> tuple[Remark, ...]:
    """The same with Chinese places and addresses, as pages and refusals show them."""
    return worded(raw_findings(application, now=now, case=case), application)


def worded(found, application) -> tuple[Remark, ...]:
    """Findings with Chinese places and addresses."""
    labels = {part.code: part.label for part in parts(editions.edition(application.call.edition))}
    return tuple(remark(finding, application, labels) for finding in found)


def completeness(application, remarks: tuple[Remark, ...] | None = None) -> tuple[Light, ...]:
    """One light a part: not begun, begun, with faults, or complete."""
    remarks = findings(application) if remarks is None else remarks
    # A copied draft has texts and a leader that nobody saved here yet.
    touched = {row.code for row in application.sections.all() if row.revision or row.body or row.typed}
    touched |= {COVER} if application.leader_id else set()
    touched |= {UNIT} | ({ATTACHMENTS} if current_attachments(application) else set())
    touched |= {code for code in TABLES if _rows(application, code)}
    return tuple(
        _light(part.code, part.label, part.code in touched, remarks)
        for part in parts(editions.edition(application.call.edition))
    )


def remarks_of(code: str, remarks: tuple[Remark, ...]) -> list[Remark]:
    """What is said of one part."""
    return [item for item in remarks if item.place == code]


def _light(code: str, label: str, touched: bool, remarks: tuple[Remark, ...]) -> Light:
    own = remarks_of(code, remarks)
    refused = blocks(own)
    faults = sum(not item.missing for item in refused)
    if not touched:
        return Light(code, label, NOT_BEGUN, len(refused), "" if refused else "选填", optional=not refused)
    told = [f"{faults} 处须改正"] if faults else []
    told += [f"还缺 {len(refused) - faults} 项"] if len(refused) > faults else []
    told += [f"{len(own) - len(refused)} 处请核对"] if len(own) > len(refused) else []
    status = WRONG if faults else BEGUN if refused else DONE
    return Light(code, label, status, len(refused), "，".join(told))


def is_declared(application) -> bool:
    """Whether the present leader declared exactly the present content (7(1))."""
    return (
        application.leader_id is not None
        and application.declared_by_id == application.leader_id
        and bool(application.declared_digest)
        and application.declared_digest == content_digest(application)
    )


def current_attachments(application) -> list:
    """Attachments that count, by kind."""
    return [row for row in application.attachments.all() if row.replaced_at is None]


def _rows(application, code: str) -> int:
    rows = {"stages": "stages", "kpis": "kpi_targets", "budget": "budget_lines", "team": "team"}
    return len(getattr(application, rows[code]).all())


def _codes(choices, name: str) -> tuple[str, ...]:
    return tuple(choice.code for choice in choices if name in (choice.name, choice.code))
