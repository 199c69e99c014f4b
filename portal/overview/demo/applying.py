"""Stories of calls and applications: drafted, declared, submitted, checked, by the people whose task it is."""

from decimal import Decimal

from portal.editions import edition
from portal.overview.demo import content, paper
from portal.overview.demo.content import Theme
from portal.overview.demo.dates import CALLS, EARLY_END
from portal.overview.demo.world import Story, World
from projects.actions import applications, calls, formality
from projects.models import Application

GRANTS = {"finished": Decimal("300000.00"), "reviewing": Decimal("320000.00"), "open": Decimal("350000.00")}
TITLES = {
    "finished": "科创协同区域行动项目申报通知",
    "reviewing": "科创协同区域行动项目（第二批）申报通知",
    "open": "科创协同区域行动项目（第三批）申报通知",
}
NUMBERS = {"finished": 14, "reviewing": 8, "open": 8}
# Where the story of an application stops inside the unit.
INSIDE = ("begun", "draft", "unit_review")


def call_story(world: World, name: str) -> Story:
    """Draft, publish and, when its time is over, close a call."""
    plan, dates = world.plan, CALLS[name]
    yield plan.moment(dates.published, 9, 30)
    officer, year = world.user("officer"), plan.year(name)
    call = calls.save_call(
        by=officer,
        year=year,
        title=f"{year}年{TITLES[name]}",
        notice_text=_notice_text(name),
        opens_at=plan.moment(dates.opens, 9),
        closes_at=plan.moment(dates.closes, 17),
        fixed_grant=GRANTS[name],
        number_of_grants=NUMBERS[name],
        execution_start=plan.day(dates.starts),
        execution_end=plan.day(dates.ends),
        experts_per_application=3,
        contact="北京市科学技术协会创新服务中心项目管理部（演示）",
    )
    calls.publish_call(call, by=officer)
    world.calls[name] = call.pk
    if dates.closes < 0:
        yield plan.moment(dates.closes, 17, 30)
        calls.close_call(world.call(name))


def _notice_text(name: str) -> str:
    money = f"{GRANTS[name] / 10000:.0f}"
    return "\n".join(
        (
            "各科创协同联合体牵头单位：",
            "为服务首都国际科技创新中心建设，推动联合体服务区域产业发展，现组织开展本批项目申报工作。有关事项通知如下。",
            "一、支持方向",
            "围绕人工智能、高端装备制造、节能环保、商业航天、虚拟现实等重点领域，支持联合体开展科技咨询、"
            "产品研发、成果转化、学术交流和智库建设。",
            "二、支持方式",
            f"每个项目定额支持{money}万元，分两期拨付。本批拟支持不超过{NUMBERS[name]}项。",
            "三、申报条件",
            "（一）申报单位应为资格有效的联合体牵头单位，每个单位最多申报两项。",
            "（二）申报单位无未了结的资金追回和逾期未验收项目。",
            "四、申报程序",
            "在平台在线填写申报书，项目负责人声明后由单位管理员提交。逾期不再受理。",
            "五、其他事项",
            "本通知为演示内容，单位、人员和项目均为虚构。",
        )
    )


def apply_story(world: World, call: str, theme: Theme, variant: int = 0, *, day: int, until: str = "check") -> Story:
    """From the first line to where `until` says: begun, draft, unit_review, submitted, withdrawn, or a check.

    Checks: check (passed), ineligible, supplement; `submitted` stays unchecked.
    """
    plan, minute = world.plan, theme.number * 3
    yield plan.moment(day, 9, minute)
    _write(world, call, theme, variant, whole=until != "begun")
    if until in ("begun", "draft"):
        return
    yield plan.moment(day + 1, 14, minute)
    application = world.application(call, theme.key, variant)
    applications.declare(application, by=_leader(world, theme, variant))
    applications.send_to_unit(application, by=world.staff(theme, "drafter"))
    if until == "unit_review":
        return
    yield plan.moment(day + 2, 10, minute)
    applications.submit_application(world.application(call, theme.key, variant), by=world.staff(theme, "unitadmin"))
    if until == "withdrawn":
        yield plan.moment(day + 3, 10, minute)
        application = world.application(call, theme.key, variant)
        note = "合作单位调整，拟完善后重新申报"
        applications.withdraw_application(application, by=world.staff(theme, "unitadmin"), note=note)
    elif until != "submitted":
        yield from _check_story(world, call, theme, variant, until)


