"""The formality check: nothing unchecked passes, one 补正 round, letters, and the officer's pages (C9)."""

from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal import documents
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.models import Notification, OutboxMail
from projects import extensions
from projects.actions import applications, formality
from projects.models import SupplementRequest
from projects.queries.applications import findings
from projects.queries.formality import seen
from projects.queries.whole import whole_application
from projects.tasks import send_reminders
from tests import factories
from tests.projects import applying

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    year = timezone.localdate().year
    factories.make_calendar(year, year + 1)
    return applying.make_team()


@pytest.fixture
def officer():
    return factories.make_user("officer")


@pytest.fixture
def application(team):
    return applying.submitted(team)


def answer_all(application, officer, result="pass"):
    for item in application.formality_items.filter(mode="manual"):
        formality.record_item(item, result=result, note="已核对", by=officer)


def supplemented(application, team, officer):
    item = application.formality_items.get(rule="leader_employed")
    formality.record_item(item, result="supplement", note="在职证明不清晰", by=officer)
    formality.ask_supplement(application, places=["rationale"], text="请补充立项依据。", by=officer)
    return item


def test_submit_opens_the_check_and_judges_what_rules_can(application):
    items = {item.rule: item for item in application.formality_items.all()}
    assert len(items) == 14
    assert {item.result for item in items.values() if item.mode != "manual"} == {"pass"}
    assert {item.result for item in items.values() if item.mode == "manual"} == {"unchecked"}


def test_unchecked_rows_never_count_as_passed(application, officer):
    with pytest.raises(Refused, match="未审查"):
        formality.pass_formality(application, by=officer)
    answer_all(application, officer)
    formality.pass_formality(application, by=officer)
    formality.start_review(application, by=officer)
    assert application.state == "under_review"


def test_rule_that_refuses_cannot_be_passed_by_hand(application, team, officer):
    team.consortium.qualifications.create(status="revoked", since=timezone.localdate(), reason="撤销")
    formality.run_automatic(application, by=officer)
    item = application.formality_items.get(rule="qualification")
    assert item.result == "fail"
    with pytest.raises(Refused, match="不能人工改为通过"):
        formality.record_item(item, result="pass", by=officer)


def test_negative_answer_needs_a_note(application, officer):
    item = application.formality_items.get(rule="leader_employed")
    with pytest.raises(Invalid):
        formality.record_item(item, result="fail", by=officer)
    with pytest.raises(Invalid):
        formality.record_item(item, result="maybe", by=officer)


def test_only_officers_check(application, team):
    item = application.formality_items.first()
    for person in (team.admin, factories.make_user("finance")):
        with pytest.raises(NotAllowed):
            formality.record_item(item, result="pass", by=person)


def test_supplement_opens_only_the_named_parts(application, team, officer):
    supplemented(application, team, officer)
    letter = documents.latest("formality_letter", application).snapshot
    assert letter["letter"]["outcome"] == "supplement"
    assert [problem["fact"] for problem in letter["problems"]] == ["在职证明不清晰", "请补充立项依据。"]
    applications.save_section(
        application, code="rationale", data={"text": applying.TEXT + "补充依据。"}, revision=1, by=team.drafter
    )
    with pytest.raises(Refused, match="没有要求修改"):
        applications.save_section(application, code="outcomes", data={"text": "改"}, revision=1, by=team.drafter)


def test_supply_needs_the_leader_again_and_freezes_a_second_version(application, team, officer):
    item = supplemented(application, team, officer)
    applications.save_section(
        application, code="rationale", data={"text": applying.TEXT + "补充依据。"}, revision=1, by=team.drafter
    )
    with pytest.raises(Refused, match="尚未声明"):
        formality.supply(application, by=team.admin)
    applications.declare(application, by=team.leader)
    version = formality.supply(application, by=team.admin)
    item.refresh_from_db()
    assert (version.number, application.state, item.result) == (2, "submitted", "unchecked")


