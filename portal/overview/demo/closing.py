"""Stories of the end of projects: package, evaluation, conclusion, rectification, revocation, clawback, audit."""

from consortia.actions import revocations
from consortia.models import Revocation
from funding.actions import audits, clawbacks
from funding.actions.budget import adjust_budget, cancel_surplus_return, order_surplus_return, record_surplus_return
from funding.models import LedgerLine
from funding.queries.money import current_plan, money_summary
from portal.overview.demo import content, executing, narrative, paper
from portal.overview.demo.content import Theme, themes
from portal.overview.demo.reviewing import score_story, seat
from portal.overview.demo.world import Story, World
from projects.actions import archives, changes, packages, rectifications
from projects.models import AcceptancePackage, Rectification
from reviews.actions import conclusions, rounds


def package_story(world: World, theme: Theme, variant: int, *, day: int, submit: bool = True) -> Story:
    """Prepare and hand in the acceptance package."""
    yield world.plan.moment(day, 14, theme.number)
    project, drafter = world.project("finished", theme.key, variant), world.staff(theme, "drafter")
    packages.save_package(
        project,
        work_summary=executing.summary_of(theme, variant),
        self_assessment=narrative.self_assessment(theme, variant),
        final_accounts_note=narrative.FINAL_NOTE,
        revision=0,
        by=drafter,
    )
    for kind, name in (("case_report", "案例报告"), ("map", "图谱及编制说明"), ("final_accounts", "经费决算表")):
        data = paper.pdf(name, (project.number, project.title, f"材料流水号：{world.serial():05d}"))
        packages.add_file(project, kind=kind, content=data, name=f"{name}.pdf", by=drafter)
    if submit:
        package = AcceptancePackage.objects.get(project=project)
        packages.submit_package(package, by=world.staff(theme, "unitadmin"))


def evaluation_story(world: World, name: str, rows, *, day: int, quality: dict[str, int], seats: int) -> Story:
    """Evaluate projects (theme key, variant) in one round; without `quality` it is left open for the experts."""
    yield world.plan.moment(day, 9)
    officer = world.user("officer")
    projects = [world.project("finished", key, variant) for key, variant in rows]
    for project in projects:
        conclusions.start_evaluation(project=project, by=officer)
    yield world.plan.moment(day + 1, 9)
    round = rounds.create_round(
        call=world.call("finished"),
        kind="acceptance",
        title=f"{world.plan.year('finished')}年度项目验收评价（{name}）",
        by=officer,
        opens_at=world.plan.moment(day + 1, 9),
        closes_at=world.plan.moment(max(day + 8, 12), 18),
        projects=[world.project("finished", key, variant) for key, variant in rows],
        experts_per_item=seats,
    )
    world.rounds[name] = round.pk
    items = list(round.items.order_by("pk"))
    seat(world, name, {item.pk: [place * seats + step for step in range(seats)] for place, item in enumerate(items)})
    rounds.open_round(world.round(name), by=officer)
    if quality:
        yield from score_story(world, name, day=day + 3, quality=quality)


OPINIONS = {
    "passed": "专家组认为项目完成任务合同规定的各项指标，成果真实有效，经费使用规范。管理单位同意通过验收。",
    "rectification_required": "专家组认为项目部分指标佐证不足、建设效果未达要求，管理单位要求限期整改后复核。",
    "passed_after_rectification": "整改报告与佐证经复核到位，各项指标已完成，管理单位同意整改后通过。",
    "failed": "整改期满仍未达到要求，管理单位认定项目未通过验收。",
}


def conclusion_story(world: World, theme: Theme, variant: int, *, day: int, code: str, issue: bool = True) -> Story:
    """The officer drafts, the director signs the next day, or has not got round to it."""
    yield world.plan.moment(day, 10, theme.number)
    project = world.project("finished", theme.key, variant)
    draft = conclusions.draft_conclusion(project=project, code=code, opinion=OPINIONS[code], by=world.user("officer"))
    if not issue:
        return
    yield world.plan.moment(day + 1, 10, theme.number)
    conclusions.issue_conclusion(draft, by=world.user("director"), note="同意")


