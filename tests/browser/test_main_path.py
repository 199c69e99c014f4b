"""The main path in Chromium: a draft becomes a submitted application, an expert scores, everybody can read."""

import pytest

from projects.models import Application
from tests import factories
from tests.projects import applying
from tests.reviews import worlds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "围绕区域产业需求组织成员单位开展协同攻关和成果对接，形成可以核对的工作安排。" * 10


def own(application, rest=""):
    return f"/applications/{application.public_id}/{rest}"


def test_unit_signs_in_fills_in_declares_and_submits(open_as):
    team = applying.make_team()
    page = open_as(team.drafter)
    page.goto("/applications/start/")
    page.select_option("#id_call", str(team.call.pk))
    page.select_option("#id_consortium", str(team.consortium.pk))
    page.fill("#id_title", "浏览器里填写的申报")
    page.click("text=建立申报书草稿")
    application = Application.objects.get(title="浏览器里填写的申报")
    applying.fill(application, team)
    page.goto(own(application, "parts/rationale/"))
    page.fill("#id_text", TEXT)
    page.click("button:has-text('保存并继续')")
    assert page.url.endswith("/parts/foundation/")
    leader = open_as(team.leader)
    leader.goto(own(application, "declare/"))
    leader.check("#id_confirm")
    leader.click("button:has-text('声明材料真实')")
    page.goto(own(application, "steps/send/"))
    page.click("button:has-text('送单位审核')")
    admin = open_as(team.admin)
    admin.goto(own(application, "steps/submit/"))
    admin.click("button:has-text('提交申报')")
    application.refresh_from_db()
    assert application.state == "submitted"
    assert application.number in admin.inner_text("main")


def test_typed_text_is_saved_without_a_click(open_as):
    team = applying.make_team()
    application = applying.start(team)
    page = open_as(team.drafter)
    page.goto(own(application, "parts/rationale/"))
    with page.expect_response(lambda answer: answer.request.method == "POST") as caught:
        page.fill("#id_text", "第一稿")
        page.press("#id_text", "Tab")
    assert caught.value.status == 200
    assert application.sections.get(code="rationale").body["text"] == "第一稿"
    assert page.complaints == []


def test_application_is_submitted_without_scripts(open_as):
    team = applying.make_team()
    application = applying.ready(team)
    page = open_as(team.admin, scripts=False)
    page.goto(own(application))
    page.click("a:has-text('提交申报')")
    page.click("button:has-text('提交申报')")
    application.refresh_from_db()
    assert application.state == "submitted"
    assert application.versions.get().receipt in page.inner_text("main")


def test_login_needs_only_the_keyboard(open_as):
    user = factories.make_person(factories.make_unit(), "drafter")
    page = open_as()
    page.goto("/login/")
    assert page.evaluate("document.activeElement.id") == "id_username"
    page.keyboard.type(user.username)
    page.keyboard.press("Tab")
    page.keyboard.type(factories.PASSWORD)
    # Every key has arrived before the form leaves: a loaded machine delivers them late.
    page.wait_for_function(f"document.getElementById('id_username').value === '{user.username}'")
    page.wait_for_function(f"document.getElementById('id_password').value.length === {len(factories.PASSWORD)}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home/")


def test_expert_scores_and_submits(open_as):
    round, experts, _ = worlds.open_world(experts=3)
    seat = worlds.accept(worlds.seat_of(round, experts[0]))
    page = open_as(experts[0].user)
    page.goto(f"/reviews/seats/{seat.pk}/")
    for code, value in worlds.points(seat, 80).items():
        page.fill(f"#id_points_{code}", value)
    page.check("input[name=recommendation] >> nth=1")
    page.fill("#id_comment", worlds.COMMENT)
    total = page.inner_text("[data-score-total]")
    page.click("button:has-text('核对并提交')")
    page.click("button:has-text('提交评分')")
    seat.refresh_from_db()
    assert seat.state == "submitted"
    assert seat.sheet.total == int(total)


def test_sheet_is_saved_while_the_expert_writes_and_sent_only_after_that(open_as):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    page = open_as(people[0].user)
    page.goto(f"/reviews/seats/{seat.pk}/")

    def answer_late(route):
        answer = route.fetch()
        page.wait_for_timeout(1500)
        route.fulfill(response=answer)

    page.route("**/autosave/", answer_late)
    page.click("#id_comment")
    page.keyboard.type("边写边存的意见")
    page.wait_for_selector("[data-save-state=saving], [data-state=saving]", timeout=9000)
    page.wait_for_timeout(500)
    page.click("button:has-text('核对并提交')")
    page.wait_for_url("**/submit/")
    assert "边写边存的意见" in page.inner_text("main")
