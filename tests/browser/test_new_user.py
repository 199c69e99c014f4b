"""A unit that never applied goes by the words on the pages alone from signing in to the receipt (C1-C5, C7, C8)."""

import pytest

from projects.models import Application
from tests.projects import applying

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "围绕区域产业需求组织成员单位开展协同攻关和成果对接，形成可以核对的工作安排。" * 10
TITLE = "第一次申报的协同项目"
KPIS = {"年度扩容": "6", "转化": "3", "案例": "1", "图谱": "1", "产业创新活动": "1", "工作总结": "1"}


def go_on(page, part):
    """Save, and be where the page said it would go."""
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_role("heading", level=1, name=part).wait_for()


def begin(page):
    """From the home page to the first part."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="项目申报").click()
    assert "还没有申报书" in page.inner_text("main")
    page.get_by_role("link", name="开始申报", exact=True).click()
    page.get_by_label("项目名称").fill(TITLE)
    page.get_by_role("button", name="建立申报书草稿").click()
    assert "已完成 1/11" in page.inner_text("main")
    page.get_by_role("link", name="继续填写：封面信息").click()


def fill_cover(page, leader):
    """封面信息 and what is only read after it."""
    page.get_by_label("所属领域").select_option(label="人工智能")
    page.get_by_label("服务区域").select_option(label="海淀区")
    page.get_by_label("项目负责人").select_option(label=leader.name)
    page.get_by_label("监督专员", exact=True).fill("孙监督")
    page.get_by_label("监督专员电话").fill("010-60000000")
    page.get_by_label("本单位承诺").check()
    go_on(page, "单位与联合体")
    page.get_by_role("link", name="下一部分").click()


def fill_texts(page):
    """The five texts, each under the heading that the one before led to."""
    for following in ("联合体基础与运行机制", "目标与主要任务", "实施方案", "预期成果与落地成效", "进度安排"):
        page.get_by_role("textbox").fill(TEXT)
        go_on(page, following)


def fill_stages(page, call):
    page.get_by_label("阶段", exact=True).first.fill("全周期")
    page.get_by_label("起", exact=True).first.fill(call.execution_start.isoformat())
    page.get_by_label("止", exact=True).first.fill(call.execution_end.isoformat())
    page.get_by_label("阶段目标").first.fill("完成任务")
    page.get_by_label("交付物").first.fill("工作总结")
    go_on(page, "绩效指标")


def fill_kpis(page):
    """A target below the floor is told at its field when it is left, before anything is sent."""
    for name, target in KPIS.items():
        page.get_by_role("group", name=name).get_by_label("目标值").fill(target)
    first = page.get_by_role("group", name="年度扩容")
    first.get_by_label("目标值").fill("5")
    page.keyboard.press("Tab")
    first.get_by_text("不能低于办法第十条（一）1的底线 6 家").wait_for()
    first.get_by_label("目标值").fill("6")
    page.get_by_label("图谱类型").select_option(label="产业图谱")
    page.get_by_label("计划参与人数").fill("120")
    page.get_by_label("联动单位类型").select_option(index=1)
    go_on(page, "经费预算")


def fill_budget(page):
    """The ban is told while typing; a line that may be spent balances the budget."""
    page.get_by_label("预算科目").first.select_option(label="会议费")
    page.get_by_label("第十三条方向").first.select_option(label="学术交流")
    page.get_by_label("支出内容").first.fill("宴请客户商务餐费")
    for label, value in (("单价", "300000"), ("数量", "1"), ("次数", "1")):
        page.get_by_label(label).first.fill(value)
    page.locator("#lines-0-verdict .badge-danger").wait_for()
    assert "第十四条（二）" in page.inner_text("#lines-0-verdict")
    page.get_by_label("支出内容").first.fill("产业创新活动场地与会务")
    page.locator("#lines-0-verdict .badge-ok").wait_for()
    page.locator("#budget-check").get_by_text("已平衡").wait_for()
    go_on(page, "项目团队")


def fill_team(page, unit):
    page.get_by_label("姓名").first.fill("李研究")
    page.get_by_label("单位", exact=True).first.fill(unit.name)
    page.get_by_label("承担任务").first.fill("总体协调")
    page.get_by_label("投入").first.fill("6")
    go_on(page, "附件")


def upload(page):
    """Every required file, found by its heading."""
    page.set_input_files(
        "#kind-licence input[type=file]", {"name": "证照.pdf", "mimeType": "application/pdf", "buffer": applying.PDF}
    )
    page.locator("#kind-licence button[type=submit]").last.click()
    page.get_by_text("已上传“法人证照”").wait_for()


def test_a_new_unit_goes_from_signing_in_to_the_receipt(open_as):
    team = applying.make_team()
    page = open_as(team.drafter)
    begin(page)
    fill_cover(page, team.leader)
    fill_texts(page)
    fill_stages(page, team.call)
    fill_kpis(page)
    fill_budget(page)
    fill_team(page, team.unit)
    upload(page)
    page.get_by_role("link", name="返回目录").click()
    assert "已完成 12/12" in page.inner_text("main")
    assert f"项目负责人（{team.leader.name}）" in page.inner_text("#steps [aria-current]")

    leader = open_as(team.leader)
    leader.get_by_role("link", name="去声明").click()
    leader.get_by_label("我已逐项核对").check()
    leader.get_by_role("button", name="声明材料真实").click()
    assert "送单位审核" in leader.inner_text("#steps [aria-current]")

    page.reload()
    page.get_by_role("link", name="送单位审核").click()
    page.get_by_role("button", name="送单位审核").click()
    assert team.admin.name in page.inner_text("#steps [aria-current]")

    admin = open_as(team.admin)
    admin.get_by_role("link", name="去审核").click()
    admin.get_by_role("link", name="提交申报").click()
    text = admin.inner_text("main")
    assert "冻结的内容" in text
    assert "还有 " in text
    admin.get_by_role("button", name="提交申报").click()
    application = Application.objects.get(title=TITLE)
    assert application.state == "submitted"
    assert application.versions.get().receipt in admin.inner_text("main")
    assert [*page.complaints, *leader.complaints, *admin.complaints] == []


def test_a_stale_tab_says_so_and_both_contents_are_settled(open_as):
    team = applying.make_team()
    application = applying.start(team)
    path = f"/applications/{application.public_id}/parts/rationale/"
    mine, theirs = open_as(team.drafter), open_as(team.admin)
    for page in (mine, theirs):
        page.goto(path)
    theirs.fill("#id_text", "管理员的文字")
    theirs.keyboard.press("Tab")
    theirs.get_by_text("已自动保存").wait_for()
    mine.fill("#id_text", "填报人的文字")
    mine.keyboard.press("Tab")
    mine.get_by_role("button", name="对照两份内容").click()
    assert "管理员的文字" in mine.inner_text("main")
    assert mine.evaluate("document.activeElement.id") == "error-summary"
    mine.get_by_label("采用我的").check()
    mine.get_by_role("button", name="按所选内容保存").click()
    assert application.sections.get(code="rationale").body["text"] == "填报人的文字"


def test_unfinished_rows_survive_a_closed_browser(open_as):
    team = applying.make_team()
    application = applying.start(team)
    path = f"/applications/{application.public_id}/parts/team/"
    page = open_as(team.drafter)
    page.goto(path)
    page.get_by_label("姓名").first.fill("只写了姓名")
    page.keyboard.press("Tab")
    page.locator("[data-state=kept]").wait_for()
    page.close(run_before_unload=False)
    again = open_as(team.drafter)
    again.goto(path)
    assert again.get_by_label("姓名").first.input_value() == "只写了姓名"
    assert again.evaluate("document.activeElement.id") == "error-summary"


def test_an_expired_session_is_told_and_nothing_is_called_saved(open_as, client):
    team = applying.make_team()
    application = applying.start(team)
    page = open_as(team.drafter)
    page.goto(f"/applications/{application.public_id}/parts/rationale/")
    page.context.clear_cookies(name="sessionid")
    page.fill("#id_text", "会话过期后写的")
    page.keyboard.press("Tab")
    page.get_by_text("登录已过期，没有保存").wait_for()
    assert page.input_value("#id_text") == "会话过期后写的"
    assert not application.sections.filter(body__text="会话过期后写的").exists()
