"""Applications one step before the deadline: complete, declared, with their unit's admin; and drafts beside them."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone

from consortia.models import Consortium, Seat
from portal.editions import edition
from portal.models import User
from portal.overview.demo import paper
from projects.actions import applications, calls
from projects.models import Application, Call

TEXT = "围绕区域产业需求组织成员单位开展协同攻关和成果对接，每月调度，按季评估，形成可以核对的工作安排和台账。" * 8
ROLES = ("drafter", "leader", "unitadmin")


def make_rush(count: int) -> list[dict]:
    """A call that closes in an hour and `count` units with one application ready to submit and one in draft."""
    call = _call()
    consortia = Consortium.objects.annotate(n=Count("qualifications")).filter(
        lead_unit__state="approved", qualifications__status="valid", n=1
    )
    return [_unit(call, consortium) for consortium in consortia.order_by("pk")[:count]]


def _call() -> Call:
    now, today = timezone.now(), timezone.localdate()
    officer, _ = User.objects.get_or_create(username="rush-officer", defaults={"name": "测量", "duty": "officer"})
    call = calls.save_call(
        by=officer,
        year=today.year,
        title=f"截止前一小时的测量 {now:%Y%m%d%H%M%S}"[:60],
        notice_text="测量用的申报通知。",
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(hours=1),
        fixed_grant=Decimal("300000.00"),
        number_of_grants=10,
        execution_start=today + timedelta(days=40),
        execution_end=today + timedelta(days=300),
        contact="测量",
    )
    calls.publish_call(call, by=officer)
    return call


def _unit(call: Call, consortium: Consortium) -> dict:
    people = {role: _person(role, consortium.lead_unit) for role in ROLES}
    ready = _application(call, consortium, people, "待提交的申报")
    _fill(ready, people)
    applications.declare(ready, by=people["leader"])
    applications.send_to_unit(ready, by=people["drafter"])
    draft = _application(call, consortium, people, "填写中的申报")
    return {"people": people, "ready": str(ready.public_id), "draft": str(draft.public_id)}


def _person(role: str, unit) -> User:
    user, _ = User.objects.get_or_create(username=f"rush-{role}-{unit.pk}", defaults={"name": "测量"})
    Seat.objects.get_or_create(user=user, unit=unit, role=role)
    return user


def _application(call, consortium, people, title) -> Application:
    return applications.start_application(call=call, consortium=consortium, title=title, by=people["drafter"])


def _fill(application: Application, people: dict) -> None:
    """Every part as the rules want it."""
    by, call = people["drafter"], application.call
    year = edition(call.edition)
    cover = {"field": year.fields[0].name, "district": year.districts[0].name, "leader": people["leader"]}
    cover |= {"supervisor_name": "孙监督", "supervisor_phone": "010-60000000", "digital_undertaking": True}
    applications.save_cover(application, data=cover, revision=0, by=by)
    for section in year.sections:
        applications.save_section(application, code=section.code, data={"text": TEXT}, revision=0, by=by)
    applications.save_kpis(application, rows=[_kpi(kpi, year) for kpi in year.kpis], revision=0, by=by)
    applications.save_budget(application, sources=[], lines=[_line(call)], revision=0, by=by)
    stage = {"name": "全周期", "goal": "完成全部任务", "deliverable": "工作总结"}
    stage |= {"start_on": call.execution_start, "end_on": call.execution_end}
    applications.save_stages(application, rows=[stage], revision=0, by=by)
    person = {"name": "李研究", "unit_name": application.lead_unit.name, "title": "", "task": "总体"}
    applications.save_team(application, rows=[person | {"months": Decimal(6)}], revision=0, by=by)
    for kind in call.attachment_kinds.filter(required=True):
        data = paper.pdf(kind.name, ())
        applications.add_attachment(
            application, kind=kind, data=data, name=f"{kind.name}.pdf", by=by, signed=True, sealed=True
        )


def _kpi(kpi, year) -> dict:
    row = {"code": kpi.code, "target": kpi.floor, "map_kind": "", "attendance": None, "partner_kind": ""}
    if kpi.kind == "map":
        row["map_kind"] = kpi.options[0].code
    if kpi.kind == "event":
        partner = year.targets.event_partner_kinds[0].code
        row |= {"attendance": year.targets.event_min_attendance, "partner_kind": partner}
    return row


def _line(call: Call) -> dict:
    line = {"category": "meeting_fee", "direction": "academic_exchange", "item": "产业创新活动场地与会务"}
    line |= {"source": "grant", "unit_price": call.fixed_grant, "quantity": Decimal(1), "times": Decimal(1)}
    return line | {"basis": "产业创新活动一场"}
