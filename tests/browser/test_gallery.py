"""The look in Chromium: accessible, no sideways scroll, nothing refused by the Content-Security-Policy, keyboard."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.portal import gallery

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = {"desk": 1440, "phone": 390}


@pytest.fixture
def address(live_server, settings):
    """Address of a server that shows the gallery."""
    settings.ROOT_URLCONF = "tests.portal.gallery"
    folder = Path(gallery.__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], folder]}]
    return live_server.url


@pytest.fixture(params=WIDTHS.values(), ids=WIDTHS)
def page(browser, request):
    """A page that collects what the browser complains about."""
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.close()


@pytest.mark.parametrize("name", gallery.PAGES)
def test_page_is_accessible_and_fits(page, address, name):
    page.goto(f"{address}/{name}/")
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    violations = Axe().run(page).response["violations"]
    assert [(entry["id"], entry["nodes"][0]["html"]) for entry in violations] == []


def test_error_summary_has_the_focus_and_its_links_reach_the_field(page, address):
    page.goto(f"{address}/gallery/")
    assert page.evaluate("document.activeElement.id") == "error-summary"
    page.click("#error-summary a >> nth=5")
    assert page.evaluate("document.activeElement.id") == "id_map_kind_0"


def test_skip_link_is_the_first_stop_and_leads_to_the_content(page, address):
    page.goto(f"{address}/home/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_menu_closes_with_escape(page, address):
    page.goto(f"{address}/sample_menu/")
    page.click("details.menu summary")
    assert page.is_visible(".menu-box")
    page.keyboard.press("Escape")
    assert not page.is_visible(".menu-box")


def test_second_click_does_not_send_a_form_twice(page, address):
    page.goto(f"{address}/sample_confirm/")
    sent = []
    page.route("**/sample_confirm/", lambda route: sent.append(route.request.method) or route.fulfill(status=204))
    page.evaluate("const b = document.querySelector('[data-submit-once] button'); b.click(); b.click();")
    page.wait_for_timeout(300)
    assert sent == ["POST"]
    assert page.is_disabled("[data-submit-once] button")


def test_score_sheet_adds_up_full_width_digits_and_bands_but_not_nonsense(page, address):
    page.goto(f"{address}/sample_score/")
    page.fill("#score-1", "１２．５")
    page.click("[data-band-for=score-2]")
    assert page.inner_text("[data-score-total]") == "42.5"
    page.fill("#score-1", "21")
    assert page.inner_text("[data-score-total]") == "30"
    assert page.inner_text("[data-score-count]") == "1/2"
    assert page.get_attribute("#score-1", "aria-invalid") == "true"


def test_autosave_says_whether_it_saved(page, address):
    page.goto(f"{address}/sample_score/")
    state = page.locator("[data-save-state]")
    page.fill("#score-1", "12")
    expect(state).to_have_text("有改动，尚未保存")
    page.press("#score-1", "Tab")
    expect(state).to_contain_text("已自动保存")
    page.fill("#score-1", "13")
    page.press("#score-1", "Tab")
    expect(state).to_contain_text("没有保存成功")
    assert page.input_value("#score-1") == "13"
