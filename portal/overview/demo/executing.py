"""Stories of running projects: evidence, work ledger, reports."""

from consortia.actions import consortia as consortium_acts
from portal.editions import edition
from portal.overview.demo import content, narrative, paper
from portal.overview.demo.content import Theme
from portal.overview.demo.people import make_units, name_for
from portal.overview.demo.world import Story, World
from projects.actions import evidence as acts
from projects.actions import reports, work_log
from projects.models import Evidence, ProgressReport, Project


def evidence_story(
    world: World, theme: Theme, variant: int, *, first: int, last: int, share: float = 1.0, refused: int = 0
) -> Story:
    """Evidence for the six indicators between two days: `share` of it is handed in, the first `refused` are rejected.

    With a share below one the newest handed-in item still waits and one more is a draft.
    """
    items = _items(world, theme, variant)
    wanted = max(round(len(items) * share), 1)
    for place, build in enumerate(items[:wanted]):
        day = first + (last - first) * place // len(items)
        yield world.plan.moment(day, 13, theme.number)
        whole = share >= 1
        row = _hand_in(world, theme, variant, build(day - 1), claim=whole or place < wanted - 1)
        if not whole and place >= wanted - 3:
            continue
        yield world.plan.moment(day + 3, 13, theme.number)
        _answer(world, row, rejected=place < refused)


def _hand_in(world: World, theme: Theme, variant: int, fields: dict, *, claim: bool) -> int:
    drafter = world.staff(theme, "drafter")
    project = world.project("finished", theme.key, variant)
    row = acts.add_evidence(project=project, by=drafter, **fields)
    if claim:
        acts.claim_evidence(row, by=drafter)
    return row.pk


def _answer(world: World, pk: int, *, rejected: bool) -> None:
    row, officer = Evidence.objects.get(pk=pk), world.user("officer")
    if rejected:
        acts.reject_evidence(row, by=officer, note="佐证材料缺少落款日期和公章，无法确认发生时间，请补齐后重新提交。")
    else:
        acts.verify_evidence(row, by=officer, note="材料齐全，予以认定")


def _items(world: World, theme: Theme, variant: int) -> list:
    """Builders of evidence fields, day -> dict, in the order in which the work was done."""
    goals = content.targets(theme, variant)
    members = [
        lambda day, place=place: _member(world, theme, variant, place, day)
        for place in range(goals["member_expansion"])
    ]
    moved = [
        lambda day, place=place: _transfer(world, theme, variant, place, day) for place in range(goals["tech_transfer"])
    ]
    rest = [
        lambda day: _report(world, theme, variant, day),
        lambda day: _map(world, theme, variant, day),
        lambda day: _event(world, theme, variant, day),
        lambda day: _summary(world, theme, variant, day),
    ]
    mixed = [item for pair in zip(members, moved, strict=False) for item in pair]
    return [*mixed, *members[len(moved) :], *rest]


def _page(world: World, title: str, *lines: str) -> bytes:
    return paper.pdf(title, (*lines, "本文件为演示用的虚构材料。", f"材料流水号：{world.serial():05d}"))


def _member(world: World, theme: Theme, variant: int, place: int, day: int) -> dict:
    name = narrative.newcomer(theme, place + variant * 7, "finished" if not variant else "reviewing")
    if name not in world.units:
        make_units(world, [(name, "private")], theme.districts[-1])
    unit, joined = world.unit(name), world.plan.day(day)
    consortium_acts.add_member(
        consortium=world.consortium(theme), unit=unit, joined_on=joined, task="成果应用与服务", by=world.user("officer")
    )
    agreement = _page(
        world, "联合体入会协议", f"甲方：{theme.lead['name']}", f"乙方：{name}", "双方按章程开展协同创新。"
    )
    return {
        "kpi_code": "member_expansion",
        "title": f"{name}加入联合体",
        "happened_on": joined,
        "data": {"credit_code": unit.credit_code, "unit_name": name},
        "files": [(agreement, "入会协议.pdf", "入会协议")],
    }


def _transfer(world: World, theme: Theme, variant: int, place: int, day: int) -> dict:
    names = {choice.name: choice.code for choice in edition("2025").districts}
    title, output = narrative.transfer_title(theme, place, variant), narrative.transfer_output(theme, place)
    number = f"京技合登{theme.number:02d}{variant}{place + 1:03d}"
    provider = world.unit(theme.members[place % 3])
    proof = _page(world, "技术合同", title, f"登记编号：{number}", f"成效：{output}")
    return {
        "kpi_code": "tech_transfer",
        "title": title[:60],
        "happened_on": world.plan.day(day),
        "data": {
            "contract_number": number,
            "district": names[theme.districts[0]],
            "provider_code": provider.credit_code,
            "receiver_code": world.unit(theme.members[4]).credit_code,
            "output": output,
        },
        "files": [(proof, "技术合同.pdf", "技术合同")],
    }


def _report(world: World, theme: Theme, variant: int, day: int) -> dict:
    title = f"{content.title_of(theme, variant)}校企合作案例报告"
    steps = narrative.sentences(content.sections(theme, variant)["implementation"])
    return {
        "kpi_code": "case_report",
        "title": title,
        "happened_on": world.plan.day(day),
        "data": {},
        "files": [(_page(world, title, *steps), "案例报告.pdf", "案例报告全文")],
    }


