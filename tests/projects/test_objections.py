"""Objections: real name, a handler of his own, an answer, only the objected project waits (8(3), N4-N7)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal import access, events
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Event
from projects.actions import approvals, objections
from projects.models import Objection
from tests import factories
from tests.papers import PDF

pytestmark = pytest.mark.django_db
GOOD = {
    "kind": "person",
    "objector_name": "赵明远",
    "objector_contact": "13800001234",
    "text": "该项目的技术成果与另一项目相同，附对照说明。",
    "files": [],
}


@pytest.fixture
def publisher():
    return factories.make_user("officer")


@pytest.fixture
def handler():
    return factories.make_user("officer")


@pytest.fixture
def notice(publisher):
    call = factories.make_call()
    rows = [factories.make_application(call, state="in_notice") for _ in range(2)]
    return factories.make_notice(rows, published_by=publisher)


def file(notice, application=None, **changes):
    application = application or notice.applications.order_by("pk").first()
    return objections.file_objection(notice=notice, application=application, **(GOOD | changes))


def test_objection_holds_only_its_own_project(notice):
    first, second = notice.applications.order_by("pk")
    objection = file(notice, first)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("objection_hold", "in_notice")
    assert len(objection.query_code) == 19


@pytest.mark.parametrize("name", ["匿名", "某先生", "热心群众", "X", "***", "x x", "12345", "\u200b\u200b"])
def test_anonymous_objection_is_refused(notice, name):
    with pytest.raises(Invalid, match="匿名"):
        file(notice, objector_name=name)
    assert not Objection.objects.exists()


@pytest.mark.parametrize("contact", ["无", "123", "微信见", "@", "电话不便"])
def test_objection_without_contact_is_refused(notice, contact):
    with pytest.raises(Invalid, match="联系方式"):
        file(notice, objector_contact=contact)


def test_objection_of_unit_needs_sealed_letter(notice):
    unit = {"kind": "unit", "objector_name": "北京虚构仪器有限公司"}
    with pytest.raises(Invalid, match="公章"):
        file(notice, **unit)
    assert file(notice, **unit, files=[(PDF, "异议书.pdf")]).files.count() == 1


def test_objection_to_project_outside_the_notice_is_refused(notice):
    with pytest.raises(Invalid, match="不在这份公示"):
        file(notice, factories.make_application(notice.call, state="in_notice"))


def test_objection_after_the_period_is_refused(publisher):
    today = timezone.localdate()
    application = factories.make_application(state="in_notice")
    late = factories.make_notice([application], starts_on=today - timedelta(8), ends_on=today - timedelta(1))
    with pytest.raises(Refused, match="公示期至"):
        file(late)


def test_flood_from_one_address_is_refused(notice):
    token = events.request_ip.set("10.0.0.9")
    try:
        for number in range(objections.PER_ADDRESS_AND_HOUR):
            file(notice, text=f"第{number}件异议：成果与他人相同，请核查。")
        with pytest.raises(Refused, match="同一网络地址"):
            file(notice)
    finally:
        events.request_ip.reset(token)


def test_publisher_may_not_handle(notice, publisher):
    objection = file(notice)
    with pytest.raises(NotAllowed, match="回避"):
        objections.accept_objection(objection, by=publisher)
    assert not access.allowed(publisher, "projects.view_objection", objection)


def test_objected_person_may_not_handle(notice, handler):
    objection = file(notice)
    with pytest.raises(NotAllowed, match="回避"):
        objections.accept_objection(objection, by=handler, objected_user=handler)


def test_identity_is_visible_to_the_handler_only(notice, handler):
    objection = file(notice)
    objections.accept_objection(objection, by=handler)
    objection.refresh_from_db()
    other = factories.make_user("officer")
    assert access.allowed(handler, "projects.view_objection", objection)
    for person in (other, factories.make_user("finance"), factories.make_user("bast"), objection.application.leader):
        assert not access.allowed(person, "projects.view_objection", objection)
    with pytest.raises(NotAllowed, match="其他人员承办"):
        objections.dismiss_objection(objection, by=other, note="不成立")
    assert not Event.objects.filter(note__contains=GOOD["objector_name"]).exists()


def test_closing_needs_an_answer(notice, handler):
    objection = objections.accept_objection(file(notice), by=handler)
    with pytest.raises(Invalid, match="答复"):
        objections.dismiss_objection(objection, by=handler, note=" ")


def test_last_dismissal_releases_the_project(notice, handler):
    application = notice.applications.order_by("pk").first()
    cases = [file(notice, application), file(notice, application, objector_name="钱思源")]
    for case in cases:
        application.refresh_from_db()
        assert application.state == "objection_hold"
        objections.accept_objection(case, by=handler)
        objections.dismiss_objection(case, by=handler, note="经核查，两项目的成果不同。")
    application.refresh_from_db()
    assert application.state == "in_notice"


def test_upheld_objection_ends_the_project(notice, handler):
    application = notice.applications.order_by("pk").first()
    case = objections.accept_objection(file(notice, application), by=handler)
    objections.uphold_objection(case, by=handler, note="经核查，成果重复，异议成立。")
    application.refresh_from_db()
    assert application.state == "rejected"
    with pytest.raises(Refused):
        approvals.approve_application(application, by=factories.make_user("director"))


def test_closed_objection_cannot_be_reopened(notice, handler):
    case = objections.decline_objection(file(notice), by=handler, note="没有事实依据，不予受理。")
    with pytest.raises(Conflict):
        objections.accept_objection(case, by=handler)
    case.refresh_from_db()
    assert case.state == "declined"


def test_open_objection_blocks_approval_after_the_period(publisher):
    today = timezone.localdate()
    application = factories.make_application(state="in_notice")
    notice = factories.make_notice([application], published_by=publisher)
    file(notice, application)
    notice.__class__.objects.filter(pk=notice.pk).update(replaced_by=None)
    factories.make_notice([application], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1))
    with pytest.raises(Refused, match="未办结的异议"):
        approvals.approve_application(application, by=factories.make_user("director"))


def test_list_tells_why_a_case_stays_closed(client, notice, publisher, handler):
    objection = file(notice)
    url = reverse("admin:projects_objection_change", args=[objection.pk])
    client.force_login(publisher)
    assert "须由其他经办或主任承办" in client.get(url, follow=True).content.decode()
    client.force_login(handler)
    assert client.get(url).status_code == 200
