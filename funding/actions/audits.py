"""Writes of audit engagements (17, 18): time-limited grants, questions, the thread, the report."""

from datetime import timedelta

from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from consortia.seats import people_of
from funding.models import AuditEngagement, AuditFinding, AuditMessage, ProjectAudit
from funding.states import AuditState
from portal import access, events, files, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import date_cn
from portal.models import Duty

REPORT_FORMATS = ("pdf",)
ANSWER_FORMATS = ("pdf", "png", "jpg", "jpeg", "xlsx", "docx")
GRANT = "projects.view_project"
MOST_PROJECTS = 200


@workflow.action
def engage_auditor(*, projects, auditor, firm, starts_on, ends_on, by, scope="") -> AuditEngagement:
    """Let an auditor's account read the chosen projects from a day to a day; outside of the days it sees nothing."""
    projects = [workflow.lock(project) for project in sorted(projects, key=lambda row: row.pk)]
    if not projects or not all(access.allowed(by, "funding.engage_auditor", project) for project in projects):
        raise NotAllowed("您的账号不能办理审计委托，或没有选择项目。", article="18")
    _check_engagement(auditor, firm, starts_on, ends_on, projects)
    engagement = AuditEngagement.objects.create(
        auditor=auditor,
        firm=firm.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        scope=scope.strip()[:2000],
        engaged_by=by,
    )
    for project in projects:
        ProjectAudit.objects.create(engagement=engagement, project=project)
        assign_perm(GRANT, auditor, project)
    numbers = [project.number for project in projects]
    after = {"auditor": auditor, "starts_on": starts_on, "ends_on": ends_on, "projects": numbers}
    events.record("audit.engage", "委托审计", engagement, by=by, article="18", after=after)
    body = f"{date_cn(starts_on)}至{date_cn(ends_on)}可以查看 {len(projects)} 个项目的经费。"
    notify.tell([auditor], f"审计委托：{engagement.firm}", body, url="/audits/")
    return engagement


def _check_engagement(auditor, firm, starts_on, ends_on, projects) -> None:
    if auditor.duty != Duty.AUDITOR or not auditor.is_active:
        raise Invalid("请选择有效的第三方审计账号。", article="18")
    if len(projects) > MOST_PROJECTS:
        raise Invalid(f"一次委托最多 {MOST_PROJECTS} 个项目，请分次办理。", article="18")
    if ends_on < starts_on or ends_on < timezone.localdate():
        raise Invalid("委托结束日期须不早于开始日期和今天。")
    if auditor.valid_until and timezone.localtime(auditor.valid_until).date() < ends_on:
        until = date_cn(timezone.localtime(auditor.valid_until).date())
        raise Refused(f"该审计账号有效期至{until}，早于委托结束日期。请先延长账号或缩短委托。", article="18")
    taken = ProjectAudit.objects.filter(
        project__in=projects, state=AuditState.OPEN, engagement__auditor=auditor, engagement__ends_on__gte=starts_on
    )
    if numbers := list(taken.values_list("project__number", flat=True)[:5]):
        raise Conflict(f"该审计人员对{'、'.join(numbers)}已有进行中的委托。", article="18")
    if not 2 <= len(firm.strip()) <= 100:
        raise Invalid("请填写审计机构全称（2 至 100 个字）。")


@workflow.action
def end_engagement(engagement, *, by, note) -> AuditEngagement:
    """End an engagement before its day: the right is gone with the next request."""
    engagement = workflow.lock(engagement)
    if not access.allowed(by, "funding.engage_auditor"):
        raise NotAllowed("您的账号不能办理审计委托。", article="18")
    yesterday = timezone.localdate() - timedelta(days=1)
    if engagement.ends_on <= yesterday:
        raise Conflict("委托已经结束。", article="18")
    if not note.strip():
        raise Invalid("请填写提前结束的原因。")
    days = {"ends_on": yesterday, "starts_on": min(engagement.starts_on, yesterday)}
    AuditEngagement.objects.filter(pk=engagement.pk).update(**days)
    before, after = {"ends_on": engagement.ends_on}, {"ends_on": yesterday}
    engagement.ends_on = yesterday
    events.record(
        "audit.end", "提前结束审计委托", engagement, by=by, note=note, article="18", before=before, after=after
    )
    _take_back(engagement)
    notify.tell([engagement.auditor], "审计委托已提前结束", note, mail=False)
    return engagement


def _take_back(engagement) -> None:
    """Remove grants that no engagement of the auditor needs any more; the predicate looks at the days in any case."""
    needed = ProjectAudit.objects.filter(
        engagement__auditor=engagement.auditor, engagement__ends_on__gte=timezone.localdate()
    ).values_list("project", flat=True)
    for audit in engagement.project_audits.exclude(project__in=needed).select_related("project"):
        remove_perm(GRANT, engagement.auditor, audit.project)