def _map(world: World, theme: Theme, variant: int, day: int) -> dict:
    kind = ("industry", "talent")[theme.number % 2]
    title = f"{theme.field}{'产业' if kind == 'industry' else '人才'}图谱（{theme.districts[0]}）"
    guide = _page(
        world, title, "编制说明", narrative.sentences(theme.mechanism)[0], f"覆盖{'、'.join(theme.districts)}"
    )
    return {
        "kpi_code": "industry_map",
        "title": title,
        "happened_on": world.plan.day(day),
        "data": {"option": kind},
        "files": [(paper.png(world.serial()), "图谱.png", "图谱文件"), (guide, "编制说明.pdf", "编制说明")],
    }


def _event(world: World, theme: Theme, variant: int, day: int) -> dict:
    people = content.attendance(theme)
    title = narrative.event_title(theme, variant)
    attendees = [[name_for(place), f"010-7{theme.number:02d}{place:05d}"] for place in range(people)]
    return {
        "kpi_code": "innovation_event",
        "title": title,
        "happened_on": world.plan.day(day),
        "told_center_on": world.plan.day(day - 10),
        "news_url": f"https://news.example.cn/kechuang/{theme.key}-{variant}",
        "data": {
            "hosts": f"北京市科学技术协会、{theme.lead['name']}",
            "bast_attendee": "韩若谷",
            "attendees": attendees,
            "attendance": people,
            "partner_kind": content.partner(theme),
        },
        "files": [
            (
                _page(world, f"{title}通知", "主办：北京市科学技术协会", f"承办：{theme.lead['name']}"),
                "活动通知.pdf",
                "通知或议程",
            ),
            (paper.png(world.serial()), "现场照片.png", "现场照片"),
        ],
    }


def _summary(world: World, theme: Theme, variant: int, day: int) -> dict:
    text = summary_of(theme, variant)
    return {
        "kpi_code": "work_summary",
        "title": f"{content.title_of(theme, variant)}工作总结",
        "happened_on": world.plan.day(day),
        "data": {"text": text},
        "files": [(_page(world, "工作总结", *narrative.sentences(text)[:20]), "工作总结.pdf", "工作总结全文")],
    }


def summary_of(theme: Theme, variant: int) -> str:
    """The work summary of a project with its committed results."""
    goals = content.targets(theme, variant)
    call = "finished" if not variant else "reviewing"
    joined = [narrative.newcomer(theme, place + variant * 7, call) for place in range(goals["member_expansion"])]
    moved = [
        (narrative.transfer_title(theme, place, variant), narrative.transfer_output(theme, place))
        for place in range(goals["tech_transfer"])
    ]
    return narrative.summary(theme, variant, joined, moved, content.attendance(theme))


def report_story(world: World, theme: Theme, variant: int, *, until: int) -> Story:
    """Submit and answer the quarterly reports that fall due by day `until`; the last one is still unanswered."""
    yield world.plan.moment(-328, 17, theme.number)
    project = world.project("finished", theme.key, variant).pk
    due = ProgressReport.objects.filter(project=project, kind="progress", due_on__lte=world.plan.day(until))
    for quarter, (pk, due_on) in enumerate(due.order_by("due_on").values_list("pk", "due_on")):
        day = (due_on - world.plan.today).days
        yield world.plan.moment(day - 4, 17, theme.number)
        if Project.objects.get(pk=project).state != "running":
            return
        texts = narrative.report_texts(theme, variant, quarter)
        reports.submit_report(ProgressReport.objects.get(pk=pk), by=world.staff(theme, "drafter"), **texts)
        if day > until - 60:
            return
        yield world.plan.moment(day + 2, 17, theme.number)
        note = "进展总体符合计划，请继续加强佐证材料的及时归集。"
        reports.review_report(ProgressReport.objects.get(pk=pk), by=world.user("officer"), note=note)


def work_log_story(world: World, theme: Theme, variant: int, *, first: int, number: int) -> Story:
    """Lines of the work ledger, a few weeks apart."""
    facts = theme.variants[0]
    rows = (
        ("activity", f"{theme.consortium[:12]}季度需求对接会", f"围绕{facts['place']}的应用需求交流，到会单位十余家。"),
        ("material", "示范现场影像资料", f"记录{theme.members[0]}现场调试过程。"),
        ("patent", f"{content.title_of(theme, variant)[:12]}相关发明专利受理", f"申请人{theme.members[1]}。"),
        ("people", "联合体专家与技术骨干名册更新", f"新增{theme.districts[0]}技术骨干六名。"),
        ("paper", f"{theme.field}应用研究论文录用", f"第一单位{theme.members[1]}，注明项目资助。"),
        ("news", f"{theme.lead['name']}协同创新工作报道", facts["effect"]),
    )
    for place, (kind, title, text) in enumerate(rows[:number]):
        yield world.plan.moment(first + place * 38, 12, theme.number)
        file = (paper.png(world.serial()), "影像.png") if kind == "material" else None
        work_log.add_entry(
            project=world.project("finished", theme.key, variant), kind=kind, title=title,
            happened_on=world.plan.day(first + place * 38 - 1), description=text,
            by=world.staff(theme, "drafter"), file=file,
        )  # fmt: skip


def mend_story(world: World, theme: Theme, *, day: int) -> Story:
    """Hand rejected evidence in anew, which the center then accepts."""
    yield world.plan.moment(day, 13)
    rows = Evidence.objects.filter(project=world.project("finished", theme.key), state="rejected")
    claimed = [acts.claim_evidence(row, by=world.staff(theme, "drafter")).pk for row in rows]
    yield world.plan.moment(day + 3, 13)
    for pk in claimed:
        _answer(world, pk, rejected=False)
