"""The kernel in the admin: accounts, log, calendar, mail (invariants W8, W11; I2)."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from portal import events, workcalendar, workflow
from portal.measures.workdays import MissingHolidayYear
from portal.models import CalendarDay, Document, Event, OutboxMail, User
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-pass-9"


def _account(**changes):
    return {
        "username": "newofficer",
        "name": "新经办",
        "duty": "officer",
        "is_active": "on",
        "password": PASSWORD,
        "valid_until_0": "",
        "valid_until_1": "",
    } | changes


@pytest.fixture
def sysadmin(client):
    user = factories.make_user("sysadmin")
    client.force_login(user)
    return user


def test_sysadmin_opens_an_account_that_can_sign_in(client, sysadmin):
    assert client.post(reverse("admin:portal_user_add"), _account()).status_code == 302
    user = User.objects.get(username="newofficer")
    assert (user.duty, user.is_superuser) == ("officer", False)
    assert user.check_password(PASSWORD)
    event = Event.objects.get(verb="user.create")
    assert PASSWORD not in str(event.after)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "short"}, "密码"),
        ({"password": ""}, "初始密码"),
        ({"duty": "auditor"}, "有效期"),
    ],
)
def test_a_refused_account_comes_back_with_its_reason(client, sysadmin, changes, words):
    response = client.post(reverse("admin:portal_user_add"), _account(**changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert "新经办" in response.content.decode()
    assert not User.objects.filter(username="newofficer").exists()


def test_nobody_raises_himself(client, sysadmin):
    url = reverse("admin:portal_user_change", args=[sysadmin.pk])
    response = client.post(url, _account(duty="bast", password=""))
    assert "不能修改自己的职责" in response.content.decode()
    sysadmin.refresh_from_db()
    assert sysadmin.duty == "sysadmin"


def test_people_of_units_get_no_center_duty(client, sysadmin):
    person = factories.make_person(factories.make_unit(), "drafter")
    url = reverse("admin:portal_user_change", args=[person.pk])
    response = client.post(url, _account(username=person.username, duty="officer", password=""))
    assert "不能再授予中心职责" in response.content.decode()


@pytest.mark.parametrize("duty", ["officer", "director"])
def test_officer_and_director_only_look_at_accounts(client, duty):
    client.force_login(factories.make_user(duty))
    user = factories.make_user()
    url = reverse("admin:portal_user_change", args=[user.pk])
    assert "password" not in client.get(url).content.decode()
    assert client.post(url, _account(duty="bast")).status_code == 403
    assert client.get(reverse("admin:portal_user_add")).status_code == 403


def test_a_new_password_ends_the_old_session(client, sysadmin):
    from django.test import Client

    user = factories.make_user("officer")
    other = Client()
    other.force_login(user)
    url = reverse("admin:portal_user_change", args=[user.pk])
    assert client.post(url, _account(username=user.username, name=user.name)).status_code == 302
    assert other.get(reverse("account")).status_code == 302


def test_the_log_is_the_log_administrators_alone_and_read_only(client):
    event = events.record("test.act", "试验事项", note="=1+1")
    for duty in ("officer", "finance", "director", "bast", "sysadmin"):
        client.force_login(factories.make_user(duty))
        assert client.get(reverse("admin:portal_event_changelist")).status_code == 403
        assert client.get(reverse("admin:portal_event_export")).status_code == 403
    client.force_login(factories.make_user("logadmin"))
    assert "试验事项" in client.get(reverse("admin:portal_event_changelist")).content.decode()
    url = reverse("admin:portal_event_change", args=[event.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"label": "改写"}).status_code == 403
    assert client.post(reverse("admin:portal_event_delete", args=[event.pk]), {"post": "yes"}).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(label="改写")


def test_the_exported_log_has_no_live_formula_and_is_logged(client):
    events.record("test.act", "试验事项", note="=1+1")
    client.force_login(factories.make_user("logadmin"))
    response = client.get(reverse("admin:portal_event_export"), {"outcome__exact": "ok"})
    rows = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    assert "'=1+1" in rows[1]
    assert Event.objects.filter(verb="event.export").exists()
    assert events.first_break() is None


def test_a_year_is_loaded_once_and_days_set_by_hand_stay(client):
    officer = factories.make_user("officer")
    client.force_login(officer)
    workcalendar.set_day(date(2025, 10, 9), is_working=False, name="临时", by=officer)
    url = reverse("admin:portal_calendarday_load")
    assert client.post(url, {"year": "2025"}).status_code == 302
    assert CalendarDay.objects.filter(day__year=2025).count() == 365
    assert CalendarDay.objects.get(day=date(2025, 10, 9)).name == "临时"
    assert CalendarDay.objects.get(day=date(2025, 10, 11)).is_working
    assert CalendarDay.objects.get(day=date(2025, 10, 1)).name == "国庆节"
    assert workcalendar.load_year(2025, by=officer) == 0
    assert workcalendar.notice_end(date(2025, 6, 3), 5) == date(2025, 6, 9)


def test_a_year_without_arrangement_is_an_error_not_a_guess(client):
    client.force_login(factories.make_user("officer"))
    response = client.post(reverse("admin:portal_calendarday_load"), {"year": "2099"})
    assert response.status_code == 400
    assert "还没有公布" in response.content.decode()
    with pytest.raises(CommandError, match="2099"):
        call_command("load_holidays", "2099")
    with pytest.raises(MissingHolidayYear):
        workcalendar.notice_end(date(2099, 1, 5), 5)


def test_the_command_loads_years(capsys):
    call_command("load_holidays", "2025", "2026")
    assert CalendarDay.objects.count() == 730
    assert "2026" in capsys.readouterr().out


def test_mail_texts_stay_closed_and_failed_mail_goes_again(client, sysadmin):
    mail = OutboxMail.objects.create(to="a@example.com", subject="邀请", body="/invitations/secret/", status="failed")
    assert "secret" not in client.get(reverse("admin:portal_outboxmail_change", args=[mail.pk])).content.decode()
    data = {"action": "send_again", "_selected_action": [mail.pk]}
    assert client.post(reverse("admin:portal_outboxmail_changelist"), data).status_code == 302
    mail.refresh_from_db()
    assert mail.status == "queued"


def test_a_failed_document_is_made_again(client):
    from django.contrib.contenttypes.models import ContentType

    call = factories.make_call()
    document = Document.objects.create(
        kind="call_notice",
        title="通知",
        subject_type=ContentType.objects.get_for_model(call),
        subject_id=call.pk,
        template_version="1",
        snapshot={},
        input_digest="0" * 64,
        verification_code="TEST-CODE",
        state="failed",
        attempts=3,
    )
    client.force_login(factories.make_user("officer"))
    client.post(reverse("admin:portal_document_move", args=[document.pk, "retry"]))
    document.refresh_from_db()
    assert (document.state, document.attempts) == ("queued", 0)


def test_expired_auditors_open_nothing(client):
    user = factories.make_user("auditor", valid_until=timezone.now() - timedelta(seconds=1))
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code in (302, 403)


def test_filter_that_no_sql_can_be_made_of_leads_back_to_the_list_and_is_refused_in_exports(client):
    client.force_login(factories.make_user("officer"))
    listing = reverse("admin:consortia_consortium_changelist")
    assert client.get(f"{listing}?created_at__year=99999999").url == f"{listing}?e=1"
    assert client.get(reverse("admin:consortia_consortium_export"), {"created_at__year": "99999999"}).status_code == 400


def test_admin_has_no_redirect_that_tells_whether_a_row_of_any_model_exists(client):
    client.force_login(factories.make_user("officer"))
    assert client.get("/admin/r/1/1/").status_code == 404
    assert client.get("/admin/r/１/１/").status_code == 404


@pytest.mark.parametrize("key", ["x", "１e9", "9223372036854775808", "\x00"])
def test_action_on_a_row_that_cannot_be_is_refused(client, key):
    client.force_login(factories.make_user("sysadmin"))
    listing = reverse("admin:portal_outboxmail_changelist")
    assert client.post(listing, {"action": "send_again", "_selected_action": [key]}).status_code == 400


def test_the_menu_follows_the_work(client):
    client.force_login(factories.make_user("officer"))
    apps = client.get(reverse("admin:index")).context["app_list"]
    assert [app["app_label"] for app in apps] == ["projects", "reviews", "funding", "consortia", "portal"]
    assert [row["object_name"] for row in apps[0]["models"]][:3] == ["Call", "Application", "PublicNotice"]


def test_a_part_of_the_menu_is_no_list_of_duties(client):
    client.force_login(factories.make_user("officer"))
    page = client.get(reverse("admin:app_list", args=["projects"])).content.decode()
    assert "申报通知" in page
    assert "待办" not in page


def test_an_event_is_told_in_the_words_of_its_columns(client):
    unit, officer = factories.make_unit(state="pending"), factories.make_user("officer")
    workflow.move(unit, "approve", by=officer)
    client.force_login(factories.make_user("logadmin"))
    page = client.get(reverse("admin:portal_event_change", args=[events.of(unit).get().pk])).content.decode()
    for words in ("状态：待审核", "状态：已开通", "单位"):
        assert words in page
    assert "consortia.unit" not in page


def test_a_new_row_is_shown_with_its_next_steps(client):
    client.force_login(factories.make_user("officer"))
    page = client.get(reverse("admin:consortia_consortium_add")).content.decode()
    assert "登记前不能申报" in page
    for leftover in ("related-widget-wrapper-link", "_addanother", "增加"):
        assert leftover not in page


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_method_that_an_admin_page_does_not_declare_is_refused(client, method):
    client.force_login(factories.make_user("officer"))
    assert getattr(client, method)(reverse("admin:consortia_consortium_changelist")).status_code == 405
