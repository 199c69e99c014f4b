"""Progress reports: scheduled by quarter, frozen figures, answered (6(4), 7(4)); the admin lists of the center."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.errors import Conflict, Invalid, NotAllowed
from projects.actions import reports
from projects.models import ProgressReport
from tests import factories

pytestmark = pytest.mark.django_db
LISTS = (
    "publicnotice", "objection", "contract", "changerequest", "project", "evidence", "worklogentry", "progressreport",
    "acceptancepackage", "rectification",
)  # fmt: skip


@pytest.fixture
def project():
    return factories.make_project()


def due(project, **fields):
    return ProgressReport.objects.create(project=project, kind="progress", title="季度报告", **fields)


def submit(report, by=None, done="完成联合测试两次。"):
    by = by or report.project.leader
    return reports.submit_report(report, done=done, problems="", next_steps="", by=by)


@pytest.mark.parametrize(
    ("start", "end", "ends"),
    [
        (date(2026, 5, 6), date(2026, 12, 15), [date(2026, 6, 30), date(2026, 9, 30)]),
        (date(2026, 3, 31), date(2026, 6, 30), [date(2026, 6, 30)]),
        (date(2026, 11, 1), date(2027, 4, 1), [date(2026, 12, 31), date(2027, 3, 31)]),
    ],
)
def test_quarter_ends_lie_inside_the_period(start, end, ends):
    assert reports.quarter_ends(start, end) == ends


def test_submitted_report_keeps_the_figures_of_the_day(project):
    report = submit(due(project))
    assert report.state == "submitted"
    assert report.figures["kpis"][0]["code"] == "member_expansion"


def test_empty_report_is_refused(project):
    with pytest.raises(Invalid, match="已完成工作"):
        submit(due(project), done="  ")


def test_second_submit_is_refused(project):
    report = submit(due(project))
    with pytest.raises(Conflict):
        submit(report)


def test_stranger_may_not_report(project):
    with pytest.raises(NotAllowed):
        submit(due(project), by=factories.make_person(factories.make_unit(), "drafter"))


def test_review_needs_an_answer_and_return_opens_the_report_again(project):
    officer = factories.make_user("officer")
    report = submit(due(project))
    with pytest.raises(Invalid):
        reports.review_report(report, by=officer, note="")
    report = reports.send_back_report(report, by=officer, note="请补充数据")
    assert report.state == "returned"
    assert reports.review_report(submit(report), by=officer, note="已阅").state == "reviewed"


def test_major_matter_of_tomorrow_is_refused(project):
    with pytest.raises(Invalid):
        reports.report_major(
            project=project, title="事故", happened_on=timezone.localdate() + timedelta(1), done="情况", problems="",
            next_steps="", by=project.leader,
        )  # fmt: skip


def test_page_shows_form_then_answer(client, project):
    report = due(project, due_on=timezone.localdate())
    client.force_login(project.leader)
    url = reverse("report", args=[project.public_id, report.pk])
    assert "提交报告" in client.get(url).content.decode()
    assert client.post(url, {"done": "完成", "problems": "", "next_steps": ""}).status_code == 302
    reports.review_report(ProgressReport.objects.get(), by=factories.make_user("officer"), note="已阅，请按计划推进。")
    assert "请按计划推进" in client.get(url).content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_admin_list_and_search_open_for_the_officer(client, project, name):
    factories.make_contract(project)
    due(project)
    client.force_login(factories.make_user("officer"))
    url = reverse(f"admin:projects_{name}_changelist")
    for query in ({}, {"q": "项目"}, {"state__exact": "draft"}):
        assert client.get(url, query, follow=True).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_admin_queue_takes_constant_queries(client, rows, django_assert_num_queries):
    for _ in range(rows):
        due(factories.make_project())
    client.force_login(factories.make_user("officer"))
    url = reverse("admin:projects_progressreport_changelist")
    client.get(url)
    with django_assert_num_queries(8):
        client.get(url)


@pytest.mark.parametrize("page", ["prepare", "order", "revoke"])
def test_admin_act_refused_keeps_what_was_typed(client, page):
    project = factories.make_project(state="contracting")
    client.force_login(factories.make_user("officer"))
    url = reverse(f"admin:projects_project_{page}", args=[project.pk])
    assert client.get(url).status_code == 200
    due_on = timezone.localdate().isoformat()
    answer = client.post(url, {"problems": "指标未完成", "articles": "20", "due_on": due_on, "facts": "整改不到位"})
    assert answer.status_code in (403, 409)
    assert "有内容需要改正" in answer.content.decode()


def test_unit_person_cannot_open_the_admin(client, project):
    client.force_login(project.leader)
    assert client.get(reverse("admin:projects_project_changelist")).status_code in (302, 403)
