"""Writes of KPI evidence (article 10): typed items, claimed by the consortium, verified by the center."""

import re

from django.db import IntegrityError, transaction
from django.utils import timezone

from consortia.seats import people_of, unit_ids
from portal import access, events, files, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.models import User
from projects.models import Evidence, EvidenceFile
from projects.queries.evidence import COUNTED_STATES, findings_of, plain, unique_key
from projects.states import EvidenceState, ProjectState

FORMATS = ("pdf", "png", "jpg", "jpeg", "docx", "xlsx")
MAX_FILES = 10
OPEN_STATES = frozenset({ProjectState.RUNNING, ProjectState.RECTIFYING})


@workflow.action
def add_evidence(
    *, project, kpi_code, title, happened_on, data, by, news_url="", told_center_on=None, files=()
) -> Evidence:
    """Enter one item for an indicator as a draft; `data` by the kind of indicator, `files` are (bytes, name, role)."""
    project = _open_project(project, by)
    kind = _kind(project, kpi_code)
    evidence = Evidence.objects.create(
        project=project,
        kpi_code=kpi_code,
        number=_next_number(project),
        title=title.strip(),
        happened_on=happened_on,
        data=data,
        unique_key=unique_key(kind, title=title, happened_on=happened_on, data=data),
        news_url=news_url,
        told_center_on=told_center_on,
        claimed_by=by,
    )
    for content, name, role in files:
        _attach(evidence, content, name, role, by)
    _record_checks(evidence)
    events.record("evidence.add", "录入佐证", evidence, by=by, article="10(1)", after={"kpi": kpi_code})
    return evidence


def _open_project(project, by):
    project = workflow.lock(project)
    if not access.allowed(by, "projects.add_evidence", project):
        raise NotAllowed("您的账号不能为该项目录入佐证。")
    if project.state not in OPEN_STATES:
        raise Conflict(f"项目目前的状态是“{project.get_state_display()}”，不能增改佐证。", article="9")
    return project


def _kind(project, kpi_code: str) -> str:
    try:
        return edition(project.call.edition).kpi(kpi_code).kind
    except KeyError:
        raise Invalid("没有这一项任务指标。请从指标列表中选择。", article="10(1)") from None


def _next_number(project) -> str:
    """佐证-<year>-<sequence of the project>-<two digits>; the lock on the project orders writers."""
    place = re.search(r"(\d{4}-)?\d+$", project.number)
    head = f"佐证-{place.group() if place else project.pk}-"
    used = Evidence.objects.filter(number__startswith=head).values_list("number", flat=True)
    last = max((int(number.removeprefix(head)) for number in used), default=0)
    return f"{head}{last + 1:02d}"


def _editable(evidence, by) -> Evidence:
    _open_project(evidence.project, by)
    evidence = workflow.lock(evidence)
    if evidence.state not in (EvidenceState.DRAFT, EvidenceState.REJECTED):
        raise Conflict(f"佐证目前的状态是“{evidence.get_state_display()}”，不能修改。请先撤回。", article="10(1)")
    return evidence


@workflow.action
def update_evidence(evidence, *, title, happened_on, data, by, news_url="", told_center_on=None, files=()) -> Evidence:
    """Change a draft or a rejected item; verified evidence is frozen (K8)."""
    evidence = _editable(evidence, by)
    before = {"title": evidence.title, "happened_on": evidence.happened_on}
    kind = _kind(evidence.project, evidence.kpi_code)
    evidence.title, evidence.happened_on, evidence.data = title.strip(), happened_on, data
    evidence.news_url, evidence.told_center_on = news_url, told_center_on
    evidence.unique_key = unique_key(kind, title=title, happened_on=happened_on, data=data)
    evidence.save(update_fields=["title", "happened_on", "data", "news_url", "told_center_on", "unique_key"])
    for content, name, role in files:
        _attach(evidence, content, name, role, by)
    _record_checks(evidence)
    after = {"title": evidence.title, "happened_on": evidence.happened_on}
    events.record("evidence.update", "修改佐证", evidence, by=by, before=before, after=after)
    return evidence


@workflow.action
def attach_file(evidence, *, content: bytes, name: str, by, role="") -> EvidenceFile:
    """Add one file; the same bytes support one item only, in all projects (K7)."""
    evidence = _editable(evidence, by)
    row = _attach(evidence, content, name, role, by)
    _record_checks(evidence)
    return row