def _leader(world: World, theme: Theme, variant: int):
    """The main unit has two leaders, because one person may not lead more than two projects at once."""
    return world.staff(theme, "leader2" if theme.number == 1 and variant else "leader")


def _write(world: World, call_name: str, theme: Theme, variant: int, *, whole: bool) -> None:
    drafter, call = world.staff(theme, "drafter"), world.call(call_name)
    title = content.title_of(theme, variant)
    draft = applications.start_application(call=call, consortium=world.consortium(theme), title=title, by=drafter)
    world.applications[call_name, theme.key, variant] = draft.pk
    for code, text in content.sections(theme, variant).items():
        applications.save_section(draft, code=code, data={"text": text}, revision=0, by=drafter)
        if not whole:
            return
    ends = world.plan.day(EARLY_END) if (theme.key, variant) in EARLY and call_name == "finished" else draft.end_on
    cover = {
        "field": theme.field,
        "district": theme.districts[0],
        "leader": _leader(world, theme, variant),
        "end_on": ends,
        "supervisor_name": theme.supervisor,
        "supervisor_phone": f"010-5551{theme.number:04d}",
        "digital_undertaking": True,
    }
    applications.save_cover(draft, data=cover, revision=0, by=drafter)
    _write_tables(draft, theme, variant, drafter)
    if variant != LAST_VARIANT or theme.number != 1:
        _attach(world, draft, theme, drafter)


LAST_VARIANT = 4  # the open draft of the main unit: its attachments are for the visitor to add
EARLY = {
    ("vision", 1), ("city", 0), ("reducer", 0), ("additive", 0), ("water", 0), ("solar", 0), ("training", 0),
    ("snow", 0),
}  # fmt: skip


def _write_tables(draft: Application, theme: Theme, variant: int, by) -> None:
    goals = content.targets(theme, variant)
    rows = [
        {
            "code": kpi.code,
            "target": Decimal(goals[kpi.code]),
            "map_kind": ("industry", "talent")[theme.number % 2],
            "attendance": content.attendance(theme),
            "partner_kind": content.partner(theme),
            "due_on": draft.end_on,
            "evidence_method": "、".join(kpi.evidence)[:200],
        }
        for kpi in edition(draft.call.edition).kpis
    ]
    applications.save_kpis(draft, rows=rows, revision=0, by=by)
    sources, lines = content.budget(theme, draft.call.fixed_grant)
    applications.save_budget(draft, sources=sources, lines=lines, revision=0, by=by)
    applications.save_team(draft, rows=content.team(theme), revision=0, by=by)
    applications.save_stages(draft, rows=content.stages(draft.start_on, draft.end_on), revision=0, by=by)


def _attach(world: World, draft: Application, theme: Theme, by) -> None:
    for kind in draft.call.attachment_kinds.filter(required=True):
        lines = (
            f"单位：{theme.lead['name']}",
            f"联合体：{theme.consortium}",
            f"项目：{draft.title}",
            "本文件为演示用的虚构材料，仅用于展示附件的上传、预览和核对。",
            f"材料流水号：{world.serial():05d}",
        )
        data = paper.pdf(kind.name, lines)
        name = f"{kind.name}.pdf"
        applications.add_attachment(draft, kind=kind, data=data, name=name, by=by, signed=True, sealed=True)


def _check_story(world: World, call: str, theme: Theme, variant: int, until: str) -> Story:
    yield world.plan.moment(CHECK_DAYS[until] if call == "reviewing" else CALLS[call].closes + 6, 11, theme.number * 3)
    officer = world.user("officer")
    application = world.application(call, theme.key, variant)
    for item in application.formality_items.exclude(result="pass"):
        answer = _ANSWERS.get(until, {}).get(item.rule, ("pass", "已核对证照、公章与公示信息"))
        formality.record_item(item, result=answer[0], note=answer[1], by=officer)
    application = world.application(call, theme.key, variant)
    if until == "ineligible":
        formality.fail_formality(application, by=officer, note="与已获财政支持的项目内容重复")
    elif until == "supplement":
        text = "请补充项目负责人在职证明，并在封面信息中更正联系电话。"
        formality.ask_supplement(application, by=officer, places=["cover", "attachments"], text=text)
    else:
        formality.pass_formality(application, by=officer)


CHECK_DAYS = {"check": -44, "late": -12, "supplement": -1}
_ANSWERS = {
    "ineligible": {"no_double_funding": ("fail", "与本单位另一项已获市级财政支持的项目主要内容重复")},
    "supplement": {"leader_employed": ("supplement", "在职证明缺少开具日期")},
}
