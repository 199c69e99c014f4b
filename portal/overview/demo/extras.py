"""Side stories, so that every kind of object is seen in every state that it can be in."""

from decimal import Decimal

from consortia.actions import qualifications, registrations, units
from consortia.models import Unit
from funding.actions import disbursements
from portal import documents, workflow
from portal.measures.credit_code import make_credit_code
from portal.models import User
from portal.overview.demo.closing import package_story
from portal.overview.demo.content import Theme
from portal.overview.demo.people import make_units
from portal.overview.demo.pool import pool_stories
from portal.overview.demo.world import Story, World
from projects.actions import calls, changes, notices, objections, packages, rectifications, reports
from projects.models import AcceptancePackage, Objection, ProgressReport
from reviews.actions import papers, rounds, sheets
from reviews.actions.schemes import change_scheme
from reviews.models import Assignment


def extra_stories(world: World, known: dict[str, Theme]) -> list[Story]:
    """All side stories."""
    return [
        _pilot(world),
        _next_call(world),
        _registrations(world),
        _draft_notice(world),
        _accepted_objection(world),
        _changes(world, known["constellation"]),
        package_story(world, known["vision"], 0, day=-3, submit=False),
        _returned_package(world, known["constellation"]),
        _supervision(world, known),
        _draft_round(world),
        _seats(world),
        _failed_print(world),
        *pool_stories(world),
    ]


def _call_fields(world: World, title: str, opens: int, closes: int) -> dict:
    return {
        "year": world.plan.day(opens).year,
        "title": title,
        "notice_text": "一、总体要求\n请各联合体牵头单位按要求申报。\n二、其他事项\n本通知为演示内容。",
        "opens_at": world.plan.moment(opens, 9),
        "closes_at": world.plan.moment(closes, 17),
        "fixed_grant": Decimal("200000.00"),
        "number_of_grants": 3,
        "execution_start": world.plan.day(closes + 60),
        "execution_end": world.plan.day(closes + 400),
        "contact": "项目管理部（演示）",
    }


def _pilot(world: World) -> Story:
    """A small call that nobody answered, archived long ago."""
    yield world.plan.moment(-437, 9)
    officer = world.user("officer")
    year = world.plan.day(-436).year
    call = calls.save_call(by=officer, **_call_fields(world, f"{year}年区域协同试点项目申报通知", -436, -433))
    calls.publish_call(call, by=officer)
    yield world.plan.moment(-432, 9)
    calls.archive_call(calls.close_call(call), by=officer, note="试点未收到申报，归档")


def _next_call(world: World) -> Story:
    yield world.plan.moment(-2, 9)
    year = world.plan.day(40).year
    fields = _call_fields(world, f"{year}年度科创协同区域行动申报通知（拟稿）", 40, 75)
    calls.save_call(by=world.user("officer"), **fields)


def _registrations(world: World) -> Story:
    """One unit that waits, one refused, one merged into another."""
    yield world.plan.moment(-30, 10)
    officer = world.user("officer")
    old, new = "北京虚构旧名检测有限公司", "北京虚构新名检测集团有限公司"
    make_units(world, [(old, "private"), (new, "private")], "丰台区")
    yield world.plan.moment(-20, 10)
    units.merge_unit(world.unit(old), into=world.unit(new), by=officer, note="吸收合并，登记机关已核准")
    units.reject_unit(
        _register("北京虚构无照咨询有限公司", 1), by=officer, note="营业执照照片无法辨认，请重新上传后再注册"
    )
    yield world.plan.moment(-1, 10)
    _register("北京拟定待审生物技术有限公司", 2)


def _register(name: str, number: int) -> Unit:
    return registrations.request_registration(
        by=None,
        name=name,
        credit_code=make_credit_code("91110108", f"MC{number:06d}"),
        kind="private",
        district="海淀区",
        accounting_system="enterprise",
        legal_representative="申屠无忌",
        contact_name="申屠无忌",
        contact_phone="010-66990000",
        contact_email=f"contact{number}@demo.example",
    ).unit