def rectify_story(world: World, theme: Theme, *, reply: int | None, recheck: int | None, fulfilled: bool) -> Story:
    """Answer an order and judge it."""

    def order():
        return Rectification.objects.get(project=world.project("finished", theme.key), state__in=["ordered", "replied"])

    if reply is not None:
        yield world.plan.moment(reply, 15, theme.number)
        text = f"已补充{theme.members[1]}出具的测试报告和应用单位证明，完善活动签到与影像资料，并组织成员单位复核。"
        proof = paper.pdf("整改佐证", (text, f"材料流水号：{world.serial():05d}"))
        admin = world.staff(theme, "unitadmin")
        rectifications.reply_rectification(order(), reply=text, by=admin, sent=[(proof, "整改佐证.pdf")])
    if recheck is not None:
        yield world.plan.moment(recheck, 15, theme.number)
        note = "整改到位，佐证齐全" if fulfilled else "整改期限届满，未提交整改报告"
        rectifications.recheck_rectification(order(), fulfilled=fulfilled, by=world.user("director"), note=note)


def revocation_story(world: World, theme: Theme, *, day: int, decide: int | None, revoke: bool = True) -> Story:
    """Tell a consortium after a failed rectification; BAST decides after the hearing, for or against."""
    yield world.plan.moment(day, 11)
    project = world.project("finished", theme.key)
    case = revocations.open_revocation(
        consortium=world.consortium(theme),
        project_number=project.number,
        facts=f"项目{project.number}验收未达要求，责令整改后逾期未提交整改报告，经复核认定整改不到位。",
        by=world.user("officer"),
    )
    yield world.plan.moment(day + 1, 11)
    statement = "因试点场地调整，部分验证工作未能按期完成，恳请给予补充材料的机会。"
    revocations.record_statement(case, statement=statement, by=world.staff(theme, "unitadmin"))
    if decide is None:
        return
    yield world.plan.moment(decide, 11)
    case = Revocation.objects.get(pk=case.pk)
    if revoke:
        note = "陈述所述场地调整未按规定报告，不影响整改不到位的认定，决定撤销资格。"
        revocations.decide_revocation(case, by=world.user("bast"), note=note)
    else:
        note = "告知书未送达法定代表人，程序有误，本案不予撤销；补正程序后另行告知。"
        revocations.dismiss_revocation(case, by=world.user("bast"), note=note)


def clawback_story(world: World, theme: Theme, *, day: int, until: str) -> Story:
    """A case from the banned lines of the ledger: draft, notified, replied, decided, dismissed or closed."""
    yield world.plan.moment(day, 14, theme.number)
    officer, project = world.user("officer"), world.project("finished", theme.key)
    lines = list(LedgerLine.objects.open_banned().filter(project=project))
    facts = f"经核查，{'、'.join(f'凭证{line.voucher_no}“{line.summary}”' for line in lines)}不属于专项经费开支范围。"
    case = clawbacks.open_clawback(project=project, ground=2, facts=facts, lines=lines, by=officer)
    data = paper.pdf("核查记录", (project.number, facts))
    clawbacks.add_clawback_file(case, file=(data, "现场核查记录.pdf"), note="核查经过和凭证复印件", by=officer)
    if until == "draft":
        return
    yield world.plan.moment(day + 1, 14, theme.number)
    case = clawbacks.notify_clawback(case, by=officer)
    if until == "notified":
        return
    yield world.plan.moment(day + 4, 14, theme.number)
    text = "我单位财务人员对列支口径理解有误，认可核查事实，将按要求缴回并完善内部审核。"
    case = clawbacks.reply_clawback(case, text=text, by=world.staff(theme, "unitadmin"))
    if until == "replied":
        return
    yield world.plan.moment(day + 9, 14, theme.number)
    director = world.user("director")
    if until == "dismissed":
        clawbacks.dismiss_clawback(case, by=director, note="单位已提供补充凭证并自行冲正，不再追回。")
        return
    case = clawbacks.decide_clawback(case, by=director, note="事实清楚，单位无异议，决定追回。")
    yield from _repay_story(world, theme, case, day=day + 20, whole=until == "closed")


def _repay_story(world: World, theme: Theme, case, *, day: int, whole: bool) -> Story:
    yield world.plan.moment(day, 14, theme.number)
    amount = case.amount if whole else (case.amount / 2).quantize(content.Decimal("0.01"))
    received = world.plan.day(day)
    clawbacks.record_repayment(
        clawback=case, amount=amount, received_on=received, voucher_no=f"收{received:%m%d}-{theme.number:02d}",
        by=world.user("finance"),
    )  # fmt: skip
    if whole:
        yield world.plan.moment(day + 2, 14, theme.number)
        clawbacks.close_clawback(case, by=world.user("officer"), note="款项已缴清")


