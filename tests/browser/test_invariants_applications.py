"""Invariants A10 and A13 as a browser sees them: Beijing time in New York, and the double click."""

import pytest
from django.urls import reverse

from tests import factories
from tests.projects import applying
from tests.projects.applying import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _papers_wait(monkeypatch):
    """Receipts and prints are other tests' matter; here they stay queued."""
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)


def test_A10_a_browser_in_new_york_is_shown_beijing_time(open_as):
    call = factories.make_call(
        opens_at=factories.beijing(2025, 3, 1), closes_at=factories.beijing(2025, 4, 1), state="closed"
    )
    page = open_as(timezone="America/New_York")
    page.goto(reverse("call_detail", args=[call.pk]))
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "America/New_York"
    assert "2025年4月1日 00:00（北京时间）" in page.inner_text("main")
    moment = page.get_attribute(".page-until time", "datetime")
    assert page.evaluate("text => new Date(text).toISOString()", moment) == "2025-03-31T16:00:00.000Z"


def test_A13_a_double_click_and_the_back_button_submit_once(open_as):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    page = open_as(team.admin)
    page.goto(url(row, "application_step", "submit"))
    page.dblclick("button:has-text('提交申报')")
    page.wait_for_url("**/receipt/")
    receipt = row.versions.get().receipt
    assert receipt in page.inner_text("main")
    # Back on the page of the step there is nothing left to press; a replay of its form gets the same receipt.
    page.go_back()
    assert page.locator("button:has-text('提交申报')").count() == 0
    token = page.get_attribute("[name=csrfmiddlewaretoken]", "value")
    replay = page.request.post(url(row, "application_step", "submit"), form={"csrfmiddlewaretoken": token})
    assert receipt in replay.text()
    assert row.versions.count() == 1


def test_A13_without_scripts_two_tabs_get_one_receipt(open_as):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    tabs = [open_as(team.admin, scripts=False) for _ in range(2)]
    for tab in tabs:
        tab.goto(url(row, "application_step", "submit"))
    for tab in tabs:
        tab.click("button:has-text('提交申报')")
        tab.wait_for_url("**/receipt/")
    receipt = row.versions.get().receipt
    assert all(receipt in tab.inner_text("main") for tab in tabs)