def test_a_supplement_in_which_nothing_was_mended_is_refused(application, team, officer):
    supplemented(application, team, officer)
    with pytest.raises(Refused, match="还没有修改并重新声明"):
        formality.supply(application, by=team.admin)
    application.refresh_from_db()
    assert application.state == "supplement"


def test_a_supplement_after_the_call_closed_shows_no_closed_window(application, team, officer):
    supplemented(application, team, officer)
    with time_machine.travel(application.call.closes_at + timedelta(hours=1)):
        said = findings(whole_application(application.pk))
    assert [row.message for row in blocks(said)] == []


def test_supplement_is_asked_once(application, team, officer):
    supplemented(application, team, officer)
    applications.declare(application, by=team.leader)
    formality.supply(application, by=team.admin)
    with pytest.raises(Refused, match="只补正一次"):
        formality.ask_supplement(application, places=["cover"], text="再补", by=officer)


def test_supplement_ends_at_its_deadline(application, team, officer):
    supplemented(application, team, officer)
    with pytest.raises(Refused, match="尚未届满"):
        formality.fail_formality(application, by=officer, note="未补正")
    SupplementRequest.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    application.refresh_from_db()
    with pytest.raises(Refused, match="届满"):
        formality.supply(application, by=team.admin)
    formality.fail_formality(application, by=officer, note="逾期未补正")
    assert application.state == "ineligible"


def test_missing_holiday_table_is_said_and_nothing_moves(officer):
    application = applying.submitted(applying.make_team())
    with pytest.raises(Refused, match="节假日"):
        formality.ask_supplement(application, places=["cover"], text="补", by=officer)
    application.refresh_from_db()
    assert application.state == "submitted"


def test_failing_needs_a_reason_and_sends_a_letter(application, officer):
    with pytest.raises(Invalid):
        formality.fail_formality(application, by=officer)
    formality.fail_formality(application, by=officer, note="证照与单位名称不一致")
    letter = documents.latest("formality_letter", application)
    assert letter.snapshot["problems"][0]["fact"] == "证照与单位名称不一致"
    assert application.slot == 1


def test_answers_do_not_survive_a_new_submission(application, team, officer):
    answer_all(application, officer)
    applications.withdraw_application(application, by=team.admin)
    applications.reopen_application(application, by=team.admin)
    applications.send_to_unit(application, by=team.drafter)
    applications.submit_application(application, by=team.admin)
    assert set(application.formality_items.filter(mode="manual").values_list("result", flat=True)) == {"unchecked"}


def test_answers_are_closed_after_the_decision(application, officer):
    answer_all(application, officer)
    formality.pass_formality(application, by=officer)
    with pytest.raises(Conflict):
        formality.record_item(application.formality_items.first(), result="fail", note="改", by=officer)


def test_officer_asks_for_a_supplement_in_the_admin(client, application, officer):
    client.force_login(officer)
    page = reverse("admin:projects_application_supplement", args=[application.pk])
    assert "可修改的部分" in client.post(page, {"places": ["nothing"], "text": ""}).text
    assert client.post(page, {"places": ["kpis"], "text": "请核对指标。"}).status_code == 302
    application.refresh_from_db()
    assert (application.state, application.supplement_request.places) == ("supplement", ["kpis"])


def test_other_duties_see_but_do_not_check(client, application):
    for duty, status in (("director", 200), ("finance", 200), ("sysadmin", 403)):
        client.force_login(factories.make_user(duty))
        page = reverse("admin:projects_application_formality", args=[application.pk])
        response = client.get(page)
        assert response.status_code == status, duty
        client.post(page)
        assert "办理</th>" not in response.text


