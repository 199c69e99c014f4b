"""The workbench in Chromium: keys, the same without scripts, and all new pages of the ban check held to axe-core."""

import pytest
from django.urls import reverse

from funding.actions import lexicon
from funding.actions.answers import answer_line
from funding.actions.ledger import decide_line
from funding.actions.lexicon_tests import run_test
from funding.queries import lexicon as words
from tests import papers
from tests.funding.money_tools import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ENTRY = {"id": "test.word", "item": "14(6)", "strength": "strong", "phrases": ["物料采购款"], "reason": "测试词条"}


def admin(name, *args):
    return reverse(f"admin:funding_{name}", args=args)


@pytest.fixture
def scene():
    return make_scene()


def test_a_line_is_decided_with_the_keyboard_alone(scene, open_as):
    first, second = scene.banned("记-1"), scene.banned("记-2", "70.00")
    page = open_as(scene.finance)
    page.goto(admin("ledgerline_work", first.pk))
    page.keyboard.press("b")
    page.keyboard.press("r")
    page.keyboard.type("abj核对发票为宴请")
    assert page.input_value("[name=reason]") == "abj核对发票为宴请"
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{admin('ledgerline_work', second.pk)}*")
    assert (first.decisions.get().verdict, first.decisions.get().article_item) == ("banned", "14(2)")
    page.check("[data-work-off]")
    page.keyboard.press("a")
    assert page.query_selector("[name=verdict]:checked") is None


def test_a_line_is_decided_without_scripts(scene, open_as):
    line = scene.banned("记-1")
    page = open_as(scene.finance, scripts=False)
    page.goto(admin("ledgerline_workbench"))
    page.click("text=从第一条开始认定")
    page.check("[name=verdict][value=allowed]")
    page.fill("[name=reason]", "核对会议通知，属会议餐费")
    page.click("text=认定并看下一笔")
    assert line.decisions.get().verdict == "allowed"


def test_pages_of_the_ban_check_are_accessible_and_fit(scene, open_as, assert_fine):
    old, line = scene.banned("记-0", "90.00"), scene.banned("记-1")
    decide_line(old, verdict="banned", article_item="14(2)", reason="核对为宴请客户", by=scene.finance)
    answer_line(line, text="这是评审会工作餐。", files=[(papers.PDF, "签到表.pdf")], by=scene.drafter)
    paid = scene.book("记-2", summary="活动物料采购款")
    decide_line(paid, verdict="allowed", article_item="", reason="核对合同，为活动搭建", by=scene.finance)
    lexicon.save_entry(entry=ENTRY, seen=words.digest_seen(None, words.current_data()), by=scene.finance)
    test = lexicon.request_test(by=scene.finance)
    run_test(test.pk)
    page = open_as(scene.finance)
    for path in (
        admin("ledgerline_workbench"),
        admin("ledgerline_work", line.pk),
        f"{admin('ledgerline_workbulk')}?ids={line.pk}",
        admin("ledgerline_statistics"),
        admin("lexiconversion_draft"),
        admin("lexiconversion_test", test.pk),
        admin("lexiconversion_publish"),
        admin("lexiconversion_entry", "test.word"),
        admin("relatedunit_changelist"),
        admin("relatedunit_add"),
    ):
        page.goto(path)
        assert_fine(page)
    page = open_as(scene.drafter)
    own = [scene.project.public_id]
    for path in (
        reverse("ledger_findings", args=own),
        reverse("ledger_answer", args=[*own, line.pk]),
        reverse("ledger_line", args=[*own, line.pk]),
    ):
        page.goto(path)
        assert_fine(page)
