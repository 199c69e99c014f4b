"""One Chromium for all browser tests, people who sign in, and what the browser complains about."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.factories import PASSWORD

WIDTHS = {"desk": 1440, "phone": 390}


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_as(browser, live_server, transactional_db):
    """A function user -> page, signed in through the login page; `width`, `scripts` and `timezone` as wanted."""
    contexts = []

    def open_page(user=None, *, width=1440, scripts=True, timezone="Asia/Shanghai"):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id=timezone,
            base_url=live_server.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        if user is not None:
            page.goto("/login/")
            page.fill("#id_username", user.username)
            page.fill("#id_password", PASSWORD)
            page.click("form.login-form button[type=submit]")
            page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()


RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}
# Only what is told leaves the page: its whole report is large.
VIOLATIONS = """async rules => (await axe.run(rules)).violations.map(
    entry => [entry.id, entry.nodes[0].html.slice(0, 300)])"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

# Our scripts have seen the new width, too.
SETTLED = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def faults(page) -> list:
    """What is wrong with the page that is open, at both widths: too wide, or against WCAG 2.1 A or AA by axe-core."""
    found = []
    page.evaluate(Axe().axe_script)
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        found += [] if page.evaluate(FITS) else [f"wider than {width} px"]
        found += [(width, *entry) for entry in page.evaluate(VIOLATIONS, RULES)]
    # The checker itself tries inline styles, which the policy refuses as it should.
    page.complaints.clear()
    return found


@pytest.fixture
def assert_fine():
    """A function page -> None: accessible and fitting at both widths, and no complaint of the browser."""

    def check(page):
        page.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
        assert (page.url, page.complaints) == (page.url, [])
        assert (page.url, faults(page)) == (page.url, [])

    return check
