"""What a person outside the center must do now, until when: one query per kind of duty, none for roles he lacks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from consortia.models import Membership
from consortia.seats import unit_ids
from funding.models import AuditEngagement, AuditFinding, Clawback, Disbursement
from portal.access import roles_of
from projects.models import Application, Contract, ProgressReport, Project, Rectification
from reviews.models import Assignment

WORKING = frozenset({"drafter", "unitadmin", "leader"})
APPLICATION_STEPS = {
    "draft": ("继续填报申报书", "application", "继续填报"),
    "unit_review": ("审核并提交申报书", "application", "去审核"),
    "supplement": ("按要求补正", "application", "去补正"),
}


@dataclass(frozen=True)
class Todo:
    """One thing to do: what, about which project, until when, and the one button."""

    what: str
    project: str
    until: date | datetime | None
    url: str
    button: str


def todos(user) -> list[Todo]:
    """All duties of the person, the nearest deadline first, those without one last."""
    roles = roles_of(user)
    found: list[Todo] = []
    if roles & WORKING:
        found += [*_applications(user), *_projects(user), *_reports(user), *_rectifications(user)]
        found += [*_clawbacks(user), *_audit_findings(user)]
    if "unitadmin" in roles:
        found += [*_contracts(user), *_receipts(user)]
    if roles & {"member", "unitadmin"}:
        found += _memberships(user)
    if "auditor" in roles:
        found += _audits(user)
    if "expert" in roles:
        found += _assignments(user)
    return sorted(found, key=lambda todo: (todo.until is None, _moment(todo.until)))


def _moment(until) -> float:
    if until is None:
        return 0.0
    if isinstance(until, datetime):
        return until.timestamp()
    return timezone.make_aware(datetime(until.year, until.month, until.day, 23, 59)).timestamp()  # noqa: DTZ001


def _mine(user) -> frozenset[int]:
    return unit_ids(user, "drafter", "unitadmin", "leader")


def _applications(user) -> list[Todo]:
    rows = Application.objects.filter(lead_unit__in=_mine(user), state__in=APPLICATION_STEPS)
    approving = unit_ids(user, "unitadmin")
    found = (_application(user, row, approving) for row in rows.select_related("call", "supplement_request")[:20])
    return [todo for todo in found if todo]


def _application(user, row, approving: frozenset[int]) -> Todo | None:
    """The next step of one application, when it is this person's."""
    supplement = getattr(row, "supplement_request", None)
    until = supplement.due_at if row.state == "supplement" and supplement else row.call.closes_at
    if row.state != "supplement" and until <= timezone.now():
        return None
    what, name, button = APPLICATION_STEPS[row.state]
    if row.leader_id == user.pk and row.state in ("draft", "unit_review") and row.declared_at is None:
        what, name, button = "确认申报材料真实并声明", "application_declare", "去声明"
    elif row.state == "unit_review" and row.lead_unit_id not in approving:
        return None
    return Todo(what, str(row), until, reverse(name, args=[row.public_id]), button)


def _projects(user) -> list[Todo]:
    limit = timezone.localdate() + timedelta(days=60)
    rows = Project.objects.filter(lead_unit__in=_mine(user), state="running", end_on__lte=limit)[:20]
    return [
        Todo("准备并提交验收材料", str(row), row.end_on, reverse("package", args=[row.public_id]), "准备材料")
        for row in rows
    ]


def _contracts(user) -> list[Todo]:
    rows = Contract.objects.filter(state="issued", project__lead_unit__in=unit_ids(user, "unitadmin"))
    return [
        Todo(
            "签署任务合同并上传盖章扫描件",
            str(row.project),
            None,
            reverse("project_contract", args=[row.project.public_id]),
            "去签署",
        )
        for row in rows.select_related("project")[:20]
    ]


def _reports(user) -> list[Todo]:
    soon = timezone.localdate() + timedelta(days=30)
    rows = ProgressReport.objects.filter(project__lead_unit__in=_mine(user), state__in=["due", "returned"])
    rows = rows.filter(due_on__lte=soon, project__state__in=["running", "suspended"]).select_related("project")[:20]
    return [
        Todo(
            "补充进展报告" if row.state == "returned" else "提交进展报告",
            f"{row.project}：{row.title}",
            row.due_on,
            reverse("report", args=[row.project.public_id, row.pk]),
            "去填写",
        )
        for row in rows
    ]


def _rectifications(user) -> list[Todo]:
    rows = Rectification.objects.filter(project__lead_unit__in=_mine(user), state="ordered").select_related("project")
    return [
        Todo(
            "完成整改并提交报告",
            str(row.project),
            row.due_on,
            reverse("rectification", args=[row.project.public_id, row.pk]),
            "去回复",
        )
        for row in rows[:20]
    ]


def _clawbacks(user) -> list[Todo]:
    rows = Clawback.objects.filter(project__lead_unit__in=_mine(user), state__in=["notified", "decided"])
    rows = rows.exclude(state="notified", reply_due_on__lt=timezone.localdate()).exclude(state="notified", reply__gt="")
    return [
        Todo(
            "陈述意见" if row.state == "notified" else "按决定缴回经费",
            f"{row.project}：{row}",
            row.reply_due_on if row.state == "notified" else row.repay_due_on,
            reverse("clawback", args=[row.project.public_id, row.pk]),
            "去陈述" if row.state == "notified" else "去查看",
        )
        for row in rows.select_related("project")[:20]
    ]


def _receipts(user) -> list[Todo]:
    rows = Disbursement.objects.filter(project__lead_unit__in=unit_ids(user, "unitadmin"), state="paid")
    return [
        Todo(
            f"确认第 {row.number} 期经费到账",
            str(row.project),
            None,
            reverse("disbursements", args=[row.project.public_id]),
            "去确认",
        )
        for row in rows.select_related("project")[:20]
    ]


def _audits(user) -> list[Todo]:
    rows = AuditEngagement.objects.visible_to(user).filter(state="open").select_related("project")[:20]
    return [
        Todo("完成审计并提交报告", str(row.project), row.ends_on, reverse("audit", args=[row.pk]), "去审计")
        for row in rows
    ]


def _audit_findings(user) -> list[Todo]:
    rows = AuditFinding.objects.filter(engagement__project__lead_unit__in=_mine(user), engagement__state="open")
    counts: dict = {}
    for row in rows.filter(answer="").select_related("engagement__project")[:200]:
        counts[row.engagement] = counts.get(row.engagement, 0) + 1
    return [
        Todo(
            f"答复审计提出的 {n} 个问题",
            str(audit.project),
            audit.ends_on,
            reverse("audit", args=[audit.pk]),
            "去答复",
        )
        for audit, n in counts.items()
    ]


def _memberships(user) -> list[Todo]:
    rows = Membership.objects.filter(
        unit__in=unit_ids(user, "member", "unitadmin"), role="member", left_on__isnull=True, confirmed_at__isnull=True
    )
    return [
        Todo("确认加入联合体", str(row.consortium), None, reverse("membership_confirm", args=[row.pk]), "去确认")
        for row in rows.select_related("consortium")[:20]
    ]


def _assignments(user) -> list[Todo]:
    rows = Assignment.objects.visible_to(user).filter(state__in=["assigned", "accepted"], item__round__state="open")
    counts: dict = {}
    for row in rows.select_related("item__round")[:200]:
        counts.setdefault(row.item.round, []).append(row)
    return [
        Todo(f"评审 {len(seats)} 个项目", round_.title, round_.closes_at, reverse("review_desk"), "去评审")
        for round_, seats in counts.items()
    ]
