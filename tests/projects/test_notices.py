"""Public notices: frozen, in working days, closed only after their last day (8(3), N1-N3)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Document
from projects.actions import approvals, notices
from projects.models import PublicNotice
from projects.tasks import close_due_notices
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.make_user("officer")


@pytest.fixture
def calendar():
    year = timezone.localdate().year
    factories.make_calendar(year, year + 1)


def proposed(call=None):
    return factories.make_application(call, state="proposed")


def draft(officer, applications):
    call = applications[0].call
    return notices.draft_notice(call=call, applications=applications, title="拟支持项目公示", by=officer)


def published(officer, application=None):
    notice = draft(officer, [application or proposed()])
    return notices.publish_notice(notice, by=officer)


def test_notice_of_unproposed_application_is_refused(officer):
    with pytest.raises(Conflict, match="只有拟支持项目"):
        draft(officer, [factories.make_application(state="scored")])


def test_notice_by_finance_is_refused():
    application = proposed()
    with pytest.raises(NotAllowed):
        draft(factories.make_user("finance"), [application])


@pytest.mark.usefixtures("calendar")
def test_publish_freezes_only_public_facts(officer):
    application = proposed()
    notice = published(officer, application)
    application.refresh_from_db()
    assert application.state == "in_notice"
    assert set(notice.snapshot["items"][0]) == {
        "seq", "application", "project_name", "lead_unit", "consortium", "field",
    }  # fmt: skip
    text = str(notice.snapshot) + str(Document.objects.get(kind="public_notice").snapshot)
    assert application.leader.name not in text
    assert application.supervisor_phone not in text


@pytest.mark.usefixtures("calendar")
@pytest.mark.parametrize("column", ["title", "sha256", "ends_on", "snapshot"])
def test_published_notice_cannot_be_changed_in_database(officer, column):
    notice = published(officer)
    value = {"ends_on": date(2030, 1, 1), "snapshot": {}}.get(column, "别的")
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicNotice.objects.filter(pk=notice.pk).update(**{column: value})


def test_publish_without_holiday_table_is_refused(officer):
    notice = draft(officer, [proposed()])
    with pytest.raises(Refused, match="节假日表缺少"):
        notices.publish_notice(notice, by=officer)
    notice.refresh_from_db()
    assert notice.state == "draft"


@pytest.mark.usefixtures("calendar")
def test_notice_is_not_closed_on_its_last_day(officer):
    notice = published(officer)
    with pytest.raises(Refused, match="含当日"):
        notices.close_notice(notice)
    today = timezone.localdate()
    last_day = factories.make_notice([proposed()], starts_on=today - timedelta(days=4), ends_on=today)
    with pytest.raises(Refused):
        notices.close_notice(last_day)


def test_task_closes_only_due_notices(officer):
    today = timezone.localdate()
    due = factories.make_notice([proposed()], starts_on=today - timedelta(8), ends_on=today - timedelta(1))
    running = factories.make_notice([proposed()], starts_on=today - timedelta(4), ends_on=today)
    assert close_due_notices() == 1
    due.refresh_from_db()
    running.refresh_from_db()
    assert (due.state, running.state) == ("closed", "open")


@pytest.mark.usefixtures("calendar")
def test_correction_is_new_notice_with_full_period_and_blocks_approval(officer):
    application = proposed()
    notice = published(officer, application)
    director = factories.make_user("director")
    successor = notices.replace_notice(notice, by=officer, note="单位名称有误")
    application.refresh_from_db()
    with pytest.raises(Refused, match="尚未公示"):
        approvals.approve_application(application, by=director)
    notices.publish_notice(successor, by=officer)
    successor.refresh_from_db()
    assert successor.state == "open"
    with pytest.raises(Refused, match="尚未结束"):
        approvals.approve_application(application, by=director)


@pytest.mark.usefixtures("calendar")
def test_correction_needs_reason(officer):
    with pytest.raises(Invalid):
        notices.replace_notice(published(officer), by=officer, note=" ")


def closed_application(**fields):
    application = factories.make_application(state="in_notice", **fields)
    today = timezone.localdate()
    factories.make_notice([application], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1))
    return application


def test_approval_makes_numbered_project_with_baseline():
    application = closed_application()
    codes = set(application.consortium.memberships.values_list("unit__credit_code", flat=True))
    project = approvals.approve_application(application, by=factories.make_user("director"))
    assert project.number == f"京科协协同项{application.call.year}-0001"
    assert set(project.baseline) == codes
    assert project.grant_amount == application.call.fixed_grant
    assert project.state == "contracting"


def test_approval_baseline_comes_from_frozen_version():
    application = closed_application()
    code = "91350100M000100Y43"
    factories.make_version(application, snapshot={"consortium": {"members": [{"credit_code": code}]}})
    assert approvals.approve_application(application, by=factories.make_user("director")).baseline == [code]


def test_approval_twice_is_refused():
    application = closed_application()
    director = factories.make_user("director")
    approvals.approve_application(application, by=director)
    with pytest.raises(Conflict):
        approvals.approve_application(application, by=director)


def test_bulk_approval_takes_clear_ones_and_names_the_others(officer):
    call = factories.make_call()
    first, second = (factories.make_application(call, state="in_notice") for _ in range(2))
    today = timezone.localdate()
    notice = factories.make_notice(
        [first, second], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1)
    )
    second.objections.create(
        notice=notice, kind="person", objector_name="赵六", objector_contact="13800000000", text="理由", query_code="A"
    )
    projects, refusals = approvals.approve_notice(notice, by=factories.make_user("director"))
    assert [project.application_id for project in projects] == [first.pk]
    assert len(refusals) == 1
    assert "未办结的异议" in refusals[0]
