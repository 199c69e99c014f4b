"""People of units: invitation by link, seats, unit switcher (A4; invariants W3, W7)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consortia.actions import people
from consortia.models import Invitation, Seat
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from tests import factories

pytestmark = pytest.mark.django_db
GOOD = "very-long-pass-phrase-7"


@pytest.fixture
def unit():
    return factories.make_unit()


@pytest.fixture
def admin(unit):
    return factories.make_person(unit, "unitadmin")


def _invite(unit, admin, **changes):
    fields = {"role": "drafter", "name": "李新人", "email": "li@example.com"} | changes
    return people.invite(unit=unit, by=admin, **fields)


def test_invitation_link_opens_an_account_with_the_seat(client, unit, admin):
    client.force_login(admin)
    page = client.post(reverse("unit_invite"), {"name": "李新人", "email": "li@example.com", "role": "leader"})
    link = re.search(r'value="http://testserver(/invitations/[^"]+)"', page.content.decode())[1]
    client.logout()
    assert "李新人" in client.get(link).content.decode()
    data = {"name": "李新人", "username": "lixinren", "password": GOOD, "again": GOOD}
    response = client.post(link, data)
    assert response.status_code == 302
    user = User.objects.get(username="lixinren")
    assert Seat.objects.get(user=user).role == "leader"
    assert client.get(reverse("my_unit")).status_code == 200


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "lixinren2025"])
def test_weak_passwords_are_refused_with_the_reason(client, unit, admin, password):
    _, token = _invite(unit, admin)
    data = {"name": "李新人", "username": "lixinren", "password": password, "again": password}
    response = client.post(reverse("invitation", args=[token]), data)
    assert response.status_code == 400
    assert "密码" in response.content.decode()
    assert not User.objects.filter(username="lixinren").exists()


def test_a_signed_in_person_takes_a_second_unit(client, unit, admin):
    person = factories.make_person(factories.make_unit(), "drafter")
    _, token = _invite(unit, admin)
    client.force_login(person)
    client.post(reverse("invitation", args=[token]))
    assert Seat.objects.filter(user=person, ended_at=None).count() == 2


def test_center_staff_take_no_seat(unit, admin):
    _, token = _invite(unit, admin)
    with pytest.raises(Refused, match="管理单位"):
        people.accept_invitation(token=token, user=factories.make_user("officer"))


def test_a_link_works_once_and_not_after_its_day(client, unit, admin):
    row, token = _invite(unit, admin)
    person = factories.make_user()
    people.accept_invitation(token=token, user=person)
    with pytest.raises(Invalid):
        people.accept_invitation(token=token, user=factories.make_user())
    late, late_token = _invite(unit, admin, email="late@example.com")
    Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(reverse("invitation", args=[late_token])).status_code == 404
    assert client.get(reverse("invitation", args=["made-up"])).status_code == 404
    assert token not in Invitation.objects.get(pk=row.pk).token_hash


def test_inviting_again_ends_the_earlier_link(unit, admin):
    _, first = _invite(unit, admin)
    _, second = _invite(unit, admin)
    assert people.open_invitation(first) is None
    assert people.open_invitation(second) is not None


def test_only_admins_invite_and_the_officer_only_an_admin(unit, admin):
    for who in (factories.make_person(unit, "drafter"), factories.make_person(factories.make_unit(), "unitadmin")):
        with pytest.raises(NotAllowed):
            _invite(unit, who)
    officer = factories.make_user("officer")
    with pytest.raises(NotAllowed):
        _invite(unit, officer)
    assert _invite(unit, officer, role="unitadmin")[0].role == "unitadmin"


def test_seats_end_but_never_that_of_the_last_admin(client, unit, admin):
    drafter = factories.make_person(unit, "drafter")
    seat = drafter.seats.get()
    client.force_login(admin)
    assert client.post(reverse("seat_end", args=[seat.pk])).status_code == 302
    with pytest.raises(Conflict):
        people.end_seat(seat, by=admin)
    with pytest.raises(Refused, match="唯一"):
        people.end_seat(admin.seats.get(), by=admin)
    client.force_login(drafter)
    assert client.get(reverse("my_unit")).status_code == 403


def test_seats_of_other_units_are_not_found(client, unit, admin):
    other = factories.make_person(factories.make_unit(), "drafter")
    client.force_login(admin)
    assert client.get(reverse("seat_end", args=[other.seats.get().pk])).status_code == 404


def test_an_open_invitation_is_withdrawn_or_sent_anew_and_the_earlier_link_dies(client, unit, admin):
    row, first = _invite(unit, admin)
    client.force_login(admin)
    page = client.get(reverse("my_unit")).content.decode()
    assert reverse("invitation_revoke", args=[row.pk]) in page
    again = client.post(reverse("invitation_again", args=[row.pk])).content.decode()
    second = re.search(r"/invitations/([^/]+)/", again)[1]
    assert people.open_invitation(first) is None
    assert people.open_invitation(second).role == "drafter"
    fresh = unit.invitations.first()
    assert client.get(reverse("invitation_revoke", args=[fresh.pk])).status_code == 200
    assert client.post(reverse("invitation_revoke", args=[fresh.pk])).status_code == 302
    assert people.open_invitation(second) is None
    assert client.post(reverse("invitation_revoke", args=[fresh.pk])).status_code == 409
    assert {row.standing for row in unit.invitations.all()} == {"ended"}
    client.force_login(factories.make_person(factories.make_unit(), "unitadmin"))
    for name in ("invitation_revoke", "invitation_again"):
        assert client.post(reverse(name, args=[fresh.pk])).status_code == 404


def test_states_of_invitations_are_told_apart(client, unit, admin):
    late, _ = _invite(unit, admin, email="late@example.com")
    Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    _, token = _invite(unit, admin, email="used@example.com")
    people.accept_invitation(token=token, user=factories.make_user())
    _invite(unit, admin, email="open@example.com")
    client.force_login(admin)
    text = client.get(reverse("my_unit")).content.decode()
    for word in ("待接受", "已接受", "已过期"):
        assert word in text
    assert client.post(reverse("invitation_again", args=[late.pk])).status_code == 200
    with pytest.raises(Conflict):
        people.send_again(unit.invitations.get(email="used@example.com"), by=admin)


def test_the_admin_hands_over_in_one_step_and_nobody_is_left_without_one(client, unit, admin):
    client.force_login(admin)
    url = reverse("unit_hand_over")
    assert "还没有其他人员" in client.get(url).content.decode()
    drafter = factories.make_person(unit, "drafter")
    stranger = factories.make_person(factories.make_unit(), "drafter")
    assert client.post(url, {"seat": stranger.seats.get().pk}).status_code == 400
    assert client.post(url, {"seat": drafter.seats.get().pk}).status_code == 302
    admins = Seat.objects.filter(unit=unit, role="unitadmin", ended_at=None)
    assert [seat.user for seat in admins] == [drafter]
    assert drafter.notifications.filter(title__contains="接任").exists()
    assert client.get(url).status_code == 403


def test_the_last_admin_is_told_what_to_do_instead_of_being_locked_out(client, unit, admin):
    client.force_login(admin)
    answer = client.post(reverse("seat_end", args=[admin.seats.get().pk]))
    assert answer.status_code == 409
    assert "唯一的单位管理员" in answer.content.decode()
    assert admin.seats.get().ended_at is None


def test_a_form_opened_for_another_unit_is_refused_after_a_switch(client, unit, admin):
    second = factories.make_unit(name="甲单位", contact_name="甲联系")
    factories.seat(admin, second, "unitadmin")
    client.force_login(admin)
    client.post(reverse("switch_unit"), {"unit": unit.pk})
    page = client.get(reverse("unit_edit")).content.decode()
    assert f'name="for_unit" value="{unit.public_id}"' in page
    client.post(reverse("switch_unit"), {"unit": second.pk})
    for name, data in (
        ("unit_edit", {"contact_name": "乙联系"}),
        ("unit_invite", {"name": "李", "email": "li@example.com", "role": "drafter"}),
    ):
        answer = client.post(reverse(name), data | {"for_unit": str(unit.public_id)})
        assert answer.status_code == 409
        assert "另一个窗口" in answer.content.decode()
    second.refresh_from_db()
    assert second.contact_name == "甲联系"
    assert not Invitation.objects.exists()


def test_the_choice_of_unit_lasts_to_the_next_sign_in_and_scopes_the_lists(client, unit, admin):
    second = factories.make_unit(name="甲单位")
    factories.seat(admin, second, "drafter")
    first_consortium, other = factories.make_consortium(unit, members=0), factories.make_consortium(second, members=0)
    client.force_login(admin)
    client.post(reverse("switch_unit"), {"unit": second.pk})
    client.logout()
    client.force_login(admin)
    text = client.get(reverse("my_consortia")).content.decode()
    assert other.name in text
    assert first_consortium.name not in text
    assert f"您还在{unit.name}任职" in text


def test_switching_the_unit_lasts_and_never_leads_elsewhere(client, unit, admin):
    second = factories.make_unit(name="甲单位")
    factories.seat(admin, second, "drafter")
    client.force_login(admin)
    assert client.post(reverse("switch_unit"), {"unit": second.pk, "next": "//evil.example/"}).url == reverse("home")
    assert second.name in client.get(reverse("my_unit")).content.decode()
    assert client.get(reverse("unit_edit")).status_code == 404
    client.post(reverse("switch_unit"), {"unit": unit.pk})
    assert client.get(reverse("unit_edit")).status_code == 200
    for wrong in (factories.make_unit().pk, "x", "１", ""):
        assert client.post(reverse("switch_unit"), {"unit": wrong}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_my_unit_page_takes_the_same_queries_for_any_number_of_people(
    client, unit, admin, django_assert_num_queries, count
):
    for _ in range(count):
        factories.make_person(unit, "drafter")
    client.force_login(admin)
    client.get(reverse("my_unit"))
    with django_assert_num_queries(8):
        client.get(reverse("my_unit"))
