"""Stories of public notices, objections, approval, task contracts and first payments."""

from funding.actions import disbursements
from portal.overview.demo import paper
from portal.overview.demo.content import Theme
from portal.overview.demo.dates import last_workday
from portal.overview.demo.world import Story, World
from projects.actions import approvals, contracts, notices, objections
from projects.models import Project


def notice_story(world: World, name: str, call: str, rows, *, day: int, title: str, corrected: bool = False) -> Story:
    """Draft and publish a notice over applications (theme key, variant), close it when its time is over.

    A corrected one is replaced by its successor on the next day.
    """
    yield world.plan.moment(day, 9, 40)
    officer = world.user("officer")
    chosen = [world.application(call, key, variant) for key, variant in rows]
    notice = notices.draft_notice(call=world.call(call), applications=chosen, title=title, by=officer)
    notice = notices.publish_notice(notice, by=officer, note="按程序公示")
    if corrected:
        yield world.plan.moment(day + 1, 9, 40)
        successor = notices.replace_notice(notice, by=officer, note="更正牵头单位全称，公示期重新计算")
        notice = notices.publish_notice(successor, by=officer, note="更正后重新公示")
    world.notices[name] = notice.pk
    if notice.ends_on < world.plan.today:
        yield world.plan.moment((notice.ends_on - world.plan.today).days + 1, 8)
        notices.close_notice(world.notice(name))


def running_notice_day(world: World) -> int:
    """The offset of the last working day up to today: its period of five working days holds today."""
    return (last_workday(world.plan.today, world.calendar) - world.plan.today).days


def objection_story(
    world: World, notice: str, call: str, row, *, day: int, name: str, text: str, end: str, hour: int = 11
) -> Story:
    """File an objection; `end` is received, decline, dismiss or uphold, a few days later."""
    yield world.plan.moment(day, hour)
    objection = objections.file_objection(
        notice=world.notice(notice),
        application=world.application(call, *row),
        kind="person",
        objector_name=name,
        objector_contact="010-65551234",
        text=text,
        files=[(paper.pdf("异议说明", (text, "附件为演示用虚构材料。", str(world.serial()))), "异议说明.pdf")],
    )
    if end == "received":
        return
    yield world.plan.moment(day + 2, 15)
    director = world.user("director")
    if end == "decline":
        objections.decline_objection(objection, by=director, note="所述事项不属于本次公示内容，已告知向主管部门反映。")
        return
    objections.accept_objection(objection, by=director)
    yield world.plan.moment(day + 6, 15)
    act = objections.uphold_objection if end == "uphold" else objections.dismiss_objection
    answers = {
        "uphold": (
            "经核实，申报材料中的两项成果证明与其他财政项目重复，异议成立。",
            "调取合同与验收材料核对，两份成果登记号相同。",
        ),
        "dismiss": (
            "经核实，项目负责人任职情况属实，异议所述不成立。",
            "核对劳动合同、社保记录和学会任职文件，均一致。",
        ),
    }
    answer, findings = answers[end]
    act(objection, by=director, note=answer, findings=findings)


def contract_story(world: World, call: str, theme: Theme, variant: int = 0, *, day: int, until: str = "paid") -> Story:
    """Approve, contract, pay the first instalment; stops at issued, returned, effective, ordered, paid or received."""
    yield world.plan.moment(day, 10, theme.number)
    director, officer = world.user("director"), world.user("officer")
    project = approvals.approve_application(world.application(call, theme.key, variant), by=director, note="同意立项")
    yield world.plan.moment(day + 1, 10, theme.number)
    contract = contracts.prepare_contract(project, by=officer)
    contract = contracts.issue_contract(contract, by=officer)
    if until == "issued":
        # The first text had a mistake: it was taken back, and a second one issued.
        contracts.withdraw_contract(contract, by=officer, note="乙方联系人信息有误，收回重拟")
        contracts.issue_contract(contracts.prepare_contract(project, by=officer), by=officer)
        return
    yield world.plan.moment(day + 4, 15, theme.number)
    scan = paper.pdf(
        "任务合同书（签字盖章扫描件）",
        (f"项目编号：{project.number}", f"项目名称：{project.title}", f"乙方：{theme.lead['name']}", contract.sha256),
    )
    admin = world.staff(theme, "unitadmin")
    contract = contracts.upload_signed(
        contract, scan=(scan, "任务合同扫描件.pdf"), digest=contract.sha256[:16], by=admin
    )
    if until == "returned":
        return
    yield world.plan.moment(day + 5, 15, theme.number)
    contracts.confirm_contract(contract, by=director, note="核对无误")
    if until != "effective":
        yield from payment_story(world, project.pk, theme, 1, day=day + 7, until=until)


def payment_story(world: World, project: int, theme: Theme, number: int, *, day: int, until: str = "received") -> Story:
    """Order, pay and confirm an instalment of the effective contract."""
    yield world.plan.moment(day, 11, theme.number)
    contract = Project.objects.get(pk=project).contracts.get(state="effective")
    row = disbursements.order_disbursement(instalment=contract.instalments.get(number=number), by=world.user("officer"))
    if until == "ordered":
        return
    yield world.plan.moment(day + 1, 11, theme.number)
    disbursements.approve_disbursement(row, by=world.user("finance"), note="合同、条件和账户核对无误")
    if until == "approved":
        return
    yield world.plan.moment(day + 2, 11, theme.number)
    voucher = f"付{world.plan.day(day + 2):%m%d}-{theme.number:02d}{number}"
    slip = (paper.png(world.serial()), "银行付款回单.png")
    disbursements.pay_disbursement(
        row, by=world.user("finance"), paid_on=world.plan.day(day + 2), voucher_no=voucher, bank_receipt=slip
    )
    if until == "paid":
        return
    yield world.plan.moment(day + 4, 11, theme.number)
    slip = paper.png(world.serial())
    disbursements.confirm_receipt(row, by=world.staff(theme, "unitadmin"), receipt=(slip, "到账回单.png"))