def _draft_notice(world: World) -> Story:
    """The proposed project that was not announced yet stands in a draft."""
    yield world.plan.moment(-1, 15)
    title = f"{world.plan.year('reviewing')}年第二批拟支持项目公示（三）"
    chosen = [world.application("reviewing", "additive", 1)]
    notices.draft_notice(call=world.call("reviewing"), applications=chosen, title=title, by=world.user("officer"))


def _accepted_objection(world: World) -> Story:
    """A second objection to the same project, taken up by the director."""
    yield world.plan.moment(0, 10, 30)
    objection = objections.file_objection(
        notice=world.notice("running"),
        application=world.application("reviewing", "reducer", 1),
        kind="person",
        objector_name="鲁望川",
        objector_contact="luwangchuan@demo.example",
        text="公示名单中该项目预算的第三方测试单价明显高于市场报价，请核查测算依据后答复。",
        files=[],
    )
    objections.accept_objection(Objection.objects.get(pk=objection.pk), by=world.user("director"))


def _changes(world: World, theme: Theme) -> Story:
    """A change of indicators is refused, a longer period approved: its contract text waits to be issued."""
    yield world.plan.moment(-150, 10)
    admin, director = world.staff(theme, "unitadmin"), world.user("director")
    project = world.project("finished", theme.key)
    change = changes.request_change(
        project=project, kind="kpi", reason="部分意向单位推迟入会，申请下调扩容目标。",
        after={"targets": {"member_expansion": 6}}, by=admin,
    )  # fmt: skip
    yield world.plan.moment(-146, 10)
    changes.refuse_change(change, by=director, note="意向单位仍在对接，尚未出现客观障碍，维持原目标。")
    yield world.plan.moment(-20, 10)
    until = world.plan.day(150).isoformat()
    reason = "卫星过境窗口调整，演练顺延，申请延长执行期一个月。"
    change = changes.request_change(project=project, kind="schedule", reason=reason, after={"end_on": until}, by=admin)
    yield world.plan.moment(-16, 10)
    changes.approve_change(change, by=director, note="同意延期")


def _returned_package(world: World, theme: Theme) -> Story:
    yield from package_story(world, theme, 0, day=-35)
    yield world.plan.moment(-32, 10)
    package = AcceptancePackage.objects.get(project=world.project("finished", theme.key))
    note = "执行期尚未结束，任务指标未完成，请在期满后补齐材料再提交。"
    packages.send_back_package(package, by=world.user("officer"), note=note)


def _supervision(world: World, known: dict[str, Theme]) -> Story:
    """An order taken back, a report returned, an order to mend a running project, a major matter, an open change."""
    yield world.plan.moment(-334, 10)
    officer = world.user("officer")
    contract = world.project("finished", "rocket").contracts.get(state="effective")
    order = disbursements.order_disbursement(instalment=contract.instalments.get(number=1), by=officer)
    disbursements.cancel_disbursement(order, by=officer, note="收款账户信息待单位核对，核对后重新下达")
    yield world.plan.moment(-333, 10)
    order = disbursements.order_disbursement(instalment=contract.instalments.get(number=1), by=officer)
    note = "户名与公章不一致，请核对后重新下达"
    disbursements.send_back_disbursement(order, by=world.user("finance"), note=note)
    yield world.plan.moment(-8, 9)
    rectifications.order_rectification(
        project=world.project("finished", "constellation"),
        problems="专项经费中列支了禁列项目，内部审核未发挥作用。",
        articles="14、15",
        due_on=world.plan.day(25),
        by=officer,
    )
    qualifications.record_qualification(
        consortium=world.consortium(known["constellation"]), status="rectifying", since=world.plan.day(-8),
        reason="项目经费使用不符合第十四条、第十五条，责令整改期间登记。", by=world.user("director"),
    )  # fmt: skip
    yield world.plan.moment(-6, 9)
    waiting = ProgressReport.objects.filter(project=world.project("finished", "constellation"), state="submitted")
    report = waiting.order_by("-due_on").first()
    reports.send_back_report(report, by=officer, note="未说明试验场地变化对进度的影响，请补充。")
    yield world.plan.moment(-5, 9)
    project, theme = world.project("finished", "vision"), known["vision"]
    reports.report_major(
        project=project, title="示范产线所在厂区搬迁", happened_on=world.plan.day(-7), by=world.staff(theme, "drafter"),
        done="示范产线所在厂区将于下月整体搬迁，已与园区协商在新址保留试验工位。", problems="预计停线两周。",
        next_steps="搬迁前完成数据备份，搬迁后重新标定。",
    )  # fmt: skip
    leader = User.objects.get(username="leader2")
    changes.request_change(
        project=project, kind="leader", reason="原负责人赴外地挂职，申请由白行简接任。", after={"leader": leader.pk},
        by=world.staff(theme, "unitadmin"),
    )  # fmt: skip


