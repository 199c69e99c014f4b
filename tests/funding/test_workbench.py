"""The workbench of the ban check: queue, one line with all beside it, bulk decisions, statistics (14)."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from funding.actions.answers import answer_line
from funding.actions.ledger import decide_line, reverse_line
from funding.models import BanDecision, LedgerLine
from tests import papers
from tests.funding.money_tools import make_scene

pytestmark = pytest.mark.django_db
QUEUE_QUERIES = 8
LINE_QUERIES = 12
STATISTICS_QUERIES = 5


@pytest.fixture
def scene():
    return make_scene()


def url(name, *args):
    return reverse(f"admin:funding_ledgerline_{name}", args=args)


def decide(client, line, query="", **data):
    return client.post(f"{url('work', line.pk)}?{query}", {"seen": "0", "reason": "核对合同和发票"} | data)


def test_queue_holds_what_no_person_decided(client, scene):
    held, banned = scene.book("记-1", summary="付款", payee="某商贸有限公司"), scene.banned("记-2")
    scene.book("记-3")
    done, cancelled = scene.banned("记-4"), scene.banned("记-5")
    decide_line(done, verdict="banned", article_item="14(2)", reason="核对发票为餐费", by=scene.finance)
    day = timezone.localdate()
    reverse_line(cancelled, by=scene.drafter, reason="改由自有资金承担", voucher_no="冲-1", voucher_date=day)
    client.force_login(scene.finance)
    found = client.get(url("workbench"))
    assert [line.pk for line in found.context["lines"]] == [held.pk, banned.pk]
    assert [line.pk for line in client.get(f"{url('workbench')}?state=decided").context["lines"]] == [done.pk]
    assert found.context["tiles"][0]["value"] == 2


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("verdict=banned", ["记-2"]), ("clause=14(2)", ["记-2"]), ("low=2000", ["记-2"]), ("high=2000", ["记-1"]),
        ("age=30", []), ("answered=yes", ["记-1"]), ("answered=no", ["记-2"]), ("unit=没有这个单位", []),
        ("text=商贸", ["记-1"]), ("low=abc", ["记-1", "记-2"]), ("verdict=nonsense", ["记-1", "记-2"]),
    ],
)  # fmt: skip
def test_filters_narrow_the_queue(client, scene, query, hits):
    line = scene.book("记-1", summary="付款", payee="某商贸有限公司")
    scene.banned("记-2")
    answer_line(line, text="这是活动物料采购，附合同。", files=[], by=scene.drafter)
    client.force_login(scene.finance)
    page = client.get(f"{url('workbench')}?{query}")
    assert [line.voucher_no for line in page.context["lines"]] == hits
    assert [tile["value"] for tile in page.context["tiles"]] == [2, 1, 1, 0, 0]


def test_line_page_shows_all_that_is_needed(client, scene):
    older = scene.book("记-0", summary="客户业务招待宴请（旧）", payee="北京虚构餐饮有限公司")
    decide_line(older, verdict="banned", article_item="14(2)", reason="宴请客户，不属于会议餐", by=scene.finance)
    line = scene.banned("记-1")
    answer_line(line, text="这是评审会工作餐，附签到表。", files=[(papers.PDF, "签到表.pdf")], by=scene.drafter)
    client.force_login(scene.finance)
    page = client.get(url("work", line.pk)).content.decode()
    assert "<mark>" in page
    for text in (
        "北京虚构餐饮有限公司",
        "什么材料可以说清",
        "这是评审会工作餐",
        "签到表.pdf",
        "宴请客户，不属于会议餐",
        "同一收款方",
    ):
        assert text in page
    like = BanDecision.objects.get()
    form = client.get(f"{url('work', line.pk)}?like={like.pk}").context["form"]
    assert form.initial["reason"] == "宴请客户，不属于会议餐"


def test_deciding_goes_on_to_the_next_line_with_the_filters_kept(client, scene):
    first, second = scene.banned("记-1"), scene.banned("记-2")
    client.force_login(scene.finance)
    answer = decide(client, first, "verdict=banned", verdict="banned", article_item="14(2)")
    assert (answer.status_code, answer.url) == (302, f"{url('work', second.pk)}?verdict=banned")
    answer = decide(client, second, "verdict=banned", verdict="allowed")
    assert answer.url == f"{url('workbench')}?verdict=banned"
    decision = second.decisions.get()
    assert (decision.proposed, decision.proposed_item, decision.entry != "") == ("banned", "14(2)", True)


def test_line_decided_meanwhile_is_told_and_not_overwritten(client, scene):
    line = scene.banned("记-1")
    client.force_login(scene.finance)
    decide_line(line, verdict="allowed", article_item="", reason="他人先核对为会议餐费", by=scene.finance)
    late = decide(client, line, verdict="banned", article_item="14(2)")
    text = late.content.decode()
    assert late.status_code == 409
    assert "已有新的认定" in text
    assert "他人先核对为会议餐费" in text
    assert line.decisions.count() == 1
    assert re.search(r'name="seen" value="1"', text)
    assert decide(client, line, verdict="banned", article_item="14(2)", seen="1").status_code == 302


def test_bulk_decision_shows_first_what_would_change(client, scene):
    lines = [scene.banned("记-1"), scene.book("记-2", summary="付款", payee="某商贸有限公司")]
    client.force_login(scene.finance)
    page = client.post(url("workbulk"), {"line": [line.pk for line in lines]})
    ids = page.context["form"].initial["ids"]
    data = {"ids": ids, "seen": "0", "verdict": "banned", "article_item": "14(2)", "reason": "逐笔核对发票"}
    preview = client.post(url("workbulk"), data)
    assert preview.status_code == 200
    assert "将要改变的结论" in preview.content.decode()
    assert [row["changes"] for row in preview.context["changes"]] == [False, True]
    assert not BanDecision.objects.exists()
    assert client.post(url("workbulk"), data | {"confirmed": "1"}).status_code == 302
    assert BanDecision.objects.count() == 2
    assert client.post(url("workbulk"), data | {"confirmed": "1"}).status_code == 409
    assert client.post(url("workbulk"), {"ids": "x,,9"}).status_code == 200
    assert client.post(url("workbulk"), data | {"ids": "", "confirmed": "1"}).status_code == 400


def test_question_to_the_unit_keeps_the_line_open_with_its_clause(client, scene):
    line = scene.banned("记-1")
    client.force_login(scene.finance)
    assert decide(client, line, verdict="needs-review").status_code == 302
    line.refresh_from_db()
    assert (line.verdict, line.article_item) == ("needs-review", "14(2)")
    assert LedgerLine.objects.undecided().get() == line


def test_statistics_count_decided_open_and_overturned(client, scene):
    scene.book("记-0", summary="付款", payee="某商贸有限公司")
    overturned, upheld = scene.banned("记-1"), scene.banned("记-2", "700.00")
    decide_line(overturned, verdict="allowed", article_item="", reason="核对为会议餐费", by=scene.finance)
    decide_line(upheld, verdict="banned", article_item="14(2)", reason="核对为宴请", by=scene.finance)
    client.force_login(scene.officer)
    rows = {row["name"]: row["figures"] for row in client.get(url("statistics")).context["clauses"]}
    assert rows["第十四条（二）"][:1] + rows["第十四条（二）"][2:3] + rows["第十四条（二）"][4:] == [1, 0, 1, 1, 0, 0]
    assert rows["认定为可列支，无条款"][4:] == [1, 0, 1, 1]
    book = openpyxl.load_workbook(io.BytesIO(client.get(url("statistics_export")).content))
    assert book.sheetnames == ["按条款", "按单位"]
    assert book["按单位"]["A2"].value == scene.project.lead_unit.name


def test_only_finance_decides_and_outsiders_see_nothing(client, scene):
    line = scene.banned("记-1")
    client.force_login(scene.officer)
    assert client.get(url("work", line.pk)).context["form"] is None
    assert decide(client, line, verdict="allowed").status_code == 403
    assert client.post(url("workbulk"), {"line": [line.pk]}).status_code == 403
    client.force_login(scene.drafter)
    assert client.get(url("work", line.pk)).status_code in (302, 403)
    assert not BanDecision.objects.exists()


@pytest.mark.parametrize("many", [1, 3])
def test_pages_cost_the_same_queries_at_any_length(client, scene, django_assert_num_queries, many):
    for number in range(many):
        line = scene.banned(f"记-{number}")
        old = scene.banned(f"旧-{number}")
        answer_line(line, text="这是评审会工作餐。", files=[(papers.PDF, "签到表.pdf")], by=scene.drafter)
        decide_line(old, verdict="banned", article_item="14(2)", reason="核对为宴请", by=scene.finance)
    client.force_login(scene.finance)
    client.get(url("workbench"))
    with django_assert_num_queries(QUEUE_QUERIES):
        client.get(url("workbench"))
    with django_assert_num_queries(LINE_QUERIES):
        client.get(url("work", line.pk))
    with django_assert_num_queries(STATISTICS_QUERIES):
        client.get(url("statistics"))


def test_age_counts_from_the_day_of_booking(client, scene):
    line = scene.banned("记-1")
    LedgerLine.objects.filter(pk=line.pk).update(entered_at=timezone.now() - timedelta(days=40))
    client.force_login(scene.finance)
    assert [row.pk for row in client.get(f"{url('workbench')}?age=30").context["lines"]] == [line.pk]
