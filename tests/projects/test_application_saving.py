"""Saving parts of an application as a browser does: blank last rows, gaps, a copied draft (C1)."""

import pytest
from django.urls import reverse

from projects.actions.application_copies import copy_from
from projects.queries.applications import completeness
from projects.queries.whole import whole_application
from tests.projects import applying

pytestmark = pytest.mark.django_db
BUDGET_ROW = {
    "category": "meeting_fee", "item": "产业创新活动场地", "direction": "academic_exchange", "source": "grant",
    "unit_price": "300000", "quantity": "1", "times": "1", "basis": "活动一场",
}  # fmt: skip


@pytest.fixture
def team():
    return applying.make_team()


def part(application, code):
    return reverse("application_part", args=[application.public_id, code])


def rows(prefix, *filled):
    """POST data of a formset that was opened empty."""
    data = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-{index}-{key}": value for index, row in enumerate(filled) for key, value in row.items()}


def test_blank_last_budget_row_of_a_browser_is_no_row(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    blank = dict.fromkeys(BUDGET_ROW, "") | {"source": "grant"}
    data = rows("sources") | rows("lines", BUDGET_ROW, blank)
    for revision in ("0", "1"):
        assert client.post(part(application, "budget"), data | {"revision": revision}).status_code == 302
    assert application.budget_lines.count() == 1


def test_budget_page_shows_balance_and_verdicts_without_scripts(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    client.post(part(application, "budget"), {"revision": "0"} | rows("sources") | rows("lines", BUDGET_ROW))
    page = client.get(part(application, "budget")).text
    assert "差额" in page
    assert "可以列支" in page
    assert "已平衡" in page


def test_saving_a_part_with_gaps_says_what_is_left(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    page = client.post(part(application, "rationale"), {"revision": "0", "text": "太短"}, follow=True)
    assert "已保存，提交前还须改正" in page.text


def test_sending_a_part_twice_is_no_conflict(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    blank = dict.fromkeys(BUDGET_ROW, "") | {"source": "grant"}
    data = {"revision": "0"} | rows("sources") | rows("lines", BUDGET_ROW | {"unit_price": "３００，０００"}, blank)
    for _ in range(2):
        assert client.post(part(application, "budget"), data).status_code == 302
    changed = data | rows("lines", BUDGET_ROW | {"unit_price": "200000"})
    assert client.post(part(application, "budget"), changed).status_code == 409
    assert client.post(part(application, "budget"), data | {"lines-0-DELETE": "on"}).status_code == 409
    assert application.budget_lines.count() == 1


def test_a_copied_draft_shows_its_texts_as_filled_in(client, team):
    first = applying.fill(applying.start(team), team)
    draft = copy_from(first, call=team.call, by=team.drafter, title="另一个项目").draft
    lights = {light.code: light.status for light in completeness(whole_application(draft.pk))}
    assert lights["rationale"] == "已完成"
    assert lights["cover"] == "进行中"
    assert lights["attachments"] == "未开始"
