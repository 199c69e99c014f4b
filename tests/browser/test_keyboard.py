"""The form of an application by keyboard alone: Tab, typing, arrows, Space and Enter reach and save every part."""

import pytest

from projects.actions import applications
from tests.browser.keys import FAR, Keys
from tests.overview.pages import STALE
from tests.projects import applying
from tests.projects.applying import url

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
START, END = "2027-03-01", "2027-06-30"
# What is typed into each part: a list of (name of the control, text); True is a press of Space.
TYPED = {
    "cover": [("title", "键盘填写"), ("supervisor_name", "孙监督"), ("digital_undertaking", True)],
    "rationale": [("text", "只用键盘写下的立项依据。")],
    "stages": [
        ("rows-0-name", "全周期"), ("rows-0-start_on", START), ("rows-0-end_on", END), ("rows-0-goal", "完成任务"),
        ("rows-0-deliverable", "总结"),
    ],
    "kpis": [("kpi-member_expansion-target", "7"), ("kpi-tech_transfer-target", "3")],
    "budget": [
        ("lines-0-category", "会议费"), ("lines-0-item", "场地租用"), ("lines-0-direction", ""),
        ("lines-0-unit_price", "300000"), ("lines-0-quantity", "1"), ("lines-0-times", "1"), ("lines-0-basis", "一场"),
    ],
    "team": [
        ("rows-0-name", "李研究"), ("rows-0-unit_name", "虚构大学"), ("rows-0-task", "总体"), ("rows-0-months", "6"),
    ],
}  # fmt: skip
SAVED = {
    "cover": lambda row: row.title == "键盘填写" and row.supervisor_name == "孙监督" and row.digital_undertaking,
    "rationale": lambda row: row.sections.filter(code="rationale", body__text="只用键盘写下的立项依据。").exists(),
    "stages": lambda row: str(row.stages.get().end_on) == END,
    "kpis": lambda row: row.kpi_targets.get(code="member_expansion").target == 7,
    "budget": lambda row: row.budget_lines.get().amount == 300000,
    "team": lambda row: row.team.get().name == "李研究",
}
# Wrong input, and the control to which the summary of errors leads.
WRONG = {
    "cover": [("title", "")],
    "stages": [("rows-0-name", "一"), ("rows-0-goal", "二")],
    "kpis": [("kpi-member_expansion-target", "5")],
    "budget": [("lines-0-item", "场地"), ("lines-0-unit_price", "三百")],
    "team": [("rows-0-name", "李研究"), ("rows-0-months", "许多")],
}


@pytest.fixture
def draft():
    team = applying.make_team()
    application = applying.start(team)
    application.team_of_test = team
    return application


def open_part(open_as, draft, code) -> Keys:
    page = open_as(draft.team_of_test.drafter)
    page.goto(url(draft, "application_part", code))
    return Keys(page)


@pytest.mark.parametrize("code", TYPED)
def test_part_is_filled_in_and_saved_by_keyboard(open_as, draft, code):
    keys = open_part(open_as, draft, code)
    for name, text in TYPED[code]:
        keys.to(name)
        keys.enter(text)
    keys.save()
    draft.refresh_from_db()
    assert SAVED[code](draft)


def test_file_is_chosen_and_sent_by_keyboard(open_as, draft):
    keys = open_part(open_as, draft, "attachments")
    # The browser is told early to hand choosers over: told only now, it might still open its own on a busy machine.
    keys.page.on("filechooser", lambda chooser: None)
    keys.to("licence-file")
    with keys.page.expect_file_chooser() as chooser:
        keys.page.keyboard.press("Space")
    chooser.value.set_files({"name": "证照.pdf", "mimeType": "application/pdf", "buffer": applying.PDF})
    keys.to_button("上传")
    with keys.page.expect_navigation():
        keys.page.keyboard.press("Enter")
    assert draft.attachments.get().file.name == "证照.pdf"


@pytest.mark.parametrize("code", WRONG)
def test_after_an_invalid_save_the_focus_is_in_the_summary_whose_links_lead_to_the_field(open_as, draft, code):
    keys = open_part(open_as, draft, code)
    for name, text in WRONG[code]:
        keys.to(name)
        keys.enter(text)
    keys.save()
    assert keys.focus()["id"] == "error-summary"
    keys.tab()
    link = keys.focus()
    assert link["tag"] == "A", link
    keys.page.keyboard.press("Enter")
    keys.page.wait_for_function("document.activeElement.form")
    assert keys.focus()["id"] == link["target"]


def test_no_control_of_any_part_holds_the_focus_back(open_as, draft):
    for code in (*TYPED, "attachments", "unit"):
        keys = open_part(open_as, draft, code)
        stops = keys.walk_round()
        assert len(stops) > 5, code
        assert len(stops) < FAR, code


def test_a_conflict_takes_the_focus(open_as, draft):
    keys = open_part(open_as, draft, "rationale")
    data = {"text": "同事的内容"}
    applications.save_section(draft, code="rationale", data=data, revision=0, by=draft.team_of_test.admin)
    keys.to("text")
    keys.enter(STALE["text"])
    keys.save()
    assert "error-summary" in (keys.focus()["id"], keys.page.locator("[data-focus]").first.get_attribute("id"))
