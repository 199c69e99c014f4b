"""Units, consortia and members in the admin (A1-A3)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from consortia.actions import registrations
from consortia.models import Consortium, Membership, Unit
from portal.measures.credit_code import make_credit_code
from tests import factories
from tests.consortia.test_units import _data
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = factories.make_user("officer")
    client.force_login(user)
    return user


def test_the_queue_is_approved_by_a_button(client, officer):
    unit = registrations.register_unit(by=None, **_data())
    page = client.get(reverse("admin:consortia_unit_changelist"), {"state__exact": "pending"})
    assert unit.name in page.content.decode()
    url = reverse("admin:consortia_unit_move", args=[unit.pk, "approve"])
    assert client.get(url).status_code == 200
    client.post(url)
    unit.refresh_from_db()
    assert unit.state == "approved"


def test_a_unit_is_added_and_a_taken_code_comes_back(client, officer):
    url = reverse("admin:consortia_unit_add")
    assert client.post(url, _data()).status_code == 302
    assert Unit.objects.get().state == "pending"
    assert client.post(url, _data(name="另一单位")).status_code == 200
    assert Unit.objects.count() == 1


def test_the_account_number_is_masked(client, officer):
    unit = factories.make_unit()
    text = client.get(reverse("admin:consortia_unit_change", args=[unit.pk])).content.decode()
    assert unit.bank_account not in text
    assert unit.bank_account[-4:] in text


def test_rename_merge_and_invite_have_pages(client, officer):
    unit, other = factories.make_unit(), factories.make_unit()
    url = reverse("admin:consortia_unit_do", args=[unit.pk, "rename"])
    assert client.post(url, {"name": "新的全称", "until": timezone.localdate().isoformat()}).status_code == 302
    unit.refresh_from_db()
    assert unit.name == "新的全称"
    invite = reverse("admin:consortia_unit_do", args=[unit.pk, "invite-admin"])
    page = client.post(invite, {"name": "王管理", "email": "wang@example.com"}, follow=True)
    assert "/invitations/" in page.content.decode()
    merge = reverse("admin:consortia_unit_do", args=[unit.pk, "merge-into"])
    assert client.post(merge, {"into": make_credit_code("91110108", "MA999999"), "note": "批文"}).status_code == 400
    assert client.post(merge, {"into": other.credit_code, "note": "批文"}).status_code == 302
    unit.refresh_from_db()
    assert unit.merged_into == other
    assert client.get(reverse("admin:consortia_unit_do", args=[other.pk, "erase"])).status_code == 403


def test_consortium_and_member_are_added_through_the_actions(client, officer):
    lead, unit = factories.make_unit(), factories.make_unit()
    data = {
        "name": "虚构联合体",
        "fields": ["人工智能"],
        "districts": ["海淀区"],
        "lead_unit": lead.pk,
        "founded_on": "2023-05-01",
        "founding_document": "批复",
        "mechanism": "",
    }
    assert client.post(reverse("admin:consortia_consortium_add"), data).status_code == 302
    consortium = Consortium.objects.get()
    member = {"consortium": consortium.pk, "unit": unit.pk, "joined_on": "2024-01-02", "task": "测试"}
    member["upload"] = SimpleUploadedFile("协议.pdf", PDF)
    assert client.post(reverse("admin:consortia_membership_add"), member).status_code == 302
    row = Membership.objects.get(unit=unit)
    assert row.agreement.name == "协议.pdf"
    again = client.post(reverse("admin:consortia_membership_add"), member | {"upload": ""})
    assert "已是该联合体的成员" in again.content.decode()
    url = reverse("admin:consortia_membership_change", args=[row.pk])
    assert client.post(url, {"task": "新任务", "chain_position": "", "joined_on": "2020-01-01"}).status_code == 302
    row.refresh_from_db()
    assert (row.task, row.joined_on.year) == ("新任务", 2024)


def test_the_director_adds_to_the_history_and_nobody_edits_it(client):
    consortium = factories.make_consortium(status="rectifying")
    client.force_login(factories.make_user("director"))
    data = {"consortium": consortium.pk, "status": "valid", "since": timezone.localdate().isoformat(), "reason": "到位"}
    url = reverse("admin:consortia_qualification_add")
    assert client.post(url, data | {"since": "2001-01-01"}).status_code == 200
    assert client.post(url, data).status_code == 302
    assert consortium.qualification_on(timezone.localdate()) == "valid"
    change = reverse("admin:consortia_qualification_change", args=[consortium.qualifications.first().pk])
    assert client.post(change, data).status_code == 403
    client.force_login(factories.make_user("officer"))
    assert client.get(url).status_code == 403


@pytest.mark.parametrize(
    ("model", "queries"), [("unit", 6), ("consortium", 5), ("membership", 7), ("qualification", 5)]
)
@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_queries_for_any_number_of_rows(
    client, officer, django_assert_num_queries, model, queries, count
):
    for _ in range(count):
        factories.make_consortium(members=1)
    url = reverse(f"admin:consortia_{model}_changelist")
    client.get(url)
    with django_assert_num_queries(queries):
        assert client.get(url).status_code == 200


def test_filters_do_not_reach_secrets(client, officer):
    url = reverse("admin:consortia_unit_changelist")
    for query in ("seats__user__password__startswith=a", "bank_account__startswith=1"):
        assert client.get(f"{url}?{query}").status_code == 400
