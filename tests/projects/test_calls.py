"""Calls: drafted with defaults, frozen by publishing, corrected by number, read by everybody (B1-B3; 8(1), A7, A11)."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import datetime_cn
from portal.models import Document, Notification, OutboxMail
from projects.actions import calls
from projects.models import AttachmentKind, Call
from projects.queries.calls import open_call, phase
from projects.tasks import send_reminders
from tests import factories

pytestmark = pytest.mark.django_db


def fields(**changes):
    today = timezone.localdate()
    return {
        "title": "测试年度申报通知",
        "notice_text": "一、总体要求\n请各联合体牵头单位按要求申报。",
        "opens_at": timezone.now() - timedelta(hours=1),
        "closes_at": timezone.now() + timedelta(days=10),
        "fixed_grant": Decimal("300000.00"),
        "number_of_grants": 5,
        "execution_start": today + timedelta(days=30),
        "execution_end": today + timedelta(days=300),
    } | changes


@pytest.fixture
def officer():
    return factories.make_user("officer")


@pytest.fixture
def draft(officer):
    return calls.save_call(by=officer, **fields())


def test_a_new_call_takes_what_it_lacks_from_the_edition(draft):
    assert draft.notice_working_days == 5
    assert draft.acceptance_pass_line == 70
    assert [row["ratio"] for row in draft.instalment_plan] == [70, 30]
    assert sum(row["maximum"] for row in draft.selection_scheme["criteria"]) == 100
    assert draft.attachment_kinds.filter(code="undertaking", signature_required=True, seal_required=True).exists()
    due = list(draft.milestones.order_by("order").values_list("due_at", flat=True))
    assert due == sorted(due)
    assert len(due) == 9


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"closes_at": timezone.now() - timedelta(days=1)}, "截止时间应晚于"),
        ({"execution_end": timezone.localdate()}, "执行期止"),
        ({"fixed_grant": Decimal(0)}, "定额支持"),
        ({"acceptance_pass_line": 59}, "验收合格线"),
        ({"edition": "1999"}, "1999"),
        ({"instalment_plan": [{"number": 1, "ratio": 90, "condition": "contract_effective", "text": ""}]}, "拨付计划"),
        ({"selection_scheme": {"criteria": [{"code": "a", "maximum": 99}], "tie_break": "a"}}, "立项评分表"),
        ({"acceptance_scheme": {"criteria": [{"code": "a", "maximum": 100}], "tie_break": "b"}}, "同分比较项"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(officer, wrong, words):
    with pytest.raises(Invalid, match=words):
        calls.save_call(by=officer, **fields(**wrong))
    assert not Call.objects.exists()


def test_only_the_officer_drafts_and_publishes(draft):
    for duty in ("finance", "director", "bast"):
        person = factories.make_user(duty)
        with pytest.raises(NotAllowed):
            calls.save_call(by=person, **fields())
        with pytest.raises(NotAllowed):
            calls.publish_call(draft, by=person)


def test_publishing_numbers_freezes_prints_and_tells(officer, draft):
    lead = factories.make_consortium().lead_unit
    drafter = factories.make_person(lead, "drafter")
    revoked = factories.make_person(factories.make_consortium(status="revoked").lead_unit, "drafter")
    calls.publish_call(draft, by=officer)
    draft.refresh_from_db()
    assert draft.state == "published"
    assert draft.doc_number.endswith("1号")
    document = Document.objects.get(kind="call_notice")
    assert document.snapshot["official"]["doc_number"] == draft.doc_number
    assert Notification.objects.filter(user=drafter, title__contains=draft.title).exists()
    assert not Notification.objects.filter(user=revoked).exists()
    with pytest.raises(Conflict):
        calls.publish_call(draft, by=officer)
    with pytest.raises(Conflict):
        calls.save_call(by=officer, call=draft, title="改写")
    with pytest.raises(Conflict):
        calls.save_parts(draft, by=officer, deleted=[draft.attachment_kinds.first()])
    for column, value in (("title", "改写"), ("fixed_grant", 1), ("notice_text", "改写")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Call.objects.filter(pk=draft.pk).update(**{column: value})


def test_the_notice_is_printed_for_everybody(client, officer, draft, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        calls.publish_call(draft, by=officer)
    document = Document.objects.get(kind="call_notice")
    assert document.state == "ready"
    response = client.get(reverse("document_download", args=[document.verification_code]))
    assert response.content.startswith(b"%PDF-")


def test_two_calls_have_two_document_numbers(officer, draft):
    calls.publish_call(draft, by=officer)
    other = calls.publish_call(calls.save_call(by=officer, **fields(title="另一通知")), by=officer)
    assert other.doc_number.endswith("2号")


def test_a_call_that_is_over_or_empty_is_not_published(officer, draft):
    draft.attachment_kinds.all().delete()
    with pytest.raises(Refused, match="附件"):
        calls.publish_call(draft, by=officer)
    late = calls.save_call(by=officer, **fields())
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        Call.objects.filter(pk=late.pk).update(
            closes_at=timezone.now() - timedelta(days=20), opens_at="2020-01-01T00:00Z"
        )
        with pytest.raises(Refused, match="已过"):
            calls.publish_call(late, by=officer)


def test_corrections_are_numbered_and_move_the_deadline_in_time_only(officer):
    call = factories.make_call()
    calls.set_milestones(call)
    with pytest.raises(Invalid, match="理由"):
        calls.correct_call(call=call, text="更正", reason=" ", by=officer)
    later = call.closes_at + timedelta(days=3)
    first = calls.correct_call(call=call, text="补充联系电话。", reason="原文有误", by=officer)
    second = calls.correct_call(call=call, text="因系统维护延期。", reason="原文有误", new_closes_at=later, by=officer)
    call.refresh_from_db()
    assert (first.number, second.number, call.closes_at) == (1, 2, later)
    assert call.milestones.get(code="closes").due_at == later
    assert second.old_closes_at < second.new_closes_at == later
    paper = Document.objects.get(kind="call_correction", subject_id=second.pk).snapshot["correction"]
    assert (paper["number"], paper["reason"]) == (2, "原文有误")
    assert paper["old_closes_at"] != paper["new_closes_at"] == datetime_cn(later)
    soon = timezone.now() + timedelta(hours=23)
    with pytest.raises(Invalid, match="24 小时"):
        calls.correct_call(call=call, text="提前截止", reason="调整", new_closes_at=soon, by=officer)
    with pytest.raises(Invalid, match="晚于"):
        calls.correct_call(
            call=call, text="提前", reason="原文有误", new_closes_at=timezone.now() - timedelta(hours=1), by=officer
        )
    factories.make_application(call, state="under_review")
    with pytest.raises(Refused, match="进入评审"):
        calls.correct_call(
            call=call, text="再延期", reason="原文有误", new_closes_at=later + timedelta(days=1), by=officer
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        call.corrections.update(text="改写")


def test_after_the_deadline_it_cannot_be_moved(officer):
    call = factories.make_call(
        opens_at=timezone.now() - timedelta(days=9), closes_at=timezone.now() - timedelta(seconds=1)
    )
    with pytest.raises(Refused, match="已经截止"):
        calls.correct_call(
            call=call, text="延期", reason="原文有误", new_closes_at=timezone.now() + timedelta(days=1), by=officer
        )


def test_closing_waits_for_the_deadline_and_archiving_for_the_projects(officer):
    call = factories.make_call()
    with pytest.raises(Refused, match="提前截止"):
        calls.close_call(call, by=officer)
    Call.objects.filter(pk=call.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    send_reminders()
    call.refresh_from_db()
    assert call.state == "closed"
    project = factories.make_project(factories.make_application(call, state="approved"))
    with pytest.raises(Refused, match="没有归档"):
        calls.archive_call(call, by=officer)
    type(project).objects.filter(pk=project.pk).update(state="closed")
    calls.archive_call(call, by=officer)
    call.refresh_from_db()
    assert call.state == "archived"


def test_drafts_are_unknown_to_the_public(client, draft):
    assert client.get(reverse("call_detail", args=[draft.pk])).status_code == 404
    assert draft.title not in client.get(reverse("call_list")).content.decode()


def test_the_public_page_tells_what_is_asked_until_when(client, officer, draft):
    calls.publish_call(draft, by=officer)
    calls.correct_call(call=draft, text="附件格式以本更正为准。<script>x</script>", reason="原文有误", by=officer)
    text = client.get(reverse("call_detail", args=[draft.pk])).content.decode()
    for words in (
        "请各联合体牵头单位",
        "还有 ",
        "年度扩容成员单位",
        "6 家",
        "申报承诺书",
        "更正（1）",
        "通知原文（PDF）",
    ):
        assert words in text
    assert "<script>x" not in text


@pytest.mark.parametrize("count", [1, 3])
def test_public_pages_take_the_same_queries_for_any_number_of_rows(client, django_assert_num_queries, count):
    rows = [factories.make_call() for _ in range(count)]
    for row in rows:
        for number in range(count):
            row.corrections.create(number=number + 1, text="更正", made_by=factories.make_user("officer"))
    client.get(reverse("call_detail", args=[rows[0].pk]))
    with django_assert_num_queries(2):
        client.get(reverse("call_list"))
    with django_assert_num_queries(6):
        client.get(reverse("call_detail", args=[rows[0].pk]))


def test_the_phase_follows_the_clock_not_the_state():
    call = factories.make_call()
    assert phase(call)[0] == "申报中"
    assert open_call() == call
    assert phase(call, call.closes_at)[0] == "已截止"
    assert open_call(call.closes_at) is None
    assert phase(call, call.opens_at - timedelta(seconds=1))[0] == "即将开始"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (8 * 1440, None),
        (7 * 1440 - 1, "6 天"),
        # The beat was down for days: what is left is told, not what should have been told.
        (3 * 1440 + 5, "3 天"),
        (1440 - 1, "23 小时"),
        (119, "1 小时"),
        (9, "8 分钟"),
    ],
)
def test_unfinished_drafts_are_reminded_once_a_step_of_what_is_left(minutes, words):
    call = factories.make_call(closes_at=timezone.now() + timedelta(minutes=minutes))
    draft = factories.make_application(call)
    drafter = factories.make_person(draft.lead_unit, "drafter")
    member = factories.make_person(draft.lead_unit, "member")
    factories.make_application(call, draft.consortium, state="submitted", leader=draft.leader)
    send_reminders()
    send_reminders()
    told = Notification.objects.filter(title__contains="截止")
    expected = {drafter.pk, draft.leader_id} if words else set()
    assert set(told.values_list("user", flat=True)) == expected
    assert told.count() == len(expected)
    assert all(words in row.title for row in told)
    assert not told.filter(user=member).exists()
    mails = OutboxMail.objects.filter(subject__contains="截止")
    assert mails.count() == len(expected)
    assert all(
        datetime_cn(call.closes_at) in mail.body and f"/applications/{draft.public_id}/" in mail.body for mail in mails
    )


def test_units_without_an_application_are_reminded_at_the_first_two_steps():
    call = factories.make_call(closes_at=timezone.now() + timedelta(days=6))
    idle = factories.make_person(factories.make_consortium().lead_unit, "drafter")
    revoked = factories.make_person(factories.make_consortium(status="revoked").lead_unit, "drafter")
    busy = factories.make_person(factories.make_application(call, state="submitted").lead_unit, "drafter")
    for passed, told in ((timedelta(0), 1), (timedelta(days=5, minutes=10), 2), (timedelta(days=5, hours=23), 2)):
        with time_machine.travel(call.closes_at - timedelta(days=6) + passed):
            send_reminders()
            send_reminders()
        assert Notification.objects.filter(user=idle, title__contains="截止").count() == told
    assert not Notification.objects.filter(user__in=[revoked, busy], title__contains="截止").exists()


def test_reports_are_reminded_before_on_and_after_their_day():
    project = factories.make_project()
    today = timezone.localdate()
    for days in (7, 1, 0, -3, 3):
        project.reports.create(kind="progress", title=f"报告{days}", due_on=today + timedelta(days=days))
    project.reports.create(kind="progress", title="已交", due_on=today, state="submitted")
    send_reminders()
    send_reminders()
    titles = set(Notification.objects.filter(user=project.leader).values_list("title", flat=True))
    assert titles == {"报告7还有 7 天", "报告1还有 1 天", "报告0今天应报", "报告-3已逾期 3 天"}


def test_a_code_that_two_attachments_share_is_refused_and_nothing_is_kept(draft, officer):
    call = draft
    known = call.attachment_kinds.first()
    twin = AttachmentKind(code=known.code, name="同码附件")
    with pytest.raises(Invalid, match="代码重复"):
        calls.save_parts(call, saved=[twin], by=officer)
    assert call.attachment_kinds.filter(code=known.code).count() == 1


def test_all_contradictions_come_at_once(officer):
    wrong = fields(
        closes_at=timezone.now() - timedelta(days=1),
        fixed_grant=Decimal(0),
        acceptance_pass_line=59,
        instalment_plan=[{"number": 1, "ratio": 90, "condition": "contract_effective", "text": ""}],
    )
    with pytest.raises(Invalid) as refusal:
        calls.save_call(by=officer, **wrong)
    found = {item.subject: item.article for item in refusal.value.findings}
    assert found == {
        "closes_at": "8(1)", "fixed_grant": "4", "acceptance_pass_line": "11", "instalment_plan": "12",
    }  # fmt: skip


def test_a_draft_that_a_colleague_saved_meanwhile_is_not_overwritten(officer, draft):
    colleague = factories.make_user("officer", name="钱经办")
    seen = draft.revision
    calls.save_call(by=colleague, call=draft, revision=seen, title="同事改过的标题")
    with pytest.raises(calls.StaleCall, match="钱经办"):
        calls.save_call(by=officer, call=draft, revision=seen, title="我的标题")
    draft.refresh_from_db()
    assert draft.title == "同事改过的标题"


def test_a_copy_for_next_year_takes_settings_and_kinds_a_year_later(officer, draft):
    kind = draft.attachment_kinds.get(code="undertaking")
    kind.hint = "双面打印"
    kind.save()
    calls.publish_call(draft, by=officer)
    copy = calls.copy_call(draft, by=officer)
    assert (copy.state, copy.doc_number, copy.year) == ("draft", "", draft.year + 1)
    assert copy.closes_at.astimezone(UTC).year == draft.closes_at.astimezone(UTC).year + 1
    assert copy.attachment_kinds.get(code="undertaking").hint == "双面打印"
    assert copy.attachment_kinds.count() == draft.attachment_kinds.count()
    with pytest.raises(NotAllowed):
        calls.copy_call(draft, by=factories.make_user("finance"))


def test_the_public_page_shows_old_and_new_deadline_with_the_official_paper(client, officer, draft):
    calls.publish_call(draft, by=officer)
    old, new = draft.closes_at, draft.closes_at + timedelta(days=3)
    calls.correct_call(call=draft, text="截止时间顺延。", reason="系统维护", new_closes_at=new, by=officer)
    text = client.get(reverse("call_detail", args=[draft.pk])).text
    paper = Document.objects.get(kind="call_correction")
    for words in (datetime_cn(old), datetime_cn(new), "理由：系统维护", paper.verification_code):
        assert words in text
    assert client.get(reverse("document", args=[paper.verification_code])).status_code == 200


def test_the_dates_go_into_a_calendar(client, officer, draft):
    assert client.get(reverse("call_calendar", args=[draft.pk])).status_code == 404
    calls.publish_call(draft, by=officer)
    response = client.get(reverse("call_calendar", args=[draft.pk]))
    lines = response.content.decode().split("\r\n")
    assert response["Content-Type"].startswith("text/calendar")
    assert f"DTSTART:{draft.closes_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" in lines
    assert lines.count("BEGIN:VEVENT") == draft.milestones.count()
    assert all(len(line.encode()) <= 75 for line in lines)


def test_the_list_is_grouped_by_what_can_be_done(client):
    now = timezone.now()
    factories.make_call(title="正在申报的通知")
    factories.make_call(title="将要开始的通知", opens_at=now + timedelta(days=1))
    factories.make_call(title="已经截止的通知", state="closed", closes_at=now - timedelta(minutes=1))
    text = client.get(reverse("call_list")).text
    places = [text.index(word) for word in ("正在申报的通知", "将要开始的通知", "已经截止的通知")]
    assert places == sorted(places)
