"""Stories of review rounds and decisions: seats, sheets with real points and words, proposal by three people."""

from decimal import Decimal

from portal.overview.demo.content import themes
from portal.overview.demo.world import Story, World
from reviews import scoring
from reviews.actions import feedback, proposals, rounds, sheets
from reviews.models import Assignment

PRAISE = {
    "necessity": "选题紧扣区域产业短板，需求来自一线，立项依据充分。",
    "consortium": "成员结构完整，上下游分工清楚，协同机制已有运行基础。",
    "goals": "六项指标均可考核，部分指标高于底线，完成把握较大。",
    "feasibility": "技术路线分步验证，进度与交付物对应，风险预案具体。",
    "benefit": "在京转化去向明确，示范场景可复制，经济效益测算较合理。",
    "budget": "预算与任务对应，测算依据清楚，未见禁列支出。",
    "results": "任务指标佐证齐全，成果质量与合同约定相符。",
    "innovation": "关键技术有实质突破，产学研协同方式有新意。",
    "significance": "对区域产业服务作用明显，具有推广价值。",
    "effect": "成员扩容和活动影响达到预期，经费管理与资料归档规范。",
}
WEAK = {
    "results": "个别成果转化佐证不足，产出数据缺少第三方证明，需补充。",
    "effect": "活动签到与影像资料不够完整，成员参与度偏低，应当整改。",
    "goals": "部分指标的考核口径不够具体，难以据此判断完成质量。",
    "budget": "委托业务费测算依据偏粗，与任务工作量的对应关系不清。",
}
# Opinions by kind of round and level (good, middling, weak); the title stands before them.
VERDICTS = {
    "selection": (
        (
            "需求真实、路线清楚、分工合理，预期成果有明确的使用单位。建议支持，并在实施中加强数据留存与第三方验证。",
            "抓住了区域产业的共性需求，成员之间优势互补，测算依据清楚。建议支持，转化合同宜尽早落实到具体单位。",
            "前期基础扎实，各项指标可以考核，活动方案具体可行。建议支持，图谱的数据来源和更新办法应写入合同。",
        ),
        (
            "总体可行，但部分指标的支撑材料还不够扎实，建议补充测试数据、细化进度安排后推进实施。",
            "方向符合要求，成员单位的任务分工偏笼统，建议明确每家单位的交付物和完成时间。",
            "有一定工作基础，成果转化的对象尚未落实，建议先与应用单位签订意向协议。",
        ),
        (
            "与联合体已有工作重复较多，目标和经费测算缺少依据，与同批项目相比差距明显，暂不建议支持。",
            "论证停留在一般描述，没有说明成果由谁使用、怎样考核，暂不建议支持。",
            "实施方案与六项任务指标对应不上，成员单位参与程度不清楚，暂不建议支持。",
        ),
    ),
    "acceptance": (
        (
            "全面完成合同指标，转化成果有合同和产出数据支撑，经费使用规范。建议通过验收，并持续跟踪应用成效。",
            "成员扩容和转化成果超出合同目标，案例报告有推广价值，账目清楚。建议通过验收，图谱宜按年更新。",
            "任务完成质量较高，产业活动企业参与充分，佐证材料齐全可查。建议通过验收，后续可在其他区复制。",
        ),
        (
            "主要指标已经完成，部分转化成果的产出数据偏少，建议补充应用证明后归档。",
            "任务基本完成，经费执行与进度不够匹配，建议说明科目之间差异的原因。",
            "完成了合同约定的数量，案例报告的分析深度有待加强，建议修改后提交定稿。",
        ),
        (
            "在佐证完整性和成效数据方面存在明显不足，与合同指标有差距，建议对照清单逐项整改后再作判断。",
            "新增成员和转化成果没有达到合同数量，现有材料不能证明实际产出，建议限期整改。",
            "多项指标未能核实，经费执行率偏低且缺少说明，建议整改到位后重新评价。",
        ),
    ),
}


def subject_title(item) -> str:
    """What a comment calls the item."""
    return item.judged_application.title


def seat(world: World, name: str, chosen: dict[int, list[int]]) -> None:
    """Seat experts by place: item id -> places; the first one leads."""
    officer = world.user("officer")
    for item in world.round(name).items.order_by("pk"):
        for rank, place in enumerate(chosen[item.pk]):
            rounds.assign_expert(item=item, expert=world.expert(place), by=officer, is_chair=rank == 0)


