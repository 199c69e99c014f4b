"""Units: registration, decision, details, renaming and merging (A2, A4; invariants A4, W6)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consortia.actions import registrations, units
from consortia.models import Invitation, Seat, Unit
from portal.errors import Invalid, NotAllowed, Refused
from portal.measures.credit_code import make_credit_code
from portal.models import Event, Notification, OutboxMail
from tests import factories

pytestmark = pytest.mark.django_db


def _data(**changes):
    return {
        "name": "北京虚构智造有限公司",
        "credit_code": make_credit_code("91110108", "MA900001"),
        "kind": "private",
        "district": "海淀区",
        "accounting_system": "enterprise",
        "legal_representative": "钱虚构",
        "address": "北京市海淀区虚构路1号",
        "contact_name": "孙联系",
        "contact_phone": "010-50000000",
        "contact_email": "sun@example.com",
    } | changes


def test_registration_stores_a_pending_unit_and_tells_the_officer(client):
    officer = factories.make_user("officer")
    response = client.post(reverse("unit_register"), _data())
    assert response.status_code == 302
    unit = Unit.objects.get()
    assert (unit.state, unit.contact_email) == ("pending", "sun@example.com")
    assert Notification.objects.filter(user=officer, title__contains=unit.name).exists()


@pytest.mark.parametrize(
    "write", [str.lower, lambda c: f" {c[:9]}-{c[9:]}\u200b ", lambda c: c.translate({48: "０", 49: "１"})]
)
def test_a_code_written_otherwise_is_the_same_unit(client, write):
    code = make_credit_code("91110108", "MA900001")
    known = factories.make_unit(credit_code=code)
    admin = factories.make_person(known, "unitadmin")
    response = client.post(reverse("unit_register"), _data(credit_code=write(code)))
    assert response.status_code == 302
    assert Unit.objects.count() == 1
    assert Notification.objects.filter(user=admin, title__contains="再次").exists()


def test_a_taken_code_is_answered_like_a_free_one(client):
    free = client.post(reverse("unit_register"), _data())
    taken = client.post(reverse("unit_register"), _data())
    assert (free.status_code, free.url) == (taken.status_code, taken.url)


def test_a_wrong_check_digit_is_refused_with_everything_typed(client):
    code = make_credit_code("91110108", "MA900001")
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    response = client.post(reverse("unit_register"), _data(credit_code=wrong))
    assert response.status_code == 400
    assert "校验位" in response.content.decode()
    assert "北京虚构智造有限公司" in response.content.decode()
    assert not Unit.objects.exists()


def test_extra_fields_of_the_form_are_ignored(client):
    client.post(reverse("unit_register"), _data(state="approved", bank_account="1234567890", merged_into="1"))
    unit = Unit.objects.get()
    assert (unit.state, unit.bank_account) == ("pending", "")


def test_approval_invites_the_contact_as_unit_admin():
    unit = registrations.register_unit(by=None, **_data())
    token = units.approve_unit(unit, by=factories.make_user("officer"))
    unit.refresh_from_db()
    assert unit.state == "approved"
    assert Invitation.objects.get(unit=unit).role == "unitadmin"
    mail = OutboxMail.objects.get(to="sun@example.com")
    assert f"/invitations/{token}/" in mail.body


def test_only_the_officer_approves():
    unit = registrations.register_unit(by=None, **_data())
    with pytest.raises(NotAllowed):
        units.approve_unit(unit, by=factories.make_user("finance"))


def test_a_rejected_registration_is_sent_again():
    unit = registrations.register_unit(by=None, **_data())
    officer = factories.make_user("officer")
    with pytest.raises(Invalid):
        units.reject_unit(unit, by=officer)
    units.reject_unit(unit, by=officer, note="名称与证照不一致")
    registrations.request_registration(by=None, **_data(name="北京虚构智能制造有限公司"))
    unit.refresh_from_db()
    assert (unit.state, unit.name) == ("pending", "北京虚构智能制造有限公司")


def test_unit_admin_changes_own_details_and_a_first_account_only(client):
    unit = factories.make_unit(bank_account="")
    client.force_login(factories.make_person(unit, "unitadmin"))
    data = {"contact_name": "新联系", "bank_name": unit.bank_name, "bank_account_name": unit.bank_account_name}
    client.post(reverse("unit_edit"), data | {"name": "别的名称", "legal_representative": "别人", "state": "merged"})
    name = unit.name
    unit.refresh_from_db()
    assert (unit.contact_name, unit.name, unit.legal_representative) == ("新联系", name, "赵测试")
    assert client.post(reverse("unit_edit"), data | {"bank_account": "62220000"[:7]}).status_code == 400
    client.post(reverse("unit_edit"), data | {"bank_account": "6222 0000 1111 2222"})
    unit.refresh_from_db()
    assert unit.bank_account == "6222000011112222"
    event = Event.objects.filter(verb="unit.update").order_by("id").last()
    assert "6222000011112222" not in str(event.after)
    assert event.after["bank_account"] == "****2222"


def test_a_registered_account_is_neither_shown_nor_edited(client):
    unit = factories.make_unit()
    admin = factories.make_person(unit, "unitadmin")
    client.force_login(admin)
    page = client.get(reverse("unit_edit")).content.decode()
    assert unit.bank_account not in page
    assert unit.masked_account in page
    before = unit.bank_account
    client.post(reverse("unit_edit"), {"contact_name": "新联系", "bank_account": "6222000011112222"})
    unit.refresh_from_db()
    assert (unit.contact_name, unit.bank_account) == ("新联系", before)
    with pytest.raises(Refused, match="中心财务确认"):
        units.update_unit(unit, by=admin, bank_account="6222000011112222")


def test_other_seats_do_not_edit_the_unit(client):
    unit = factories.make_unit()
    client.force_login(factories.make_person(unit, "drafter"))
    assert client.get(reverse("unit_edit")).status_code == 403
    with pytest.raises(NotAllowed):
        units.update_unit(unit, by=factories.make_person(unit, "drafter"), contact_name="某")


def test_renaming_keeps_the_former_name():
    unit = factories.make_unit(name="北京虚构甲有限公司")
    today = timezone.localdate()
    officer = factories.make_user("officer")
    with pytest.raises(Invalid):
        units.rename_unit(unit, name="北京虚构乙有限公司", until=today + timedelta(days=1), by=officer)
    units.rename_unit(unit, name="北京虚构乙有限公司", until=today, by=officer)
    unit.refresh_from_db()
    assert unit.name == "北京虚构乙有限公司"
    assert unit.former_names.get().name == "北京虚构甲有限公司"


def test_merging_moves_people_consortia_applications_and_quota():
    old, new = factories.make_unit(), factories.make_unit()
    person = factories.make_person(old, "drafter")
    consortium = factories.make_consortium(old)
    call = factories.make_call()
    mine = factories.make_application(call, consortium, state="submitted")
    theirs = factories.make_application(call, factories.make_consortium(new), state="submitted")
    units.merge_unit(old, into=new, by=factories.make_user("officer"), note="批准文件")
    for row in (old, consortium, mine, theirs):
        row.refresh_from_db()
    assert (old.state, old.merged_into) == ("merged", new)
    assert consortium.lead_unit == new
    assert consortium.memberships.get(role="lead", left_on=None).unit == new
    assert mine.lead_unit == new
    assert {mine.slot, theirs.slot} == {1, 2}
    assert Seat.objects.filter(user=person, unit=new, role="drafter", ended_at=None).exists()


def test_merging_that_would_break_the_quota_is_refused_and_moves_nothing():
    old, new = factories.make_unit(), factories.make_unit()
    call = factories.make_call()
    for unit, count in ((old, 1), (new, 2)):
        consortium = factories.make_consortium(unit)
        for _ in range(count):
            factories.make_application(call, consortium, state="submitted")
    with pytest.raises(Refused, match="超过两个"):
        units.merge_unit(old, into=new, by=factories.make_user("officer"), note="批准文件")
    old.refresh_from_db()
    assert old.state == "approved"
    assert old.applications.count() == 1
    assert old.led_consortia.count() == 1


def test_registrations_from_one_address_are_limited(client, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "register"}}
    codes = [make_credit_code("91110108", f"MA91{n:04d}") for n in range(11)]
    answers = [client.post(reverse("unit_register"), _data(credit_code=code)).status_code for code in codes]
    assert answers[:10] == [302] * 10
    assert answers[10] == 429