def test_a_rule_that_refuses_speaks_for_itself_and_yields_when_the_facts_are_mended(application, team, officer):
    item = application.formality_items.get(rule="leader_within_cap")
    formality.record_item(item, result="pass", note="已核对", by=officer)
    for _ in range(3):
        factories.make_project(factories.make_application(team.call, state="approved", leader=team.leader))
    formality.run_automatic(application, by=officer)
    item.refresh_from_db()
    assert (item.result, item.checked_by) == ("fail", None)
    team.leader.led_projects.update(state="closed")
    formality.run_automatic(application, by=officer)
    item.refresh_from_db()
    assert item.result == "pass"


def test_answers_of_several_rows_are_stored_together_or_not_at_all(application, officer):
    answers = [
        formality.Answer("leader_employed", "pass"),
        formality.Answer("no_double_funding", "fail"),
        formality.Answer("no_dishonesty", "supplement", place="nowhere", note="缺材料"),
    ]
    with pytest.raises(Invalid) as refusal:
        formality.record_items(application, answers=answers, by=officer)
    assert {found.subject for found in refusal.value.findings} == {"no_double_funding", "no_dishonesty"}
    assert application.formality_items.filter(checked_by__isnull=False).count() == 0


def test_an_answer_that_a_colleague_gave_meanwhile_is_not_overwritten(application, officer):
    item = application.formality_items.get(rule="leader_employed")
    read = seen(item)
    formality.record_item(item, result="fail", note="不是在职人员", by=factories.make_user("officer", name="钱经办"))
    with pytest.raises(Conflict, match="钱经办"):
        formality.record_items(
            application, answers=[formality.Answer("leader_employed", "pass", seen=read)], by=officer
        )
    item.refresh_from_db()
    assert item.result == "fail"


def test_the_parts_of_the_rows_that_need_mending_are_open_and_named(client, application, team, officer):
    supplemented(application, team, officer)
    request = application.supplement_request
    assert request.places == ["rationale", "attachments"]
    assert request.problems == [
        {"item": "项目负责人为本单位在职人员", "article": "7", "fact": "在职证明不清晰", "place": "attachments"}
    ]
    client.force_login(team.drafter)
    overview = client.get(reverse("application", args=[application.public_id])).text
    part = client.get(reverse("application_part", args=[application.public_id, "attachments"])).text
    other = client.get(reverse("application_part", args=[application.public_id, "rationale"])).text
    assert "在职证明不清晰" in overview
    assert "在职证明不清晰" in part
    assert "在职证明不清晰" not in other
    assert "请补充立项依据。" in other
    closed = client.get(reverse("application_part", args=[application.public_id, "outcomes"]))
    assert closed.status_code == 302


def test_members_that_come_or_go_during_the_supplement_do_not_change_the_baseline(application, team, officer):
    before = application.versions.get().snapshot["consortium"]
    supplemented(application, team, officer)
    newcomer = factories.make_unit()
    team.consortium.memberships.create(unit=newcomer, role="member", joined_on=timezone.localdate())
    applications.declare(application, by=team.leader)
    version = formality.supply(application, by=team.admin)
    assert version.snapshot["consortium"] == before


def test_a_term_is_extended_once_with_a_reason(application, team, officer):
    supplemented(application, team, officer)
    due = application.supplement_request.due_at
    with pytest.raises(Invalid, match="理由"):
        formality.extend_supplement(application, due_at=due + timedelta(days=2), reason=" ", by=officer)
    with pytest.raises(Invalid, match="晚于原期限"):
        formality.extend_supplement(application, due_at=due, reason="单位申请", by=officer)
    with pytest.raises(NotAllowed):
        formality.extend_supplement(application, due_at=due + timedelta(days=2), reason="想要", by=team.admin)
    with time_machine.travel(due + timedelta(hours=1)):
        request = formality.extend_supplement(
            application, due_at=due + timedelta(days=2), reason="单位申请", by=officer
        )
        with pytest.raises(Refused, match="只延长一次"):
            formality.extend_supplement(application, due_at=due + timedelta(days=3), reason="再延", by=officer)
    assert (request.first_due_at, request.due_at) == (due, due + timedelta(days=2))
    assert documents.latest("formality_letter", application).snapshot["letter"]["outcome"] == "extended"
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplementRequest.objects.update(problems=[])


