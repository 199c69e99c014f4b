"""Registration of units: query code, taken codes, refusal and mending, codes to confirm (A4, W6)."""

import re

import pytest
from django.urls import reverse

from consortia.actions import registrations, units
from consortia.models import Registration, Unit
from portal.errors import Conflict, Invalid, NotAllowed
from portal.measures.credit_code import make_credit_code, outer_check
from portal.models import Notification, OutboxMail
from tests import factories
from tests.consortia.test_units import _data

pytestmark = pytest.mark.django_db
QUERY = "registration_query"


def _ask(client, code: str) -> str:
    return client.post(reverse(QUERY), {"code": code}).content.decode()


def _plain(page: str) -> str:
    """The page without what differs in any two answers: tokens, codes, addresses."""
    return re.sub(r'value="[^"]*"|[0-9A-Z]{4}(-[0-9A-Z]{4}){3}', "", page)


def test_the_sender_gets_a_code_and_follows_the_registration_to_the_end(client):
    client.post(reverse("unit_register"), _data())
    row = Registration.objects.get()
    assert row.query_code in client.get(reverse("unit_registered")).content.decode()
    assert row.query_code in OutboxMail.objects.get(to="sun@example.com").body
    assert "待审核" in _ask(client, row.query_code.lower().replace("-", " "))
    units.approve_unit(row.unit, by=factories.make_user("officer"))
    page = _ask(client, row.query_code)
    assert "已通过" in page
    assert "su***@example.com" in page
    assert "sun@example.com" not in page


def test_a_refused_registration_comes_back_filled_in_to_the_holder_of_its_code(client):
    client.post(reverse("unit_register"), _data())
    row = Registration.objects.get()
    units.reject_unit(row.unit, by=factories.make_user("officer"), note="名称与证照不一致")
    assert "虚构路1号" not in client.get(reverse("unit_register")).content.decode()
    page = _ask(client, row.query_code)
    assert "名称与证照不一致" in page
    assert "修改后重新提交" in page
    form = client.get(reverse("unit_register")).content.decode()
    assert "虚构路1号" in form
    assert "名称与证照不一致" in form
    client.post(reverse("unit_register"), _data(name="北京虚构智能制造有限公司"))
    unit = Unit.objects.get()
    assert (unit.state, unit.name, unit.state_note) == ("pending", "北京虚构智能制造有限公司", "")
    assert Registration.objects.count() == 2


def test_whoever_registers_a_taken_code_learns_nothing_and_is_answered_by_the_center(client):
    free = make_credit_code("91110108", "MA900002")
    known = factories.make_unit(credit_code=_data()["credit_code"])
    officer = factories.make_user("officer")
    pages = []
    for code in (known.credit_code, free):
        answer = client.post(reverse("unit_register"), _data(credit_code=code), follow=True)
        registration = Registration.objects.order_by("-id").first()
        pages.append((_plain(answer.content.decode()), _plain(_ask(client, registration.query_code))))
    assert pages[0] == pages[1]
    bodies = [_plain(mail.body) for mail in OutboxMail.objects.filter(to="sun@example.com")]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert Notification.objects.filter(user=officer, title__contains="重复注册").count() == 1
    repeat = Registration.objects.get(is_repeat=True)
    with pytest.raises(NotAllowed):
        registrations.answer_repeat(repeat, by=factories.make_user("finance"), note="请联系本单位管理员")
    with pytest.raises(Invalid):
        registrations.answer_repeat(repeat, by=officer)
    registrations.answer_repeat(repeat, by=officer, note="请联系本单位管理员")
    with pytest.raises(Conflict):
        registrations.answer_repeat(repeat, by=officer, note="请联系本单位管理员")
    assert "请联系本单位管理员" in _ask(client, repeat.query_code)
    assert known.name not in _ask(client, repeat.query_code)


def test_wrong_codes_find_nothing_and_break_nothing(client):
    for code in ("AAAA-BBBB-CCCC-DDDD", "一二三", "'; --", "a" * 40):
        assert client.post(reverse(QUERY), {"code": code}).status_code == 404
    assert client.post(reverse(QUERY), {"code": ""}).status_code == 400


def test_an_early_code_is_taken_after_it_was_confirmed(client):
    good = make_credit_code("91110108", "MA900001")
    body = good[:16] + ("2" if good[16] != "2" else "3")
    early = body + outer_check(body)
    page = client.post(reverse("unit_register"), _data(credit_code=early))
    assert page.status_code == 400
    assert "主体标识码" in page.content.decode()
    assert "已对照证照逐位核对" in page.content.decode()
    assert not Unit.objects.exists()
    assert client.post(reverse("unit_register"), _data(credit_code=early, code_confirmed="on")).status_code == 302
    assert Unit.objects.get().credit_code == early


@pytest.mark.parametrize("slip", [lambda c: c.replace("0", "O"), lambda c: c.replace("1", "I").lower()])
def test_letters_for_digits_are_answered_with_the_code_that_was_meant(client, slip):
    code = make_credit_code("91110108", "MA900001")
    page = client.post(reverse("unit_register"), _data(credit_code=slip(code))).content.decode()
    assert f"是否为 {code}？" in page
    assert not Unit.objects.exists()


def test_queries_from_one_address_are_limited(client, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "query"}}
    answers = [client.post(reverse(QUERY), {"code": f"AAAA-{n:04d}"}).status_code for n in range(61)]
    assert answers[-2:] == [404, 429]


def test_public_pages_take_few_queries(client, django_assert_num_queries):
    client.post(reverse("unit_register"), _data())
    code = Registration.objects.get().query_code
    for name, queries in (("unit_register", 1), ("unit_registered", 2), (QUERY, 1)):
        with django_assert_num_queries(queries):
            client.get(reverse(name))
    with django_assert_num_queries(5):
        client.post(reverse(QUERY), {"code": code})
