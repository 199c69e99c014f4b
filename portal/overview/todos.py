"""What a person outside the center must do now, until when: a fixed number of queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from consortia.models import Membership, Seat
from consortia.seats import unit_ids
from funding.models import AuditFinding, Clawback, Disbursement, ProjectAudit, SurplusReturn
from portal.access import roles_of
from portal.bundle import Bundle, Question
from projects.models import Application, Contract, ProgressReport, Project, Rectification
from reviews.models import Assignment

WORKING = frozenset({"drafter", "unitadmin", "leader"})
SHOWN = 20
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
        found += _applications(user)
    if roles & (WORKING | {"member"}):
        found += _unit_duties(user, roles)
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


def _applications(user) -> list[Todo]:
    rows = Application.objects.filter(lead_unit__in=unit_ids(user, *WORKING), state__in=APPLICATION_STEPS)
    approving = unit_ids(user, "unitadmin")
    found = (_application(user, row, approving) for row in rows.select_related("call", "supplement_request")[:SHOWN])
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


def _unit_duties(user, roles: frozenset[str]) -> list[Todo]:
    """Everything but applications that waits for the person's units, in one query."""
    today = timezone.localdate()
    soon, later = today + timedelta(days=30), today + timedelta(days=60)
    answer = _DUTIES.ask(user=user.pk, today=today, soon=soon, later=later)
    found: list[Todo] = []
    if roles & WORKING:
        found += [_acceptance(row) for row in answer["projects"]] + [_report(row) for row in answer["reports"]]
        found += [_rectification(row) for row in answer["rectifications"]]
        found += [_clawback(row) for row in answer["clawbacks"]] + _audit_findings(answer["audit_findings"])
        found += [_return(row) for row in answer["surplus"]]
    if "unitadmin" in roles:
        found += [_contract(row) for row in answer["contracts"]] + [_receipt(row) for row in answer["receipts"]]
    if roles & {"member", "unitadmin"}:
        found += [_membership(row) for row in answer["memberships"]]
    return found


def _units(user: int, *roles: str):
    """Units where the person sits in one of the roles, as a subquery."""
    return Seat.objects.filter(user=user, role__in=roles, ended_at__isnull=True, unit__state="approved").values("unit")


def _mine(user: int):
    return _units(user, *WORKING)


def _ending(user: int, later: date):
    return Project.objects.filter(lead_unit__in=_mine(user), state="running", end_on__lte=later)[:SHOWN]


def _unsigned(user: int):
    return Contract.objects.filter(state="issued", project__lead_unit__in=_units(user, "unitadmin"))[:SHOWN]


def _due_reports(user: int, soon: date):
    rows = ProgressReport.objects.filter(project__lead_unit__in=_mine(user), state__in=["due", "returned"])
    return rows.filter(due_on__lte=soon, project__state__in=["running", "suspended"])[:SHOWN]


def _ordered(user: int):
    return Rectification.objects.filter(project__lead_unit__in=_mine(user), state="ordered")[:SHOWN]


def _open_clawbacks(user: int, today: date):
    rows = Clawback.objects.filter(project__lead_unit__in=_mine(user), state__in=["notified", "decided"])
    return rows.exclude(state="notified", reply_due_on__lt=today).exclude(state="notified", reply__gt="")[:SHOWN]


def _paid(user: int):
    return Disbursement.objects.filter(project__lead_unit__in=_units(user, "unitadmin"), state="paid")[:SHOWN]


def _surplus(user: int):
    return SurplusReturn.objects.filter(project__lead_unit__in=_mine(user), state="ordered")[:SHOWN]


def _unanswered(user: int):
    rows = AuditFinding.objects.filter(audit__project__lead_unit__in=_mine(user), audit__state="open")
    return rows.filter(state="asked").order_by("audit", "pk")[:200]


def _unconfirmed(user: int):
    rows = Membership.objects.filter(role="member", left_on__isnull=True, confirmed_at__isnull=True)
    return rows.filter(unit__in=_units(user, "member", "unitadmin"))[:SHOWN]