def test_the_end_of_a_supplement_is_exact(application, team, officer):
    supplemented(application, team, officer)
    applications.declare(application, by=team.leader)
    due = timezone.now() + timedelta(hours=5)
    SupplementRequest.objects.update(due_at=due)
    application.refresh_from_db()
    clock = "projects.actions.supplements.database_now"
    with mock.patch(clock, return_value=due), pytest.raises(Refused, match="届满"):
        formality.supply(application, by=team.admin)
    with mock.patch(clock, return_value=due - timedelta(microseconds=1)):
        assert formality.supply(application, by=team.admin).number == 2


def test_a_refusal_names_rows_the_late_supplement_and_the_officers_words(application, team, officer):
    supplemented(application, team, officer)
    SupplementRequest.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    application.refresh_from_db()
    formality.fail_formality(application, by=officer, note="已电话提醒")
    rows = documents.latest("formality_letter", application).snapshot["problems"]
    assert [row["item"] for row in rows] == ["项目负责人为本单位在职人员", "按期补正", "审查意见"]


def test_a_wrong_refusal_is_taken_back_before_experts_begin(application, officer, monkeypatch):
    item = application.formality_items.get(rule="no_double_funding")
    formality.record_item(item, result="fail", note="重复", by=officer)
    formality.fail_formality(application, by=officer)
    with pytest.raises(Invalid, match="理由"):
        formality.reopen_formality(application, by=officer, note=" ")
    formality.reopen_formality(application, by=officer, note="查明为另一单位的项目")
    item.refresh_from_db()
    assert (application.state, application.slot, item.result) == ("submitted", 1, "unchecked")
    assert documents.latest("formality_letter", application).snapshot["letter"]["outcome"] == "revoked"
    answer_all(application, officer)
    formality.pass_formality(application, by=officer)
    monkeypatch.setattr(extensions, "REVIEW_STARTED", [lambda call: call == application.call])
    with pytest.raises(Refused, match="评审已经开始"):
        formality.reopen_formality(application, by=officer, note="再查")


@pytest.mark.parametrize(
    ("minutes", "words"), [(4 * 1440, None), (2 * 1440 + 9, "2 天"), (605, "10 小时"), (50, "49 分钟")]
)
def test_the_end_of_a_supplement_is_reminded_once_a_step(application, team, officer, minutes, words):
    supplemented(application, team, officer)
    SupplementRequest.objects.update(due_at=timezone.now() + timedelta(minutes=minutes, seconds=-1))
    send_reminders()
    send_reminders()
    told = Notification.objects.filter(title__startswith="补正还有")
    assert set(told.values_list("user", flat=True)) == (
        {team.leader.pk, team.drafter.pk, team.admin.pk} if words else set()
    )
    assert all(words in row.title for row in told)
    assert OutboxMail.objects.filter(subject__startswith="补正还有").count() == told.count()


def test_a_row_that_failed_is_not_left_standing_in_a_supplement(application, officer):
    item = application.formality_items.get(rule="no_double_funding")
    formality.record_item(item, result="fail", note="重复", by=officer)
    with pytest.raises(Refused, match="判为不通过的事项：未与其他财政支持项目重复"):
        formality.ask_supplement(application, places=["kpis"], text="补", by=officer)


def test_a_fault_in_a_part_that_is_closed_does_not_hold_the_supplement_back(application, team, officer):
    supplemented(application, team, officer)
    for _ in range(3):
        factories.make_project(factories.make_application(team.call, state="approved", leader=team.leader))
    applications.declare(application, by=team.leader)
    formality.supply(application, by=team.admin)
    assert application.formality_items.get(rule="leader_within_cap").result == "fail"
