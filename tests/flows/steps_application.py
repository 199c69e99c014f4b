"""The lead unit fills in, declares, checks and submits an application, page by page."""

from projects.models import Application
from tests.factories import KPI_ROWS
from tests.flows.world import World, pdf

TEXT = "围绕区域产业需求，组织成员单位开展协同攻关和成果对接，每月调度，按季评估，形成可以核对的工作安排和台账。" * 8
SECTIONS = ("rationale", "foundation", "objectives", "implementation", "outcomes")


def start(world: World, call, title: str, *, expect: int = 200):
    """Begin an application; returns (page, application or None)."""
    page = world.visit("drafter").open("/applications/start/")
    page = page.press("建立申报书草稿", call=call.pk, consortium=world.consortium.pk, title=title, expect=expect)
    return page, Application.objects.filter(title=title).first()


def fill_cover(visitor, application, leader) -> None:
    """封面信息."""
    page = visitor.open(part(application, "cover"))
    page.press(
        "保存",
        field="人工智能",
        district="海淀区",
        leader=leader.pk,
        start_on=application.call.execution_start.isoformat(),
        end_on=application.call.execution_end.isoformat(),
        supervisor_name="孙监督",
        supervisor_phone="010-60000000",
        digital_undertaking="on",
    )


def fill_texts(visitor, application) -> None:
    """The text sections."""
    for code in SECTIONS:
        visitor.open(part(application, code)).press("保存", text=TEXT)


def fill_kpis(visitor, application) -> None:
    """The six rows; one below its floor is refused on the page with everything typed kept."""
    values = {f"kpi-{code}-target": floor for code, _, _, floor in KPI_ROWS}
    values |= {"kpi-industry_map-map_kind": "industry", "kpi-innovation_event-attendance": 120}
    values |= {"kpi-innovation_event-partner_kind": "district_government"}
    page = visitor.open(part(application, "kpis"))
    page = page.press("保存", expect=422, **values | {"kpi-member_expansion-target": 5})
    assert "底线 6 家" in page
    assert page.form("保存")[0].fields["kpi-innovation_event-attendance"] == ["120"]
    page.press("保存", **values)


def fill_budget(visitor, application) -> None:
    """One line that balances; a treat for clients is refused with article 14(2)."""
    line = {"category": "meeting_fee", "item": "产业创新活动场地与会务", "direction": "academic_exchange"}
    line |= {"source": "grant", "unit_price": "３００，０００", "quantity": "1", "times": "1", "basis": "活动一场"}
    values = {f"lines-0-{name}": value for name, value in line.items()}
    page = visitor.open(part(application, "budget"))
    page = page.press("保存", expect=422, **values | {"lines-0-item": "宴请客户的业务招待费"})
    assert "14(2)" in page or "第十四条" in page
    page.press("保存", **values)


def fill_tables(visitor, application) -> None:
    """进度安排 and 项目团队."""
    call = application.call
    stage = {"name": "全周期", "goal": "完成全部任务", "deliverable": "工作总结"}
    stage |= {"start_on": call.execution_start.isoformat(), "end_on": call.execution_end.isoformat()}
    page = visitor.open(part(application, "stages"))
    page.press("保存", **{f"rows-0-{name}": value for name, value in stage.items()})
    person = {"name": "李研究", "unit_name": application.lead_unit.name, "task": "总体协调", "months": "6"}
    page = visitor.open(part(application, "team"))
    page.press("保存", **{f"rows-0-{name}": value for name, value in person.items()})


def attach(visitor, application) -> None:
    """Every required kind of attachment, signed and sealed where it must be."""
    for kind in application.call.attachment_kinds.filter(required=True):
        page = visitor.open(part(application, "attachments"))
        marks = {"signed": kind.signature_required, "sealed": kind.seal_required}
        values = {f"{kind.code}-{mark}": "on" for mark, needed in marks.items() if needed}
        values[f"{kind.code}-file"] = pdf(f"{kind.name}.pdf", kind.code)
        form = next(form for form in page.forms if form.fields.get("kind") == [kind.code])
        visitor.send(form.action, form.filled(**values) | {f"{kind.code}-file": values[f"{kind.code}-file"]})


def part(application, code: str) -> str:
    """The address of a part."""
    return f"/applications/{application.public_id}/parts/{code}/"


def fill(world: World, application) -> None:
    """Everything that the check asks for."""
    visitor = world.visit("drafter")
    fill_cover(visitor, application, world.people["leader"])
    fill_texts(visitor, application)
    fill_kpis(visitor, application)
    fill_budget(visitor, application)
    fill_tables(visitor, application)
    attach(visitor, application)


def hand_in(world: World, application, *, expect: int = 200):
    """The leader declares, the drafter sends it to the unit, the unit's admin submits; returns the last page."""
    own = f"/applications/{application.public_id}/"
    world.visit("leader").open(f"{own}declare/").press("声明材料真实", confirm="on")
    world.visit("drafter").open(f"{own}steps/send/").press("送单位审核")
    page = world.visit("unitadmin").open(f"{own}steps/submit/").press("提交申报", expect=expect)
    application.refresh_from_db()
    return page