def _attach(evidence, content: bytes, name: str, role: str, by) -> EvidenceFile:
    if evidence.files.count() >= MAX_FILES:
        raise Invalid(f"每条佐证最多 {MAX_FILES} 个文件。")
    stored = files.store(content, name, by=by, formats=FORMATS)
    twin = EvidenceFile.objects.select_related("evidence").filter(sha256=stored.sha256).first()
    if twin is not None:
        same = twin.evidence.project_id == evidence.project_id
        where = f"佐证“{twin.evidence.number}”" if same else "其他项目的佐证"
        raise Refused(f"文件“{stored.name}”已用于{where}，同一材料只计一次。请核对是否误传。", article="10(1)")
    try:
        with transaction.atomic():
            return EvidenceFile.objects.create(evidence=evidence, file=stored, sha256=stored.sha256, role=role[:40])
    except IntegrityError:
        raise Conflict(f"文件“{stored.name}”刚刚被用于另一条佐证，同一材料只计一次。", article="10(1)") from None


@workflow.action
def remove_file(row, *, by) -> None:
    """Take a file off an item that is not handed in."""
    evidence = _editable(row.evidence, by)
    events.record("evidence.remove_file", "移除佐证文件", evidence, by=by, before={"sha256": row.sha256})
    row.delete()
    _record_checks(evidence)


def _record_checks(evidence) -> None:
    evidence.checks = plain(findings_of(evidence))
    evidence.save(update_fields=["checks"])


@workflow.action
def claim_evidence(evidence, *, by, note="") -> Evidence:
    """Hand an item in for verification; what another item or project already claims is refused (K2)."""
    evidence = _editable(evidence, by)
    twin = _twin(evidence)
    if twin is not None:
        where = f"“{twin.number}”" if twin.project_id == evidence.project_id else f"其他项目（{twin.project.number}）"
        raise Refused(f"同一成果已在{where}中申报，只计一次。请核对标识，或更换成果。", article="10(1)")
    _record_checks(evidence)
    try:
        with transaction.atomic():
            workflow.move(
                evidence, "claim", by=by, note=note, claimed_by=by, claimed_at=timezone.now(), reason="",
                verified_by=None, verified_at=None,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict("同一成果刚刚在另一条佐证中申报，只计一次。", article="10(1)") from None
    officer = evidence.project.officer
    notify.tell([officer] if officer else User.objects.with_duty("officer"), f"待核实佐证：{evidence.title}")
    return evidence


def _twin(evidence) -> Evidence | None:
    if not evidence.unique_key:
        return None
    rows = Evidence.objects.select_related("project").filter(
        kpi_code=evidence.kpi_code, unique_key=evidence.unique_key, state__in=COUNTED_STATES
    )
    return rows.exclude(pk=evidence.pk).first()


@workflow.action
def withdraw_evidence(evidence, *, by, note="") -> Evidence:
    """Take an item back before it was verified."""
    _open_project(evidence.project, by)
    evidence = workflow.lock(evidence)
    workflow.move(evidence, "withdraw", by=by, note=note)
    return evidence


@workflow.action
def verify_evidence(evidence, *, by, note="") -> Evidence:
    """Accept an item: every automatic check is asked again, a refusal of one stands (K1-K9)."""
    evidence = _judged(evidence, by)
    found = findings_of(evidence)
    if blocks(found):
        raise Refused.from_findings(blocks(found))
    evidence.checks = plain(found)
    evidence.save(update_fields=["checks"])
    workflow.move(evidence, "verify", by=by, note=note, verified_by=by, verified_at=timezone.now(), reason=note[:300])
    _tell_claimant(evidence, "已核实")
    return evidence


@workflow.action
def reject_evidence(evidence, *, by, note="") -> Evidence:
    """Do not accept an item, with the reason; it can be mended and handed in again."""
    evidence = _judged(evidence, by)
    if not note.strip():
        raise Invalid("请填写不予认定的理由。")
    workflow.move(evidence, "reject", by=by, note=note, reason=note.strip()[:300])
    _tell_claimant(evidence, f"不予认定：{note.strip()[:80]}")
    return evidence


def _judged(evidence, by) -> Evidence:
    """Lock project and item; nobody judges what he handed in, or the evidence of a unit of his own (K9)."""
    project = workflow.lock(evidence.project)
    evidence = workflow.lock(evidence)
    if evidence.claimed_by_id == by.pk:
        raise NotAllowed("这条佐证由您提交，须由其他人员核实。")
    units = {project.lead_unit_id, *project.consortium.memberships.values_list("unit_id", flat=True)}
    if units & unit_ids(by):
        raise NotAllowed("您在该联合体单位任职，应当回避，不能核实其佐证。")
    return evidence


def _tell_claimant(evidence, result: str) -> None:
    url = f"/projects/{evidence.project.public_id}/evidence/{evidence.pk}/"
    people = [evidence.claimed_by, *people_of(evidence.project.lead_unit, "drafter")]
    notify.tell(people, f"佐证“{evidence.title}”{result}"[:120], url=url)
