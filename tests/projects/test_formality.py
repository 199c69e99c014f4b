"""The formality check: nothing unchecked passes, one 补正 round, letters, and the officer's pages (C9)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from portal import documents
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from projects.actions import applications, formality
from projects.models import SupplementRequest
from projects.queries.applications import findings
from projects.queries.whole import whole_application
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


def test_officer_checks_in_the_admin(client, application, officer):
    client.force_login(officer)
    page = reverse("admin:projects_application_formality", args=[application.pk])
    assert "单位名称与公章" in client.get(page).text
    for item in application.formality_items.filter(mode="manual"):
        client.post(reverse("admin:projects_application_item", args=[application.pk, item.rule]), {"result": "pass"})
    client.post(reverse("admin:projects_application_move", args=[application.pk, "pass_formality"]), {"note": ""})
    application.refresh_from_db()
    assert application.state == "eligible"
    data = {"action": "start_review_of", "_selected_action": [application.pk]}
    client.post(reverse("admin:projects_application_changelist"), data)
    application.refresh_from_db()
    assert application.state == "under_review"


def test_officer_asks_for_a_supplement_in_the_admin(client, application, officer):
    client.force_login(officer)
    page = reverse("admin:projects_application_supplement", args=[application.pk])
    assert client.post(page, {"places": ["nothing"], "text": ""}).status_code == 200
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


@pytest.mark.parametrize("count", [1, 3])
def test_admin_list_takes_a_fixed_number_of_queries(client, team, officer, count, django_assert_num_queries):
    for _ in range(count):
        factories.make_application(team.call, factories.make_consortium(), state="submitted")
    client.force_login(officer)
    with django_assert_num_queries(8):
        assert client.get(reverse("admin:projects_application_changelist")).status_code == 200
