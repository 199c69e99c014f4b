"""Writes of audit engagements (17, 18): time-limited grants, findings, answers, the report."""

from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from consortia.seats import people_of
from funding.models import AuditEngagement, AuditFinding
from funding.states import AuditState
from portal import access, events, files, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import date_cn
from portal.models import Duty

REPORT_FORMATS = ("pdf",)
GRANT = "projects.view_project"


@workflow.action
def engage_auditor(*, project, auditor, firm, starts_on, ends_on, by) -> AuditEngagement:
    """Let an auditor's account read one project from a day to a day; the grant itself follows the days."""
    project = workflow.lock(project)
    if not access.allowed(by, "funding.engage_auditor", project):
        raise NotAllowed("您的账号不能办理审计委托。", article="18")
    if auditor.duty != Duty.AUDITOR or not auditor.is_active:
        raise Invalid("请选择有效的第三方审计账号。", article="18")
    if ends_on < starts_on or ends_on < timezone.localdate():
        raise Invalid("委托结束日期须不早于开始日期和今天。")
    if auditor.valid_until and timezone.localtime(auditor.valid_until).date() < ends_on:
        until = date_cn(timezone.localtime(auditor.valid_until).date())
        raise Refused(f"该审计账号有效期至{until}，早于委托结束日期。请先延长账号或缩短委托。", article="18")
    if project.audits.filter(auditor=auditor, state=AuditState.OPEN, ends_on__gte=starts_on).exists():
        raise Conflict("该审计人员对本项目已有进行中的委托。", article="18")
    if not 2 <= len(firm.strip()) <= 100:
        raise Invalid("请填写审计机构全称（2 至 100 个字）。")
    engagement = AuditEngagement.objects.create(
        project=project, auditor=auditor, firm=firm.strip(), starts_on=starts_on, ends_on=ends_on, engaged_by=by
    )
    _grant(engagement)
    events.record(
        "audit.engage", "委托审计", engagement, by=by, article="18", after={"auditor": auditor, "ends_on": ends_on}
    )
    body = f"{date_cn(starts_on)}至{date_cn(ends_on)}可以查看项目经费。"
    notify.tell([auditor], f"审计委托：{project.title}", body, url=f"/audits/{engagement.pk}/")
    return engagement


def _grant(engagement) -> None:
    """Give or take the reading right as of today; another engagement may still need it."""
    today = timezone.localdate()
    project, auditor = engagement.project, engagement.auditor
    current = project.audits.filter(auditor=auditor, starts_on__lte=today, ends_on__gte=today).exists()
    (assign_perm if current else remove_perm)(GRANT, auditor, project)


@workflow.action
def refresh_audit_grants(*, by=None) -> int:
    """Give grants that begin today and take those that ended; run every hour. Returns engagements looked at."""
    rows = list(AuditEngagement.objects.select_related("project", "auditor"))
    for engagement in rows:
        _grant(engagement)
    return len(rows)


@workflow.action
def add_finding(*, engagement, text, by, line=None) -> AuditFinding:
    """The auditor asks or finds something, about the project or one ledger line of it."""
    engagement = workflow.lock(engagement)
    if not access.allowed(by, "funding.audit_project", engagement):
        raise NotAllowed("只有本次委托的审计人员可以在委托期内提出问题。", article="18")
    if engagement.state != AuditState.OPEN:
        raise Conflict("审计报告已提交，不能再增加问题。", article="18")
    if not 4 <= len(text.strip()) <= 2000:
        raise Invalid("请写明问题或发现（4 至 2000 个字）。")
    if line is not None and line.project_id != engagement.project_id:
        raise Invalid("所选凭证不属于本项目。")
    finding = AuditFinding.objects.create(engagement=engagement, line=line, text=text.strip())
    events.record("audit.finding", "提出审计问题", engagement, by=by, note=text, article="18")
    _tell_unit(engagement, "审计人员提出问题，请答复", text.strip()[:200])
    return finding


@workflow.action
def answer_finding(finding, *, text, by) -> AuditFinding:
    """The unit answers; until the report is handed in the answer may be replaced."""
    engagement = workflow.lock(finding.engagement)
    finding = workflow.lock(finding)
    if not access.allowed(by, "funding.answer_finding", engagement):
        raise NotAllowed("只有牵头单位可以答复审计问题。", article="18")
    if engagement.state != AuditState.OPEN:
        raise Conflict("审计报告已提交，不能再答复。", article="18")
    if not 2 <= len(text.strip()) <= 2000:
        raise Invalid("请填写答复（2 至 2000 个字）。")
    AuditFinding.objects.filter(pk=finding.pk).update(answer=text.strip(), answered_by=by)
    finding.answer, finding.answered_by = text.strip(), by
    events.record("audit.answer", "答复审计问题", engagement, by=by, note=text, article="18")
    notify.tell([engagement.auditor], f"单位已答复：{engagement.project.title}", url=f"/audits/{engagement.pk}/")
    return finding


@workflow.action
def submit_audit_report(engagement, *, report, opinion, by, note="") -> AuditEngagement:
    """Hand in the audit report, `report` as (bytes, name) of a PDF, with the opinion; findings are then final."""
    workflow.lock(engagement.project)
    engagement = workflow.lock(engagement)
    if not opinion.strip():
        raise Invalid("请填写审计意见。")
    stored = files.store(report[0], report[1], by=by, formats=REPORT_FORMATS)
    workflow.move(engagement, "report", by=by, note=note, report=stored, opinion=opinion.strip()[:5000])
    url = f"/admin/funding/auditengagement/{engagement.pk}/change/"
    notify.tell([engagement.engaged_by], f"审计报告已提交：{engagement.project.title}", url=url)
    return engagement


def _tell_unit(engagement, title: str, body: str) -> None:
    project = engagement.project
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=f"/audits/{engagement.pk}/")