def judge(assignment: Assignment, quality: int, by) -> None:
    """Accept, fill in and submit one sheet; `quality` is roughly the total out of 100."""
    sheets.accept_assignment(assignment, by=by)
    scheme = scoring.scheme_of(assignment.item.round.scheme)
    scores, comments = {}, {}
    for place, row in enumerate(scheme.criteria):
        wanted = Decimal(quality + (assignment.pk * 7 + place * 5) % 5 - 2)
        points = (row.maximum * min(wanted, Decimal(98)) / 100).quantize(Decimal(1))
        scores[row.code] = str(points)
        weak = points * 100 < row.maximum * 70
        comments[row.code] = (
            WEAK.get(row.code, "这一方面论证不够充分，与同类项目相比有差距。") if weak else PRAISE[row.code]
        )
    codes = [choice.code for choice in scheme.recommendations]
    recommendation = codes[0] if quality >= 80 else codes[1] if quality >= 66 else codes[-1]
    sheets.save_sheet(
        assignment=assignment,
        scores=scores,
        comments=comments,
        recommendation=recommendation,
        comment=_verdict(assignment, quality),
        revision=0,
        by=by,
    )
    sheets.submit_sheet(assignment, by=by)


def _verdict(assignment: Assignment, quality: int) -> str:
    """The opinion of one seat: neighbours on an item do not say the same."""
    item = assignment.item
    level = 0 if quality >= 80 else 1 if quality >= 66 else 2
    choices = VERDICTS["selection" if item.application_id else "acceptance"][level]
    return f"“{subject_title(item)}”{choices[assignment.pk % len(choices)]}"


def score_story(world: World, name: str, *, day: int, quality: dict[str, int], leave_open: bool = False) -> Story:
    """All experts of a round sign and score, a day later the round is closed."""
    yield world.plan.moment(day, 9, 20)
    seats = list(Assignment.objects.filter(item__round=world.rounds[name]).order_by("pk"))
    for assignment in seats:
        by = assignment.expert.user
        sheets.sign_undertaking(round=assignment.item.round, by=by, signed_name=by.name)
        judge(assignment, quality[subject_title(assignment.item)], by)
    for assignment in Assignment.objects.filter(item__round=world.rounds[name], is_chair=True):
        text = _verdict(assignment, quality[subject_title(assignment.item)])
        sheets.save_summary(assignment, text=f"专家组审阅材料后认为：{text}", by=assignment.expert.user)
    if leave_open:
        return
    yield world.plan.moment(day + 1, 16)
    rounds.close_round(world.round(name), by=world.user("officer"))


def selection_story(world: World, name: str, call: str, rows, *, day: int, quality: dict[str, int]) -> Story:
    """A selection round over applications (theme key, variant): created, seated, opened."""
    yield world.plan.moment(day, 9)
    officer = world.user("officer")
    chosen = [world.application(call, key, variant) for key, variant in rows]
    round = rounds.create_round(
        call=world.call(call),
        kind="selection",
        title=f"{world.plan.year(call)}年立项评审（{name}）",
        by=officer,
        opens_at=world.plan.moment(day, 9),
        closes_at=world.plan.moment(max(day + 6, 9), 18),
        applications=chosen,
    )
    world.rounds[name] = round.pk
    items = list(round.items.order_by("pk"))
    # Three neighbours of the pool for each item, moving on by three: a fair load.
    seat(world, name, {item.pk: [place * 3, place * 3 + 1, place * 3 + 2] for place, item in enumerate(items)})
    rounds.open_round(world.round(name), by=officer)
    if quality:
        yield from score_story(world, name, day=day + 2, quality=quality)


def decision_story(
    world: World, name: str, *, day: int, outcomes: dict[str, str], steps: int = 3, returned: bool = False
) -> Story:
    """Propose, confirm and approve the list of a closed round; `steps` of three people act, or one sends it back."""
    yield world.plan.moment(day, 10)
    items = world.round(name).items.select_related("application")
    chosen = {item.pk: (outcomes.get(item.application.title, "support"), "") for item in items}
    proposal = proposals.propose(round=world.round(name), outcomes=chosen, by=world.user("officer"))
    if returned:
        yield world.plan.moment(day + 1, 10)
        note = "一项意见与评分差距较大，请补充合议记录后再报。"
        proposals.send_back_proposal(proposal, by=world.user("director"), note=note)
    if steps > 1:
        yield world.plan.moment(day + 1, 10)
        proposals.confirm_proposal(proposal, by=world.user("director"), digest=proposal.digest, note="同意")
    if steps > 2:
        yield world.plan.moment(day + 2, 10)
        proposals.approve_proposal(proposal, by=world.user("bast"), digest=proposal.digest, note="同意")


def feedback_story(world: World, name: str, *, day: int, release: bool) -> Story:
    """Draft the letters of a round from the panels' opinions, and release them once the notice is out."""
    yield world.plan.moment(day, 15)
    officer, round = world.user("officer"), world.round(name)
    feedback.draft_feedback(round, by=officer)
    if release:
        feedback.release_feedback(round, by=officer)
        while feedback.make_letters(round.pk):
            pass


def qualities(call_rows, base: dict[str, int]) -> dict[str, int]:
    """Project title -> quality, from (theme key, variant) rows; the default falls slowly along the rows."""
    by_key = {theme.key: theme for theme in themes()}
    return {
        (by_key[key].title if variant == 0 else by_key[key].variants[variant - 1]["title"]): base.get(key, 91 - place)
        for place, (key, variant) in enumerate(call_rows)
    }