_PROJECT = ("project__public_id", "project__number", "project__title")
_DUTIES = Bundle(
    {"user": int, "today": date, "soon": date, "later": date},
    {
        "projects": Question(_ending, ("public_id", "number", "title", "end_on")),
        "contracts": Question(_unsigned, _PROJECT),
        "reports": Question(_due_reports, ("pk", "title", "state", "due_on", *_PROJECT)),
        "rectifications": Question(_ordered, ("pk", "due_on", *_PROJECT)),
        "clawbacks": Question(_open_clawbacks, ("pk", "number", "state", "reply_due_on", "repay_due_on", *_PROJECT)),
        "surplus": Question(_surplus, ("due_on", *_PROJECT)),
        "receipts": Question(_paid, ("number", *_PROJECT)),
        "audit_findings": Question(
            _unanswered,
            ("audit_id", "audit__engagement__ends_on", "audit__project__number", "audit__project__title"),
        ),
        "memberships": Question(_unconfirmed, ("pk", "consortium__name")),
    },
)


def _name(row: dict, prefix: str = "project__") -> str:
    return f"{row[prefix + 'number']} {row[prefix + 'title']}"


def _url(name: str, row: dict, *args, prefix: str = "project__") -> str:
    return reverse(name, args=[UUID(row[f"{prefix}public_id"]), *args])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _acceptance(row: dict) -> Todo:
    url = _url("package", row, prefix="")
    return Todo("准备并提交验收材料", _name(row, ""), _day(row["end_on"]), url, "准备材料")


def _contract(row: dict) -> Todo:
    return Todo("签署任务合同并上传盖章扫描件", _name(row), None, _url("project_contract", row), "去签署")


def _report(row: dict) -> Todo:
    what = "补充进展报告" if row["state"] == "returned" else "提交进展报告"
    url = _url("report", row, row["pk"])
    return Todo(what, f"{_name(row)}：{row['title']}", _day(row["due_on"]), url, "去填写")


def _rectification(row: dict) -> Todo:
    url = _url("rectification", row, row["pk"])
    return Todo("完成整改并提交报告", _name(row), _day(row["due_on"]), url, "去回复")


def _clawback(row: dict) -> Todo:
    notified = row["state"] == "notified"
    what, button = ("陈述意见", "去陈述") if notified else ("按决定缴回经费", "去查看")
    until = row["reply_due_on"] if notified else row["repay_due_on"]
    return Todo(what, f"{_name(row)}：追回案 {row['number']}", _day(until), _url("clawback", row, row["pk"]), button)


def _receipt(row: dict) -> Todo:
    return Todo(f"确认第 {row['number']} 期经费到账", _name(row), None, _url("disbursements", row), "去确认")


def _return(row: dict) -> Todo:
    return Todo("退回专项经费结余", _name(row), _day(row["due_on"]), _url("budget", row), "去查看")


def _membership(row: dict) -> Todo:
    url = reverse("membership_confirm", args=[row["pk"]])
    return Todo("确认加入联合体", row["consortium__name"], None, url, "去确认")


def _audit_findings(rows: list[dict]) -> list[Todo]:
    """One duty an audit, with the number of its questions."""
    audits = {row["audit_id"]: row for row in rows}
    counts = Counter(row["audit_id"] for row in rows)
    return [
        Todo(
            f"答复审计提出的 {counts[pk]} 个问题",
            _name(row, "audit__project__"),
            _day(row["audit__engagement__ends_on"]),
            reverse("audit", args=[pk]),
            "去答复",
        )
        for pk, row in audits.items()
    ]


def _audits(user) -> list[Todo]:
    rows = ProjectAudit.objects.visible_to(user).filter(state="open").select_related("project", "engagement")[:20]
    return [
        Todo("完成审计并提交报告", str(row.project), row.ends_on, reverse("audit", args=[row.pk]), "去审计")
        for row in rows
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
