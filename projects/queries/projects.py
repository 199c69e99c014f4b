"""Nouns of running projects: lists, next duties, risk flags, the log of a project."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from portal import access
from portal.measures.workdays import date_cn
from portal.models import Event
from projects.models import Project
from projects.queries.contracts import current_contract
from projects.states import ContractState, EvidenceState, ProjectState, RectificationState, ReportState

SOON = timedelta(days=60)
LIVE = (ProjectState.RUNNING, ProjectState.SUSPENDED, ProjectState.RECTIFYING)


def listed(user, *, q: str = "", state: str = ""):
    """Projects that the person may see, filtered by text and state."""
    rows = Project.objects.visible_to(user).select_related("lead_unit", "leader", "call")
    if q:
        rows = rows.filter(Q(number__icontains=q) | Q(title__icontains=q) | Q(lead_unit__name__icontains=q))
    return rows.filter(state=state) if state else rows


def recent_log(project, limit: int = 15):
    """Newest events of the project and its contracts; refused attempts are for the log's own readers."""
    contracts = [str(pk) for pk in project.contracts.values_list("pk", flat=True)]
    own = Q(target_type="projects.project", target_id=str(project.pk))
    rows = Event.objects.filter(own | Q(target_type="projects.contract", target_id__in=contracts), outcome="ok")
    return rows.order_by("-id")[:limit]


def duties(project, user) -> list[dict]:
    """What this person has to do next for the project: {what, until, url, button}, soonest first."""
    found = [*_contract_duties(project, user), *_report_duties(project, user)]
    found += [*_rectification_duties(project, user), *_final_duties(project, user)]
    return sorted(found, key=lambda duty: (duty["until"] is None, duty["until"] or timezone.localdate()))


def _duty(project, what: str, name: str, button: str, until=None, *more) -> dict:
    return {
        "what": what,
        "project": project.title,
        "until": until,
        "url": reverse(name, args=[project.public_id, *more]),
        "button": button,
    }


def _contract_duties(project, user):
    contract = current_contract(project)
    if contract and contract.state == ContractState.ISSUED and access.allowed(user, "projects.sign_contract", contract):
        yield _duty(project, "签署任务合同并上传盖章扫描件", "contract_sign", "上传扫描件")


def _report_duties(project, user):
    if not access.allowed(user, "projects.write_report", project) or project.state not in LIVE:
        return
    rows = project.reports.filter(state__in=[ReportState.DUE, ReportState.RETURNED])
    for report in rows.filter(due_on__lte=timezone.localdate() + SOON).order_by("due_on")[:3]:
        verb = "补充" if report.state == ReportState.RETURNED else "提交"
        yield _duty(project, f"{verb}{report.title}", "report", "填写报告", report.due_on, report.pk)


def _rectification_duties(project, user):
    if not access.allowed(user, "projects.reply_rectification", project):
        return
    for row in project.rectifications.filter(state=RectificationState.ORDERED):
        yield _duty(project, "提交整改报告", "rectification", "填写整改报告", row.due_on, row.pk)


def _final_duties(project, user):
    near = project.end_on - timezone.localdate() <= SOON
    if project.state == ProjectState.RUNNING and near and access.allowed(user, "projects.submit_package", project):
        yield _duty(project, "准备并提交验收材料", "package", "编制验收材料", project.end_on)


def risks(project, bars: list[dict]) -> list[dict]:
    """Flags as findings for components/finding_list.html: {severity, article, message, fix, url}."""
    today, found = timezone.localdate(), []
    overdue = project.reports.filter(state__in=[ReportState.DUE, ReportState.RETURNED], due_on__lt=today)
    found += [
        _risk("6(4)", f"{row.title}应于{date_cn(row.due_on)}前提交，已逾期。", "请尽快提交。") for row in overdue[:3]
    ]
    behind = [bar for bar in bars if not bar["met"]]
    left = (project.end_on - today).days
    if project.state in LIVE and behind and left <= SOON.days:
        names = "、".join(bar["label"] for bar in behind)
        when = f"距执行期满还有 {left} 天" if left >= 0 else "执行期已满"
        found.append(_risk("10(1)", f"{when}，{names}尚未达到目标。", "请补充佐证并提交核实。"))
    rejected = project.evidence.filter(state=EvidenceState.REJECTED).count()
    if rejected:
        found.append(_risk("10(1)", f"有 {rejected} 条佐证未获认定。", "请按核实意见补正后重新提交。"))
    return found


def _risk(article: str, message: str, fix: str) -> dict:
    return {"severity": "WARN", "article": article, "message": message, "fix": fix}


def membership_rows(project, user) -> list[dict]:
    """Members with their part (9): name, role, task, confirmed_at, and whether this person may confirm."""
    rows = project.consortium.memberships.filter(left_on__isnull=True).select_related("unit", "confirmed_by")
    rows = rows.order_by("role", "joined_on", "pk")  # "lead" before "member"
    return [
        {
            "pk": row.pk,
            "name": row.unit.name,
            "role": row.get_role_display(),
            "is_lead": row.role == "lead",
            "task": row.task,
            "confirmed_at": row.confirmed_at,
            "confirmed_by": row.confirmed_by,
            "may_confirm": row.confirmed_at is None and access.allowed(user, "consortia.confirm_membership", row),
        }
        for row in rows
    ]
