"""Who has to do what next with an application, where a person left off, and the list of a unit's applications."""

from dataclasses import dataclass

from django.db.models import Q

from consortia.seats import people_of
from portal.measures.findings import blocks
from portal.measures.workdays import datetime_cn
from projects.models import Application
from projects.queries.application_tasks import ATTACHMENTS, DECLARATION_LABEL
from projects.queries.applications import DONE, Light, is_declared
from projects.queries.decisions import with_shown_state

WORKING = ("draft", "unit_review", "supplement")
PAST, PRESENT, FUTURE = "已办", "现在", "待办"


@dataclass(frozen=True)
class Step:
    """One step before an application is handed in: what, by whom, and whether it is done, due now or to come."""

    label: str
    who: str
    state: str
    hint: str = ""

    @property
    def tone(self) -> str:
        """Colour and shape of the state's badge."""
        return {PAST: "ok", PRESENT: "info", FUTURE: "quiet"}[self.state]


@dataclass(frozen=True)
class Progress:
    """Parts that are complete, of those that are asked for or begun."""

    done: int
    total: int


def progress(lights: tuple[Light, ...]) -> Progress:
    """How many parts are complete."""
    counted = [light for light in lights if not light.optional]
    return Progress(sum(light.status == DONE for light in counted), len(counted))


def resume_at(application, lights: tuple[Light, ...], user, places=None) -> Light | None:
    """The part to go on with: the one the person saved last if it is unfinished, else the first unfinished one.

    `places` are the codes that may be edited during 补正; None when all may.
    """
    open_lights = [
        light
        for light in lights
        if light.status != DONE and not light.optional and (places is None or light.code in places)
    ]
    saved = [(row.updated_at, row.code) for row in application.sections.all() if row.updated_by_id == user.pk]
    saved += [(row.added_at, ATTACHMENTS) for row in application.attachments.all() if row.added_by_id == user.pk]
    last = max(saved)[1] if saved else ""
    return next((light for light in open_lights if light.code == last), open_lights[0] if open_lights else None)


def steps(application, remarks) -> tuple[Step, ...]:
    """The way to handing in, with the one step that is due now; () once it was handed in."""
    if application.state not in WORKING:
        return ()
    filled = not blocks([row for row in remarks if row.place])
    declared = is_declared(application)
    leader = application.leader.name if application.leader else "尚未指定"
    again = "内容已改动，须重新声明" if application.declared_at and not declared else ""
    admins = "、".join(sorted(person.name for person in people_of(application.lead_unit, "unitadmin"))) or "尚无"
    supplement = application.state == "supplement"
    rows = [
        ("修改补正通知列明的部分" if supplement else "填写各部分", "填报人", filled, ""),
        ("用本人账号声明材料真实", f"项目负责人（{leader}）", declared, again),
        ("送单位审核", "填报人", application.state == "unit_review", "送审后不能修改，可由单位管理员退回"),
        ("提交补正" if supplement else "核对并提交申报", f"单位管理员（{admins}）", False, ""),
    ]
    rows = [row for row in rows if not (supplement and row[0] == "送单位审核")]
    due = next((place for place, row in enumerate(rows) if not row[2]), len(rows) - 1)
    return tuple(
        Step(label, who, PAST if done else PRESENT if place == due else FUTURE, hint)
        for place, (label, who, done, hint) in enumerate(rows)
    )


def obstacles(remarks) -> list:
    """What stands in the way besides the parts and the declaration: the call's window, the unit, the consortium."""
    return [row for row in remarks if not row.place and row.subject != DECLARATION_LABEL]


_WAITING = {
    "submitted": "等待管理单位形式审查",
    "eligible": "等待专家评审",
    "under_review": "等待专家评审",
    "scored": "等待评审结果",
    "proposed": "等待公示",
    "reserve": "等待递补",
    "in_notice": "等待公示期满",
    "objection_hold": "等待异议核查",
    "approved": "到“项目”签订任务合同",
}


LISTED = (
    "public_id", "number", "title", "state", "declared_at", "updated_at", "call__title", "lead_unit__name",
    "leader__name", "supplement_request__due_at",
)  # fmt: skip


def next_duty(application, shown: str) -> str:
    """The next duty in a few words, from the row and the state `shown` to the person, for lists."""
    if application.state == "draft":
        return "填报人送单位审核" if application.declared_at else "填报人填写，负责人声明后送审"
    if application.state == "unit_review":
        return "单位管理员核对并提交" if application.declared_at else "项目负责人声明，再由单位管理员提交"
    if application.state == "supplement":
        return f"填报人补正，截止{datetime_cn(application.supplement_request.due_at)}"
    if application.state == "withdrawn":
        return "截止前可由单位管理员恢复为草稿"
    return _WAITING.get(shown, "无")


def listed(user, *, call=None, state: str = "", q: str = ""):
    """The applications that a person may see, newest first, filtered by call, state and words of title or number."""
    rows = Application.objects.visible_to(user).select_related("call", "lead_unit", "leader", "supplement_request")
    # Only what a row shows: a call alone carries its notice and two score schemes.
    rows = with_shown_state(rows.only(*LISTED), user)
    if call is not None:
        rows = rows.filter(call=call)
    if state:
        rows = rows.filter(shown_state=state)
    if q:
        rows = rows.filter(Q(title__icontains=q) | Q(number__icontains=q))
    return rows.order_by("-id")


def copyable(user, units):
    """Earlier applications of the units where the person drafts, newest first."""
    return Application.objects.visible_to(user).filter(lead_unit__in=units).select_related("call").order_by("-id")
