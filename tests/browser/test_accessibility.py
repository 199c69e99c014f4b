"""Every page of the list in Chromium: WCAG 2.1 A and AA by axe-core, no sideways scroll, no complaint."""

import pytest
from django.test import Client

from tests.browser.conftest import WIDTHS, faults
from tests.overview.pages import make_pages, uncovered

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SHARES = 4  # so that the processes of a test run can divide the pages among them
# Sends the page's own form with what was typed, past the checks of the browser and of our scripts.
SEND = """typed => {
    const forms = [...document.querySelectorAll("form")].filter(form => form.method === "post");
    const goes = form => new URL(form.getAttribute("action") || location.href, location.href).pathname;
    const asks = form => Object.keys(typed).every(name => form.elements[name]);
    const form = forms.filter(form => goes(form) === location.pathname && asks(form)).pop();
    for (const [name, value] of Object.entries(typed)) form.elements[name].value = value;
    HTMLFormElement.prototype.submit.call(form);
}"""
ANSWERED = "Failed to load resource: the server responded with a status of"


def distinct(pages):
    """One person a page is enough here; the five texts are one form."""
    seen = {}
    for page in pages:
        alike = page.path.replace("/parts/foundation/", "/parts/rationale/")
        for code in ("objectives", "implementation", "outcomes"):
            alike = alike.replace(f"/parts/{code}/", "/parts/rationale/")
        seen.setdefault((alike, str(page.typed)), page)
    return list(seen.values())


def sign_in(tab, user, server):
    client = Client()
    client.force_login(user)
    tab.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server}])


def wrong(tab, page) -> list:
    """What is wrong with a page, at both widths."""
    tab.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
    status = tab.goto(page.path).status
    if page.typed is not None:
        with tab.expect_navigation() as sent:
            tab.evaluate(SEND, page.typed)
        status = sent.value.status
    found = [] if status == page.status else [f"HTTP {status}"]
    found += [text for text in tab.complaints if not text.startswith(ANSWERED)]
    return found + faults(tab)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_is_accessible_and_fits_at_both_widths(open_as, live_server, monkeypatch, share):
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)
    people, pages = make_pages()
    assert uncovered(pages) == []
    tabs, found = {}, {}
    for page in distinct(pages)[share::SHARES]:
        if page.who not in tabs:
            tabs[page.who] = open_as()
            if page.who:
                sign_in(tabs[page.who], people[page.who], live_server.url)
        problems = wrong(tabs[page.who], page)
        if problems:
            found[str(page)] = problems
    assert found == {}, "\n".join(f"{page}: {problems}" for page, problems in found.items())
