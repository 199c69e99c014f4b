"""The unit sees what the ban check says of its lines and answers with text and files (14, 18)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from funding.actions.answers import answer_line
from funding.actions.ledger import decide_line, reverse_line
from funding.documents import archive
from funding.models import LineAnswer, LineAnswerFile
from funding.queries.answers import with_answered
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notification
from tests import factories, papers
from tests.funding.money_tools import make_scene

pytestmark = pytest.mark.django_db
TEXT = "这是评审会工作餐，附签到表。"


@pytest.fixture
def scene():
    return make_scene()


def page(name, scene, *args):
    return reverse(name, args=[scene.project.public_id, *args])


def is_answered(line):
    return with_answered(type(line).objects.filter(pk=line.pk)).get().answered


def test_unit_sees_clause_reason_and_paper_and_answers_with_files(client, scene):
    line = scene.banned("记-1")
    client.force_login(scene.drafter)
    found = client.get(page("ledger_findings", scene)).content.decode()
    assert [text for text in ("第十四条（二）", "会议综合定额合同", "说明情况") if text not in found] == []
    files = [SimpleUploadedFile("签到表.pdf", papers.pdf(1)), SimpleUploadedFile("菜单.pdf", papers.pdf(2))]
    answer = client.post(page("ledger_answer", scene, line.pk), {"text": TEXT, "files": files})
    assert answer.status_code == 302
    own = client.get(answer.url).content.decode()
    assert [text for text in ("单位已答复", TEXT, "签到表.pdf", "菜单.pdf") if text not in own] == []
    assert Notification.objects.filter(user=scene.finance, title__startswith="单位已答复").exists()
    assert "再补充" in client.get(page("ledger_findings", scene)).content.decode()


def test_evidence_is_read_by_the_projects_people_and_nobody_else(client, scene):
    answer = answer_line(scene.banned(), text=TEXT, files=[(papers.PDF, "签到表.pdf")], by=scene.drafter)
    url = reverse("file", args=[answer.files.get().file.public_id])
    for user, status in (
        (scene.unitadmin, 200),
        (scene.finance, 200),
        (factories.make_user("auditor"), 404),
        (factories.make_person(factories.make_unit(), "drafter"), 404),
    ):
        client.force_login(user)
        assert client.get(url).status_code == status


def test_after_a_decision_no_answer_until_finance_asks_again(client, scene):
    line = scene.banned("记-1")
    answer_line(line, text=TEXT, by=scene.drafter)
    assert is_answered(line)
    decide_line(line, verdict="banned", article_item="14(2)", reason="核对为宴请客户", by=scene.finance)
    with pytest.raises(Conflict, match="不能再答复"):
        answer_line(line, text=TEXT, by=scene.drafter)
    client.force_login(scene.drafter)
    assert client.post(page("ledger_answer", scene, line.pk), {"text": TEXT}).status_code == 409
    decide_line(line, verdict="needs-review", article_item="", reason="请补充会议通知", by=scene.finance)
    assert not is_answered(line)
    answer_line(line, text="补充会议通知和议程。", by=scene.drafter)
    assert is_answered(line)
    decide_line(line, verdict="allowed", article_item="", reason="会议餐费，材料齐全", by=scene.finance)
    assert [row.verdict for row in line.decisions.order_by("id")] == ["banned", "needs-review", "allowed"]
    assert line.answers.count() == 2


@pytest.mark.parametrize("kind", ["allowed", "reversed"])
def test_line_without_a_finding_is_not_answered(scene, kind):
    line = scene.book("记-1") if kind == "allowed" else scene.banned("记-1")
    if kind == "reversed":
        day = timezone.localdate()
        reverse_line(line, by=scene.drafter, reason="改由自有资金承担", voucher_no="冲-1", voucher_date=day)
    with pytest.raises(Conflict):
        answer_line(line, text=TEXT, by=scene.drafter)


def test_refused_answers_leave_nothing(client, scene):
    line = scene.banned()
    for text, files, error in (
        ("短", (), Invalid),
        ("长" * 2001, (), Invalid),
        (TEXT, [(papers.PDF, "a.pdf")] * 6, Invalid),
        (TEXT, [(papers.PDF, "a.pdf"), (b"<html>", "b.pdf")], Invalid),
    ):
        with pytest.raises(error):
            answer_line(line, text=text, files=files, by=scene.drafter)
    with pytest.raises(NotAllowed):
        answer_line(line, text=TEXT, by=scene.officer)
    client.force_login(factories.make_person(factories.make_unit(), "drafter"))
    assert client.post(page("ledger_answer", scene, line.pk), {"text": TEXT}).status_code == 404
    assert not LineAnswer.objects.exists()
    assert not LineAnswerFile.objects.exists()


def test_answers_are_kept_for_ever(scene):
    answer = answer_line(scene.banned(), text=TEXT, files=[(papers.PDF, "a.pdf")] * 2, by=scene.drafter)
    assert answer.files.count() == 1
    assert ("07-经费", "记-9号凭证答复材料", answer.files.get().file) in archive.stored_files(scene.project)
    for row, change in ((answer, {"text": "改"}), (answer.files.get(), {"answer": None})):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize("many", [1, 3])
def test_page_of_findings_costs_the_same_queries_at_any_length(client, scene, django_assert_num_queries, many):
    for number in range(many):
        answer_line(scene.banned(f"记-{number}"), text=TEXT, by=scene.drafter)
    client.force_login(scene.drafter)
    client.get(page("ledger_findings", scene))
    with django_assert_num_queries(7):
        client.get(page("ledger_findings", scene))
