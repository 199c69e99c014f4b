"""Applications one step before the deadline: complete, declared, with their unit's admin."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from consortia.models import Consortium, Membership, Qualification, Seat, Unit
from portal.editions import codes, edition
from portal.measures.credit_code import make_credit_code
from portal.models import User
from portal.overview.demo import paper
from projects.actions import applications, calls
from projects.models import (
    Application,
    ApplicationSection,
    Attachment,
    BudgetLine,
    Call,
    KpiTarget,
    Stage,
    TeamMember,
)

TEXT = "围绕区域产业需求组织成员单位开展协同攻关和成果对接，每月调度，按季评估，形成可以核对的工作安排和台账。" * 8
ROLES = ("drafter", "leader", "unitadmin")


def make_rush(count: int) -> list[dict]:
    """A call that closes in an hour and `count` lead units, each with one application ready to be submitted."""
    call = _call()
    units = [_lead_unit(place) for place in range(count)]
    first, *others = [_application(call, *unit) for unit in units]
    _fill(first, units[0][1])
    for application in others:
        _copy_parts(first, application)
    rows = []
    for application, (_, people) in zip([first, *others], units, strict=True):
        application.refresh_from_db()
        applications.declare(application, by=people["leader"])
        applications.send_to_unit(application, by=people["drafter"])
        rows.append({"people": people, "ready": str(application.public_id)})
    return rows


def _lead_unit(place: int) -> tuple[Consortium, dict]:
    """A unit that leads a valid consortium, with its people; made once for all runs on a data set."""
    code = make_credit_code("91110114", f"MC{place:06d}")
    name = f"测量牵头单位{place + 1}"
    facts = {"name": name, "kind": "enterprise", "district": "昌平区", "address": "昌平区测量路", "state": "approved"}
    facts |= {"legal_representative": "周法人", "contact_name": "吴联系", "contact_phone": "010-60000000"}
    unit, is_new = Unit.objects.get_or_create(credit_code=code, defaults=facts)
    if is_new:
        _consortium(unit, f"测量联合体{place + 1}")
    people = {role: _person(role, unit) for role in ROLES}
    return unit.led_consortia.get(), people


def _consortium(unit: Unit, name: str) -> None:
    since, year = timezone.localdate() - timedelta(days=400), edition(codes()[-1])
    fields, districts = [year.fields[0].name], [year.districts[0].name]
    consortium = Consortium.objects.create(
        name=name, fields=fields, districts=districts, lead_unit=unit, founded_on=since, founding_document="测量"
    )
    Membership.objects.create(consortium=consortium, unit=unit, role="lead", joined_on=since)
    Qualification.objects.create(consortium=consortium, status="valid", since=since, reason="测量")


def _copy_parts(source: Application, target: Application) -> None:
    """Give an application the content of another, as the bulk loader would: the rush is about submitting."""
    for name in ("field", "district", "supervisor_name", "supervisor_phone", "digital_undertaking"):
        setattr(target, name, getattr(source, name))
    target.leader = User.objects.get(username=f"rush-leader-{target.lead_unit_id}")
    target.save()
    for model in (ApplicationSection, KpiTarget, BudgetLine, Stage, TeamMember, Attachment):
        rows = list(model.objects.filter(application=source))
        for row in rows:
            row.pk, row.application = None, target
        model.objects.bulk_create(rows)


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


def _person(role: str, unit) -> User:
    user, _ = User.objects.get_or_create(username=f"rush-{role}-{unit.pk}", defaults={"name": "测量"})
    Seat.objects.get_or_create(user=user, unit=unit, role=role)
    return user


def _application(call: Call, consortium: Consortium, people: dict) -> Application:
    by = people["drafter"]
    return applications.start_application(call=call, consortium=consortium, title="待提交的申报", by=by)


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