def audit_story(world: World, theme: Theme, *, day: int, until: int, report: bool) -> Story:
    """Engage the auditor, who asks; the unit answers; perhaps the report follows."""
    yield world.plan.moment(day, 9)
    project, auditor = world.project("finished", theme.key), world.user("auditor")
    engagement = audits.engage_auditor(
        projects=[project], auditor=auditor, firm="拟定会计师事务所（虚构）", starts_on=world.plan.day(day),
        ends_on=world.plan.day(until), by=world.user("officer"),
    )  # fmt: skip
    yield world.plan.moment(day + 2, 9)
    line = project.ledger_lines.order_by("-amount").first()
    text = "该笔支出金额较大，请提供合同、验收单和比价记录。"
    audit = engagement.project_audits.get()
    finding = audits.add_finding(audit=audit, text=text, lines=[line], by=world.user("auditor"))
    audits.add_finding(audit=audit, text="请说明劳务费发放对象与本单位人员无重合。", by=world.user("auditor"))
    yield world.plan.moment(day + 4, 9)
    answer = "合同、验收单与三家比价记录已作为附件归档，可在现场查阅。"
    audits.answer_finding(finding, text=answer, by=world.staff(theme, "drafter"))
    if report:
        yield world.plan.moment(day + 8, 9)
        data = paper.pdf("专项审计报告", (project.number, project.title, "经审计，专项经费单独核算，支出总体合规。"))
        audits.submit_audit_report(
            audit, report=(data, "专项审计报告.pdf"), opinion="专项经费单独核算，支出总体合规，未发现重大问题。",
            by=world.user("auditor"),
        )  # fmt: skip


def budget_story(world: World, theme: Theme, *, day: int) -> Story:
    """The unit moves a little money between two categories by itself."""
    yield world.plan.moment(day, 10, theme.number)
    project = world.project("finished", theme.key)
    plan = current_plan(project, money_summary(project).contract_version)
    (first, most), (second, other) = sorted(plan.items(), key=lambda row: (row[0][1] != "grant", -row[1]))[:2]
    part = (min(most, other) / 20).quantize(content.Decimal("1"))
    after = plan | {first: most - part, second: other + part}
    reason = "活动改为线上线下结合，场地费用减少，相应增加专业服务支出。"
    adjust_budget(project=project, after=after, reason=reason, by=world.staff(theme, "drafter"))


def surplus_story(world: World, theme: Theme, *, day: int, paid: bool) -> Story:
    """The rest of a grant is asked back; perhaps it arrives."""
    yield world.plan.moment(day, 10, theme.number)
    project = world.project("finished", theme.key)
    row = order_surplus_return(project=project, by=world.user("officer"))
    if not paid:
        cancel_surplus_return(row, by=world.user("officer"), note="单位补报一笔冲销，重新计算")
        order_surplus_return(project=project, by=world.user("officer"))
    else:
        yield world.plan.moment(day + 6, 10, theme.number)
        received = world.plan.day(day + 6)
        record_surplus_return(
            row, amount=row.amount, received_on=received, voucher_no=f"退{received:%m%d}-{theme.number:02d}",
            receipt=(paper.png(world.serial()), "结余退回回单.png"), by=world.user("finance"),
        )  # fmt: skip


def ending_story(world: World, theme: Theme, *, day: int, how: str) -> Story:
    """Suspend, terminate by change request, or close a project."""
    yield world.plan.moment(day, 10, theme.number)
    project = world.project("finished", theme.key)
    if how == "suspend":
        note = "主要试验场地改造，三个月内不具备实施条件，经报告同意暂停"
        archives.suspend_project(project, by=world.user("officer"), note=note)
    elif how == "close":
        archives.close_project(project, by=world.user("officer"), note="材料齐全，予以归档")
    else:
        reason = "核心成员单位业务调整，关键设备已处置，项目无法继续实施，申请终止并退回未使用资金。"
        change = changes.request_change(
            project=project,
            kind="termination",
            reason=reason,
            after={"text": reason},
            by=world.staff(theme, "unitadmin"),
        )
        yield world.plan.moment(day + 4, 10, theme.number)
        changes.approve_change(change, by=world.user("director"), note="同意终止，按规定清算经费")


def qualities_of(rows, values: dict[str, int]) -> dict[str, int]:
    """Project title -> quality of an acceptance round."""
    known = {theme.key: theme for theme in themes()}
    return {content.title_of(known[key], variant): values[key] for key, variant in rows}
