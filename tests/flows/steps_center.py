"""What the center does in the admin: calls, formality, rounds, proposals, notices, contracts."""

from datetime import timedelta

from django.utils import timezone

from projects.models import Application, Call, Project, PublicNotice
from reviews.models import Proposal, Round
from tests.flows.visitor import Page, Visitor
from tests.flows.world import World


def move(visitor: Visitor, model: str, pk: int, name: str, label: str, *, note: str = "") -> Page:
    """Take one edge of the state table: the button on the page, the confirmation, the message."""
    page = visitor.open(f"/admin/{model}/{pk}/change/")
    assert f"/admin/{model}/{pk}/move/{name}/" in page, f"no button {name} on {page.address}"
    return visitor.open(f"/admin/{model}/{pk}/move/{name}/").press(label, note=note)


def local(moment) -> str:
    """A moment as a browser's datetime field sends it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def publish_call(world: World, **changes) -> Call:
    """Draft a call in the admin, look at its preview, publish it, find it on the public site."""
    now, today = timezone.now(), timezone.localdate()
    opens, closes = timezone.localtime(now - timedelta(days=1)), timezone.localtime(now + timedelta(days=20))
    values = {
        "title": f"{today.year}年科创协同区域行动项目申报通知",
        "year": today.year,
        "notice_text": "各联合体牵头单位：\n现组织开展本年度项目申报，请按要求在线填报。",
        "contact": "项目管理部",
        "fixed_grant": "300000",
        "number_of_grants": 2,
        "experts_per_application": 3,
        "execution_start": (today + timedelta(days=30)).isoformat(),
        "execution_end": (today + timedelta(days=300)).isoformat(),
    }
    for name, moment in (("opens_at", opens), ("closes_at", closes)):
        values[name] = f"{moment:%Y-%m-%dT%H:%M:%S}"
    visitor = world.visit("officer")
    page = visitor.open("/admin/projects/call/add/")
    page.press("保存", **values | changes)
    call = Call.objects.get()
    page = visitor.open(f"/admin/projects/call/{call.pk}/move/publish/")
    assert "各联合体牵头单位" in page
    move(visitor, "projects/call", call.pk, "publish", "发布申报通知")
    call.refresh_from_db()
    assert call.state == "published"
    public = world.public().open(f"/calls/{call.pk}/")
    assert call.title in public
    assert "/documents/" in public
    return call


def check_formality(world: World, application: Application) -> None:
    """Open the table of rules, answer what no machine can, pass; passing before that is refused."""
    visitor, model = world.visit("officer"), "projects/application"
    address = f"/admin/{model}/{application.pk}/formality/"
    page = visitor.open(address)
    if not application.formality_items.exists():
        visitor.send(address, page.form("开始形式审查")[0].filled())
    move(visitor, model, application.pk, "pass_formality", "形式审查通过")
    application.refresh_from_db()
    assert application.state == "submitted", "passed although rows were open"
    left = [item.rule for item in application.formality_items.exclude(result="pass")]
    visitor.open(address).press("记录", **{f"result-{rule}": "pass" for rule in left})
    move(visitor, model, application.pk, "pass_formality", "形式审查通过")
    move(visitor, model, application.pk, "start_review", "进入评审")
    application.refresh_from_db()
    assert application.state == "under_review"


def create_round(world: World, call: Call, kind: str, title: str) -> Round:
    """A round of three experts an item, opened after a draw (dry run first)."""
    visitor, now = world.visit("officer"), timezone.now()
    values = {"call": call.pk, "kind": kind, "title": title, "experts_per_item": 3, "quorum": 3}
    values |= {"opens_at": local(now), "closes_at": local(now + timedelta(days=10)), "aggregation": "mean"}
    visitor.open("/admin/reviews/round/add/").press("建立评审轮次", **values)
    round = Round.objects.get(title=title)
    page = visitor.open(f"/admin/reviews/round/{round.pk}/draw/").press("试抽", seed="2025")
    assert "试抽结果" in page
    assert not round.items.filter(assignments__isnull=False).exists()
    page.press("按此结果确定")
    move(visitor, "reviews/round", round.pk, "open", "开始评审")
    round.refresh_from_db()
    assert round.state == "open"
    return round


def close_round(world: World, round: Round) -> None:
    """Look at what is missing, close the round, and look at the ranking."""
    visitor = world.visit("officer")
    page = visitor.open(f"/admin/reviews/round/{round.pk}/close/")
    assert "评分已齐" in page
    page.press("结束评审并计算排名")
    round.refresh_from_db()
    assert round.state == "closed"
    assert "评审排名" in visitor.open(f"/admin/reviews/round/{round.pk}/ranking/")


def decide_selection(world: World, round: Round) -> None:
    """Officer proposes, director confirms, BAST approves; nobody does two of these."""
    address = f"/admin/reviews/round/{round.pk}/proposal/"
    page = world.visit("officer").open(address)
    page.press("生成名单草稿")
    world.visit("officer").open(address).press("保存并提交拟支持名单")
    proposal = Proposal.objects.get(round=round)
    officer = world.visit("officer").open(f"/admin/reviews/proposal/{proposal.pk}/change/")
    assert "/move/confirm/" not in officer
    move(world.visit("director"), "reviews/proposal", proposal.pk, "confirm", "确认名单")
    move(world.visit("bast"), "reviews/proposal", proposal.pk, "approve", "审定通过")
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def publish_notice(world: World, application: Application) -> PublicNotice:
    """Draft and publish the public notice of one application."""
    visitor = world.visit("officer")
    page = visitor.open("/admin/projects/publicnotice/add/")
    title = "拟支持项目公示"
    page.press("保存", call=application.call_id, title=title, working_days=5, applications=[application.pk])
    notice = PublicNotice.objects.get(title=title)
    move(world.visit("officer"), "projects/publicnotice", notice.pk, "publish", "发布公示")
    notice.refresh_from_db()
    assert notice.state == "open"
    public = world.public().open(f"/notices/{notice.public_id}/")
    assert application.title in public
    assert application.leader.name not in public
    return notice


def approve_too_early(world: World, notice: PublicNotice, application: Application) -> None:
    """While the notice runs it can be neither closed nor its projects approved (8(3))."""
    officer, address = world.visit("officer"), f"/admin/projects/publicnotice/{notice.pk}/"
    assert f"{address}move/close/" not in officer.open(f"{address}change/")
    assert "此操作在目前状态下不可用" in officer.open(f"{address}move/close/")
    world.visit("director").open(f"/admin/projects/publicnotice/{notice.pk}/approve/").press("批准立项")
    notice.refresh_from_db()
    application.refresh_from_db()
    assert (notice.state, application.state) == ("open", "in_notice")
    assert not Project.objects.exists()


def object_to(world: World, notice: PublicNotice, application: Application) -> None:
    """Anybody objects by real name, gets a code, and asks by it how the case stands."""
    # Published at a weekend, the notice begins on the next working day.
    world.travel(max((notice.starts_on - timezone.localdate()).days, 0))
    visitor = world.public()
    page = visitor.open(f"/notices/{notice.public_id}/object/")
    values = {"application": application.public_id, "kind": "person", "declared": "on"}
    values |= {"objector_name": "", "objector_contact": "", "text": "该项目与另一项目内容重复，请予以核查。"}
    page = page.press("提交异议", **values)
    assert not notice.objections.exists()
    named = {"objector_name": "钱举报", "objector_contact": "13900000000"}
    page.press("提交异议", **(values | named))
    objection = notice.objections.get()
    application.refresh_from_db()
    assert application.state == "objection_hold"
    page = world.public().open("/objections/").press("查询", code=objection.query_code)
    assert "已收到" in page
    assert "钱举报" not in page


def close_notice_with_objection(world: World, notice: PublicNotice) -> None:
    """The period is over, but not closed with a case pending; another officer decides it, then it is closed."""
    objection = notice.objections.get()
    page = move(world.visit("officer"), "projects/publicnotice", notice.pk, "close", "结束公示")
    assert "异议" in page
    own = move(world.visit("officer2"), "projects/objection", objection.pk, "accept", "受理")
    assert "钱举报" in own
    note = "经核查，两个项目的目标和任务不同，不属于重复申报。"
    move(world.visit("officer2"), "projects/objection", objection.pk, "dismiss", "认定不成立", note=note)
    notice.refresh_from_db()
    if notice.state == "open":
        move(world.visit("officer"), "projects/publicnotice", notice.pk, "close", "结束公示")
        notice.refresh_from_db()
    assert notice.state == "closed"


def approve(world: World, notice: PublicNotice, application: Application) -> Project:
    """Approve what the notice names, when it is over."""
    page = world.visit("director").open(f"/admin/projects/publicnotice/{notice.pk}/approve/")
    page.press("批准立项")
    return Project.objects.get(application=application)


def sign_contract(world: World, project: Project) -> None:
    """Text from the frozen application, issued, sealed and uploaded by the unit, checked by the director."""
    from tests.flows.world import pdf

    officer = world.visit("officer")
    officer.open(f"/admin/projects/project/{project.pk}/prepare/").press("拟定任务合同")
    contract = project.contracts.get()
    move(officer, "projects/contract", contract.pk, "issue", "签发合同文本")
    own, unit = f"/projects/{project.public_id}/contract/", world.visit("unitadmin")
    page = unit.open(f"{own}sign/").press("上传扫描件", digest="0" * 12, scan=pdf("合同.pdf", "sealed"), expect=400)
    assert "摘要" in page
    contract.refresh_from_db()
    unit.open(f"{own}sign/").press("上传扫描件", digest=contract.sha256[:12], scan=pdf("合同.pdf", "sealed"))
    move(world.visit("director"), "projects/contract", contract.pk, "make_effective", "核对无误并生效")
    contract.refresh_from_db()
    project.refresh_from_db()
    assert (contract.state, project.state) == ("effective", "running")