@workflow.action
def refresh_audit_grants(*, by=None) -> int:
    """Take back grants of engagements that ended; run every hour. Returns engagements looked at."""
    rows = list(AuditEngagement.objects.filter(ends_on__lt=timezone.localdate()).select_related("auditor"))
    for engagement in rows:
        _take_back(engagement)
    return len(rows)


@workflow.action
def add_finding(*, audit, text, by, lines=(), kind="question") -> AuditFinding:
    """The auditor asks or finds something, about the project or some of its ledger lines."""
    audit = _own_audit(audit, by)
    if not 4 <= len(text.strip()) <= 2000:
        raise Invalid("请写明问题或发现（4 至 2000 个字）。")
    if kind not in ("question", "finding"):
        raise Invalid("请选择“问题”或“发现”。")
    if any(line.project_id != audit.project_id for line in lines):
        raise Invalid("所选凭证不属于本项目。")
    finding = AuditFinding.objects.create(audit=audit, kind=kind, text=text.strip())
    finding.lines.set(lines)
    after = {"kind": kind, "lines": [line.voucher_no for line in lines]}
    events.record("audit.finding", "提出审计问题", audit, by=by, note=text, article="18", after=after)
    _tell_unit(audit, "审计人员提出问题，请答复", text.strip()[:200])
    return finding


def _own_audit(audit, by) -> ProjectAudit:
    """The audit, locked, when this auditor may work on it now."""
    audit = workflow.lock(audit)
    if not access.allowed(by, "funding.audit_project", audit):
        raise NotAllowed("只有本次委托的审计人员可以在委托期内办理。", article="18")
    if audit.state != AuditState.OPEN:
        raise Conflict("审计报告已提交，不能再增加或修改问题。", article="18")
    return audit


@workflow.action
def ask_again(finding, *, text, by) -> AuditMessage:
    """The auditor goes on asking."""
    _own_audit(finding.audit, by)
    finding = workflow.lock(finding)
    message = _say(finding, "auditor", text, by)
    workflow.move(finding, "ask_again", by=by, note=message.text)
    _tell_unit(finding.audit, "审计人员追问，请答复", message.text[:200])
    return message


@workflow.action
def settle_finding(finding, *, by, text="") -> AuditFinding:
    """The auditor is content, or says what remains in the report; the thread ends."""
    _own_audit(finding.audit, by)
    finding = workflow.lock(finding)
    if text.strip():
        _say(finding, "auditor", text, by)
    workflow.move(finding, "settle", by=by, note=text.strip())
    return finding


@workflow.action
def answer_finding(finding, *, text, by, file=None) -> AuditMessage:
    """The unit answers, perhaps with a file (bytes, name); every answer is kept."""
    audit = workflow.lock(finding.audit)
    finding = workflow.lock(finding)
    if not access.allowed(by, "funding.answer_finding", audit):
        raise NotAllowed("只有牵头单位可以答复审计问题。", article="18")
    if audit.state != AuditState.OPEN:
        raise Conflict("审计报告已提交，不能再答复。", article="18")
    message = _say(finding, "unit", text, by, file)
    workflow.move(finding, "answer", by=by, note=message.text)
    notify.tell([audit.auditor], f"单位已答复：{audit.project.title}", url=f"/audits/{audit.pk}/")
    return message


def _say(finding, side: str, text: str, by, file=None) -> AuditMessage:
    if not 2 <= len(text.strip()) <= 2000:
        raise Invalid("请填写内容（2 至 2000 个字）。")
    stored = files.store(file[0], file[1], by=by, formats=ANSWER_FORMATS) if file else None
    return AuditMessage.objects.create(finding=finding, side=side, text=text.strip(), file=stored, by=by)


@workflow.action
def submit_audit_report(audit, *, report, opinion, by, note="") -> ProjectAudit:
    """Hand in the audit report, `report` as (bytes, name) of a PDF, with the opinion; findings are then final."""
    workflow.lock(audit.project)
    audit = workflow.lock(audit)
    if not opinion.strip():
        raise Invalid("请填写审计意见。")
    stored = files.store(report[0], report[1], by=by, formats=REPORT_FORMATS)
    workflow.move(audit, "report", by=by, note=note, report=stored, opinion=opinion.strip()[:5000])
    url = f"/admin/funding/auditengagement/{audit.engagement_id}/change/"
    notify.tell([audit.engagement.engaged_by], f"审计报告已提交：{audit.project.title}", url=url)
    return audit


def _tell_unit(audit, title: str, body: str) -> None:
    project = audit.project
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=f"/audits/{audit.pk}/")
