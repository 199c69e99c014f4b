"""An expert at his score sheet in Chromium: by keyboard alone, without scripts, zoomed, on a phone, on paper (D4)."""

import pytest

from portal import files
from reviews.actions import schemes
from reviews.models import Assignment
from tests.browser.keys import Keys
from tests.factories import make_user
from tests.projects import applying
from tests.reviews import worlds

WIDTHS = {"desk": 1440, "at 200 percent": 720, "phone": 390}


@pytest.fixture
def begun(transactional_db):
    """(seat, user) of an expert who accepted one of two items, with a PDF attached to it."""
    round, people, officer = worlds.open_world(applications=2)
    rows = [dict(row) | {"may_skip": row["code"] == "budget"} for row in round.scheme["criteria"]]
    schemes.change_scheme(round, scheme={**round.scheme, "criteria": rows}, revision=0, by=officer, note="允许不适用")
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    seat.item.version.files.add(files.store(applying.PDF, "实施方案.pdf", by=make_user()))
    return seat, people[0].user


def test_a_sheet_is_finished_by_keyboard_alone(open_as, begun):
    seat, user = begun
    page = open_as(user)
    page.goto("/reviews/")
    keys = Keys(page)
    keys._until(lambda found: found["text"].startswith("开始评分"), "开始评分")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    points = list(worlds.points(seat, 80).items())
    keys.to(f"points_{points[0][0]}")
    for code, value in points[:-1]:
        assert keys.focus()["name"] == f"points_{code}"
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    # Up and down by the step of the sheet, to the limits and no further.
    assert keys.focus()["name"] == f"points_{points[-1][0]}"
    for _ in range(25):
        page.keyboard.press("ArrowUp")
    assert page.input_value(f"#id_points_{points[-1][0]}") == "10"
    page.keyboard.press("ArrowDown")
    assert page.input_value(f"#id_points_{points[-1][0]}") == "9.5"
    # Leave the field, and go by its number.
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    assert keys.focus()["name"] == f"points_{points[1][0]}"
    page.keyboard.press("Escape")
    keys.to("recommendation")
    page.keyboard.press("Space")
    keys.to("comment")
    page.keyboard.insert_text(worlds.COMMENT)
    assert page.inner_text("[data-score-total]") == "81.5"
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    keys.to_button("提交评分")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    seat = Assignment.objects.get(pk=seat.pk)
    assert (seat.state, str(seat.sheet.total)) == ("submitted", "81.50")


def test_a_sheet_is_finished_without_scripts(open_as, begun):
    seat, user = begun
    page = open_as(user, scripts=False)
    page.goto("/reviews/")
    page.click("text=开始评分")
    page.click("summary:has-text('在本页查看')")
    assert page.locator(".file-inline iframe").get_attribute("src").endswith("?inline")
    for code, value in worlds.points(seat, 80).items():
        if code != "budget":
            page.fill(f"#id_points_{code}", value)
    page.check("#id_skip_budget")
    page.fill("#id_comment_budget", "本项目不使用财政资金，无法评价此项")
    page.check("#id_recommendation_1")
    page.fill("#id_comment", worlds.COMMENT)
    page.click("button:has-text('保存') >> nth=0")
    assert "已保存" in page.inner_text("main")
    assert page.is_checked("#id_skip_budget")
    page.click("button:has-text('核对并提交')")
    page.click("button:has-text('提交评分')")
    seat = Assignment.objects.get(pk=seat.pk)
    assert (seat.state, str(seat.sheet.total)) == ("submitted", "80.00")


def test_the_total_on_the_page_is_the_one_that_is_stored(open_as, begun):
    seat, user = begun
    page = open_as(user)
    page.goto(f"/reviews/seats/{seat.pk}/")
    for code, value in (worlds.points(seat, 80) | {"budget": "3"}).items():
        page.fill(f"#id_points_{code}", value)
    assert page.inner_text("[data-score-total]") == "75"
    page.check("#id_skip_budget")
    assert page.input_value("#id_points_budget") == ""
    assert (page.inner_text("[data-score-total]"), page.inner_text("[data-score-count]")) == ("80", "6/6")
    page.fill("#id_points_goals", "20.5")
    assert page.get_attribute("#id_points_goals", "aria-invalid") == "true"
    page.click("button[data-band-for=id_points_goals] >> nth=0")
    assert page.input_value("#id_points_goals") == "19"
    page.wait_for_selector("[data-save-state][data-state=saved]", timeout=9000)
    assert page.inner_text("[data-save-state]").startswith("已自动保存")
    page.reload()
    assert page.input_value("#id_points_goals") == "19"
    assert page.is_checked("#id_skip_budget")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_page_of_an_expert_is_accessible_and_fits(open_as, assert_fine, begun, width):
    seat, user = begun
    worlds.save(seat, 50, comments={})
    second = Assignment.objects.filter(expert=seat.expert).exclude(pk=seat.pk).get()
    page = open_as(user, width=width)
    own = f"/reviews/seats/{seat.pk}/"
    paths = ["/reviews/", own, f"{own}submit/", f"{own}print/", f"{own}recuse/", f"/reviews/seats/{second.pk}/"]
    for path in paths:
        page.goto(path)
        assert_fine(page)
    page.goto(own)
    page.click("summary:has-text('在本页查看')")
    bar = page.locator(".review-bar").bounding_box()
    assert 0 <= bar["y"] <= 900 - bar["height"] or width == 720, "the total is in sight without scrolling"
    sizes = page.evaluate(
        "[...document.querySelectorAll('.review-sheet button, .review-sheet .score-input, .check-line')]"
        ".map(it => it.getBoundingClientRect()).filter(box => box.width && (box.height < 42 || box.width < 42)).length"
    )
    assert sizes == 0, "something to press is smaller than a thumb"


def test_a_sheet_is_printed_on_one_sheet_of_paper(open_as, begun):
    seat, user = begun
    worlds.save(seat, 80)
    page = open_as(user)
    page.goto(f"/reviews/seats/{seat.pk}/print/")
    page.emulate_media(media="print")
    assert not page.is_visible(".site-head")
    assert page.is_visible("text=专家签字")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page/") <= 1


def test_what_an_expert_leaves_is_gone_at_once(open_as, begun):
    seat, user = begun
    page = open_as(user)
    page.goto(f"/reviews/seats/{seat.pk}/")
    page.click("a:has-text('申请回避')")
    page.check("text=师生")
    page.fill("#id_reason", "与项目负责人是师生关系")
    page.click("button:has-text('提交回避申请')")
    assert seat.item.application.title not in page.inner_text("main")
    page.go_back()
    page.reload()
    assert page.goto(f"/reviews/seats/{seat.pk}/").status == 404
