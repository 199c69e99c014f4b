"""The officer's desk, the list by progress, and work on many applications at once (C9)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from portal.models import Event
from projects.actions import formality
from projects.queries.formality import seen
from tests import factories
from tests.projects import applying

pytestmark = pytest.mark.django_db
LIST = reverse("admin:projects_application_changelist")
MANUAL = ("name_matches_seal", "leader_employed", "no_double_funding", "no_dishonesty")


@pytest.fixture
def team():
    year = timezone.localdate().year
    factories.make_calendar(year, year + 1)
    return applying.make_team()


@pytest.fixture
def officer(client):
    user = factories.make_user("officer")
    client.force_login(user)
    return user


@pytest.fixture
def application(team):
    return applying.submitted(team)


def desk(application) -> str:
    return reverse("admin:projects_application_formality", args=[application.pk])


def answers(application, result="pass", note="") -> dict:
    data = {}
    for item in application.formality_items.all():
        data[f"seen-{item.rule}"] = seen(item)
        if item.mode == "manual":
            data |= {f"result-{item.rule}": result, f"note-{item.rule}": note}
    return data


def test_the_desk_shows_content_attachments_and_rules_together(client, application, officer, django_assert_num_queries):
    client.get(desk(application))
    with django_assert_num_queries(10):
        page = client.get(desk(application)).text
    for words in ("单位名称与公章", "营业执照.pdf", applying.TEXT[:20], "未审查的不能视为通过", "自动检查"):
        assert words in page
    assert len(page.encode()) < 80_000


def test_one_form_records_decides_and_goes_on_to_the_next(client, team, application, officer):
    second = applying.submitted(team, "第二个项目")
    response = client.post(desk(application), answers(application) | {"act": "pass_next"})
    assert response.status_code == 302
    application.refresh_from_db()
    assert application.state == "eligible"
    assert client.get(response["Location"])["Location"] == desk(second)
    client.post(desk(second), answers(second) | {"act": "pass"})
    assert client.get(reverse("admin:projects_application_next"))["Location"] == LIST


def test_the_desk_keeps_what_was_typed_when_a_row_is_refused(client, application, officer):
    data = answers(application) | {
        "result-leader_employed": "fail",
        "note-no_dishonesty": "已查信用网站",
        "act": "pass_next",
    }
    response = client.post(desk(application), data)
    assert response.status_code == 400
    assert "须写明意见" in response.text
    assert "已查信用网站" in response.text
    assert not application.formality_items.filter(checked_by__isnull=False).exists()


def test_passing_with_open_rows_is_refused_and_stays(client, application, officer):
    response = client.post(desk(application), {"act": "pass_next"}, follow=True)
    application.refresh_from_db()
    assert application.state == "submitted"
    assert "还有 4 项没有通过" in response.text


def test_the_declaration_passes_the_open_manual_rows_and_the_log_says_so(client, application, officer):
    client.post(
        desk(application), {"act": "save", "result-no_dishonesty": "fail", "note-no_dishonesty": "有记录", "rest": "on"}
    )
    results = dict(application.formality_items.filter(mode="manual").values_list("rule", "result"))
    assert results == dict.fromkeys(MANUAL, "pass") | {"no_dishonesty": "fail"}
    together = [event.after.get("together", False) for event in Event.objects.filter(verb="formality.record")]
    assert sorted(together) == [False, True, True, True]


def test_a_colleagues_answer_comes_back_with_409(client, application, officer):
    data = answers(application)
    item = application.formality_items.get(rule="leader_employed")
    formality.record_item(item, result="fail", note="已离职", by=factories.make_user("officer", name="钱经办"))
    response = client.post(desk(application), data | {"act": "save"})
    assert response.status_code == 409
    assert "钱经办" in response.text


def test_others_read_the_desk_and_record_nothing(client, application):
    client.force_login(factories.make_user("director"))
    page = client.get(desk(application)).text
    assert "单位名称与公章" in page
    assert 'name="act"' not in page
    assert client.post(desk(application), answers(application) | {"act": "save"}).status_code == 403
    assert not application.formality_items.filter(checked_by__isnull=False).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(client, team, officer, count, django_assert_num_queries):
    for _ in range(count):
        factories.make_application(team.call, factories.make_consortium(), state="submitted")
    client.get(LIST)
    with django_assert_num_queries(10):
        page = client.get(LIST)
    assert page.status_code == 200
    assert len(page.content) < 60_000


def test_the_list_counts_every_stage_and_filters_by_it(client, team, application, officer):
    begun = applying.submitted(team, "已经动手的项目")
    formality.record_item(begun.formality_items.get(rule="leader_employed"), result="pass", by=officer)
    asked = applying.submitted(applying.make_team(team.call), "等待补正的项目")
    formality.ask_supplement(asked, places=["kpis"], text="补", by=officer)
    factories.make_application(team.call, factories.make_consortium(), state="ineligible")
    counts = {row["label"]: row["count"] for row in client.get(LIST).context_data["stages"]}
    assert counts == {"待审": 1, "审查中": 1, "待补正": 1, "已补正": 0, "通过": 0, "不通过": 1}
    page = client.get(LIST, {"stage": "checking"})
    assert "已经动手的项目" in page.text
    assert "等待补正的项目" not in page.text
    assert {row["label"]: row["count"] for row in page.context_data["stages"]} == counts
    asked.supplement_request.__class__.objects.update(due_at=timezone.now())
    assert "等待补正的项目" in client.get(LIST, {"overdue": "yes"}).text
    assert "已经动手的项目" not in client.get(LIST, {"overdue": "yes"}).text


def test_the_filtered_list_is_taken_away_as_a_table(client, team, application, officer):
    applying.submitted(team, "第二个项目")
    response = client.get(reverse("admin:projects_application_export"), {"q": "第二个"})
    rows = list(load_workbook(BytesIO(response.content)).active.values)
    assert [row[1] for row in rows] == ["项目名称", "第二个项目"]
    assert rows[1][11] == "10/14"
    assert "项目负责人为本单位在职人员：未审查" in rows[1][12]
    assert Event.objects.get(verb="application.export").after == {"rows": 1}


def bulk(client, action, rows, **more):
    return client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]} | more)


def test_many_are_passed_after_a_page_that_says_who_is_left_out(client, team, application, officer):
    other = applying.submitted(team, "还没审完的项目")
    for item in application.formality_items.filter(mode="manual"):
        formality.record_item(item, result="pass", by=officer)
    page = bulk(client, "pass_formality_of", [application, other])
    assert "<strong>1 份</strong>" in page.text
    assert "还有 4 项没有通过" in page.text
    application.refresh_from_db()
    assert application.state == "submitted"
    done = bulk(client, "pass_formality_of", [application, other], confirm="yes")
    assert "已办理 1 份" in done.text
    assert "未办理 1 份" in done.text
    application.refresh_from_db()
    other.refresh_from_db()
    assert (application.state, other.state) == ("eligible", "submitted")
    bulk(client, "start_review_of", [application], confirm="yes")
    application.refresh_from_db()
    assert application.state == "under_review"


def test_the_same_supplement_is_asked_of_several(client, team, application, officer):
    second = applying.submitted(team, "第二个项目")
    wrong = bulk(client, "ask_supplement_of", [application, second], confirm="yes", text="")
    assert wrong.status_code == 400
    done = bulk(
        client, "ask_supplement_of", [application, second], confirm="yes", text="请更新承诺书", places=["attachments"]
    )
    assert "已办理 2 份" in done.text
    for row in (application, second):
        row.refresh_from_db()
        assert (row.state, row.supplement_request.text) == ("supplement", "请更新承诺书")
    assert "已补正过一次" in bulk(client, "ask_supplement_of", [application]).text


def test_rules_run_again_for_all_chosen(client, team, application, officer):
    team.consortium.qualifications.create(status="revoked", since=timezone.localdate(), reason="撤销")
    assert "已办理 1 份" in bulk(client, "run_rules_of", [application], confirm="yes").text
    assert application.formality_items.get(rule="qualification").result == "fail"


def test_only_those_who_check_are_offered_bulk_work(client, application):
    client.force_login(factories.make_user("director"))
    page = client.get(LIST).text
    assert 'name="action"' not in page
    bulk(client, "start_review_of", [application], confirm="yes")
    application.refresh_from_db()
    assert application.state == "submitted"


def test_the_page_of_the_extension(client, application, officer):
    formality.ask_supplement(application, places=["kpis"], text="补", by=officer)
    url = reverse("admin:projects_application_extend", args=[application.pk])
    later = timezone.localtime(application.supplement_request.due_at) + timedelta(days=2)
    assert client.post(url, {"due_at": "", "reason": ""}).status_code == 200
    assert client.post(url, {"due_at": f"{later:%Y-%m-%dT%H:%M}", "reason": "单位申请"}).status_code == 302
    assert "延长理由：单位申请" in client.get(desk(application)).text