def _draft_round(world: World) -> Story:
    """Being set up anew: applicants hidden, a time to withdraw, and a criterion that may not apply to every project."""
    yield world.plan.moment(-2, 16)
    officer = world.user("officer")
    terms = {
        "call": world.call("reviewing"), "kind": "selection", "by": officer,
        "opens_at": world.plan.moment(3, 9), "closes_at": world.plan.moment(12, 18),
        "applications": [world.application("reviewing", "city", 2)],
    }  # fmt: skip
    first = rounds.create_round(title="立项评审（第四组）", **terms)
    rounds.cancel_round(first, by=officer, note="本组改为隐去申报单位评审，重新建立轮次。")
    round = rounds.create_round(
        title="立项评审（第四组，筹备）", recuse_until=world.plan.moment(4, 18), hide_applicants=True, **terms
    )
    criteria = [row | {"may_skip": row["code"] == "budget"} for row in round.scheme["criteria"]]
    change_scheme(round, scheme=round.scheme | {"criteria": criteria}, revision=round.revision, by=officer)


def _seats(world: World) -> Story:
    """In the running round one expert has begun, one withdrew and was replaced, one seat was given by mistake."""
    yield world.plan.moment(-3, 10)
    officer = world.user("officer")
    seats = list(Assignment.objects.filter(item__round=world.rounds["第三组"]).order_by("pk"))
    begun, left = seats[1], seats[-1]
    for seat in (begun, left):
        by = seat.expert.user
        sheets.sign_undertaking(round=seat.item.round, by=by, signed_name=by.name)
    sheets.accept_assignment(begun, by=begun.expert.user)
    sheets.save_sheet(
        assignment=begun, scores={"necessity": "13", "consortium": "16"},
        comments={"necessity": "需求来自一线，依据充分。"},
        recommendation="", comment="", revision=0, by=begun.expert.user,
    )  # fmt: skip
    sheets.recuse(left, by=left.expert.user, note="曾与该项目负责人合作发表论文，申请回避")
    rounds.assign_expert(item=left.item, expert=world.expert(10), by=officer, origin="substitute")
    mistaken = rounds.assign_expert(item=left.item, expert=world.expert(12), by=officer)
    sheets.void_assignment(mistaken, by=officer, note="误操作指派，席位已由递补专家承担")


def _failed_print(world: World) -> Story:
    """One paper that could not be made: the page offers to try again."""
    yield world.plan.moment(-16, 18)
    document = papers.request_score_sheets(world.round("第二组"), by=world.user("officer"))
    workflow.move(document, "start", by=None, started_at=world.clock.moment, attempts=documents.MAX_ATTEMPTS)
    workflow.move(document, "fail", by=None, error="排版进程超过时限，已停止。", finished_at=world.clock.moment)
