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
    with django_assert_num_queries(7):
        client.get(reverse("my_unit"))
