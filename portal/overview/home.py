"""The role home: what must I do now, how do my projects stand, what happened last."""

from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.urls import reverse

from funding.models import Disbursement, LedgerLine
from portal.access import roles_of
from portal.measures.rmb import format_money
from portal.models import Event
from portal.overview.todos import todos
from projects.models import Evidence, Project
from projects.queries.calls import upcoming_steps

SHOWN_PROJECTS = 5
LIVE = ("contracting", "running", "suspended", "final_submitted", "evaluating", "rectifying")
# Where the project waits for others, so that an empty list of duties does not look like an oversight.
NOTES = {
    "contracting": "等待签订任务合同；合同生效后进入执行期。",
    "final_submitted": "验收材料已提交，等待中心组织验收评价。",
    "evaluating": "专家正在进行验收评价，结论作出后会通知您。",
}
# Whom the dates of the calls concern.
UNIT_ROLES_SHOWN = frozenset({"drafter", "unitadmin", "leader", "supervisor"})
ROLE_WORDS = {
    "drafter": "填报人",
    "unitadmin": "单位管理员",
    "leader": "项目负责人",
    "supervisor": "监督专员",
    "member": "成员单位人员",
    "expert": "评审专家",
    "auditor": "第三方审计",
}


def context(user) -> dict:
    """`role`, `todos`, `progress`, `steps`, `events` of the home page; no query more for more rows."""
    roles = roles_of(user)
    words = [word for role, word in ROLE_WORDS.items() if role in roles]
    has_projects = bool(roles - {"expert"})
    projects = list(_projects(user)) if has_projects else []
    return {
        "role": "、".join(words) or "尚未分配角色",
        "todos": todos(user),
        "progress": _progress(projects),
        "progress_title": "我的项目" if has_projects else "进展",
        "progress_empty": "执行中的项目，指标和经费的进展会列在这里；已验收的项目见“项目”。"
        if has_projects
        else "评审任务在“评审工作台”中办理。",
        "events": Event.objects.filter(actor=user, outcome="ok")[:8],
        "steps": upcoming_steps() if roles & UNIT_ROLES_SHOWN else [],
        "todo_empty": "" if words else "您的账号还没有角色。请联系本单位管理员邀请您，或联系管理单位。",
    }


def _projects(user):
    rows = Project.objects.visible_to(user).filter(state__in=LIVE).select_related("application")
    return rows.order_by("end_on", "pk").prefetch_related("application__kpi_targets")[:SHOWN_PROJECTS]


def _progress(projects: list[Project]) -> list[dict]:
    if not projects:
        return []
    counted = _evidence(projects)
    paid = _sums(Disbursement.objects.filter(project__in=projects, state__in=["paid", "received"]))
    spent = _sums(LedgerLine.objects.filter(project__in=projects, source="grant"))
    return [_card(project, counted, paid, spent) for project in projects]


def _evidence(projects) -> dict:
    counts = {
        "verified": Sum("counted", filter=Q(state="verified")),
        "claimed": Sum("counted", filter=Q(state__in=["claimed", "verified"])),
        "n": Count("pk"),
    }
    rows = Evidence.objects.filter(project__in=projects).values("project", "kpi_code").annotate(**counts).order_by()
    return {(row["project"], row["kpi_code"]): row for row in rows}


def _sums(rows) -> dict[int, Decimal]:
    return dict(rows.order_by().values_list("project").annotate(total=Sum("amount")))


def _card(project: Project, counted: dict, paid: dict, spent: dict) -> dict:
    zero = Decimal(0)
    used, money = spent.get(project.pk, zero), paid.get(project.pk, zero)
    return {
        "title": project.title,
        "number": project.number,
        "url": reverse("project_detail", args=[project.public_id]),
        "obj": project,
        "until": project.end_on,
        "until_done": project.past_running,
        "note": NOTES.get(project.state, ""),
        "kpis": [
            _kpi(target, counted.get((project.pk, target.code), {})) for target in project.application.kpi_targets.all()
        ],
        "amount": money,
        "spent": used,
        "money_text": f"已支出 {format_money(used)}，已拨付 {format_money(money)}",
    }


def _kpi(target, row: dict) -> dict:
    return {
        "label": target.name,
        "unit": target.unit,
        "floor": target.floor,
        "target": target.target,
        "verified": row.get("verified") or 0,
        "claimed": row.get("claimed") or 0,
    }
