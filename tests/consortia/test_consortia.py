"""Consortia: registry, members, confirmation, qualification (A1, A3; articles 5(1)1, 9, 10(1)1, 20)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from consortia.actions import consortia, qualifications
from consortia.models import Consortium, LeadTerm, Membership, Qualification, UnitName
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Notification
from tests import factories
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return factories.make_unit()


@pytest.fixture
def consortium(lead):
    return factories.make_consortium(lead, members=0)


@pytest.fixture
def drafter(lead):
    return factories.make_person(lead, "drafter")


def _add(consortium, by, **changes):
    fields = {"unit": factories.make_unit(), "joined_on": timezone.localdate(), "task": "中试验证"} | changes
    return consortia.add_member(consortium=consortium, by=by, **fields)


def test_officer_registers_a_consortium_with_its_leading_membership():
    lead, officer = factories.make_unit(), factories.make_user("officer")
    fields = {
        "name": "虚构机器人科创协同联合体",
        "fields": ["人工智能"],
        "districts": ["海淀区"],
        "lead_unit": lead,
        "founded_on": timezone.localdate(),
        "founding_document": "批复",
    }
    row = consortia.save_consortium(by=officer, **fields)
    assert row.memberships.get().role == "lead"
    assert row.qualification_on(timezone.localdate()) is None
    with pytest.raises(Refused, match="已有"):
        consortia.save_consortium(by=officer, **fields)
    with pytest.raises(Invalid, match="重点领域"):
        consortia.save_consortium(by=officer, **(fields | {"fields": ["炼金术"]}))
    with pytest.raises(NotAllowed):
        consortia.save_consortium(by=factories.make_person(lead, "unitadmin"), **fields)


def test_a_new_lead_unit_takes_over_from_a_day_and_the_former_one_stays_on_record(consortium, lead):
    new, officer, today = factories.make_unit(), factories.make_user("officer"), timezone.localdate()
    with pytest.raises(Refused, match="更换牵头单位"):
        consortia.save_consortium(by=officer, consortium=consortium, lead_unit=new)
    for wrong in ({"since": today + timedelta(days=1)}, {"unit": lead}, {"reason": " "}):
        with pytest.raises(Invalid):
            consortia.change_lead(consortium, by=officer, **({"unit": new, "since": today, "reason": "批复"} | wrong))
    with pytest.raises(NotAllowed):
        consortia.change_lead(
            consortium, unit=new, since=today, reason="批复", by=factories.make_person(lead, "unitadmin")
        )
    consortia.change_lead(consortium, unit=new, since=today, reason="市科协批复", by=officer)
    assert consortium.memberships.get(role="lead").unit == new
    assert consortium.memberships.get(unit=lead).role == "member"
    assert consortium.lead_on(today) == new
    assert consortium.lead_on(today - timedelta(days=1)) == lead
    with pytest.raises(IntegrityError), transaction.atomic():
        LeadTerm.objects.filter(consortium=consortium).update(reason="改写")


def test_a_member_says_why_it_does_not_confirm_until_the_lead_corrects(client, consortium, drafter):
    row = _add(consortium, factories.make_user("officer"))
    member = factories.make_person(row.unit, "member")
    client.force_login(member)
    url = reverse("membership_dispute", args=[row.pk])
    assert client.post(url, {"note": " "}).status_code == 400
    assert client.post(url, {"note": "没有签过协议"}).status_code == 302
    assert Notification.objects.filter(user=drafter, title__contains="不予确认", body="没有签过协议").exists()
    client.force_login(drafter)
    page = reverse("consortium", args=[consortium.public_id])
    assert "没有签过协议" in client.get(page, {"standing": "disputed"}).content.decode()
    consortia.update_member(row, by=drafter, task="改为示范应用")
    row.refresh_from_db()
    assert (row.dispute, row.confirmed_at) == ("", None)
    assert Notification.objects.filter(user=member, title__contains="重新确认").exists()
    consortia.confirm_membership(row, by=member)
    with pytest.raises(Conflict):
        consortia.dispute_membership(row, by=member, note="后悔")


def test_members_are_found_by_name_code_former_name_and_standing(client, consortium, drafter):
    officer = factories.make_user("officer")
    first = _add(consortium, officer, unit=factories.make_unit(name="甲研究院"))
    second = _add(consortium, officer, unit=factories.make_unit(name="乙公司"))
    UnitName.objects.create(unit=second.unit, name="丙厂", until=timezone.localdate())
    consortia.end_membership(first, left_on=timezone.localdate(), by=officer)
    client.force_login(drafter)
    url = reverse("consortium", args=[consortium.public_id])

    def found(**query):
        return [row.unit.name for row in client.get(url, query).context["page"]]

    assert found(standing="left") == ["甲研究院"]
    assert found(q="丙厂") == ["乙公司"]
    assert found(q=second.unit.credit_code.lower()) == ["乙公司"]
    assert found(standing="waiting") == ["乙公司"]
    assert "没有符合条件的成员" in client.get(url, {"q": "不存在"}).content.decode()
    assert len(found(standing="nonsense")) == 3


def test_lead_unit_adds_a_member_that_confirms_by_itself(client, consortium, drafter):
    unit = factories.make_unit()
    member = factories.make_person(unit, "member")
    client.force_login(drafter)
    data = {
        "credit_code": unit.credit_code.lower(),
        "joined_on": timezone.localdate().isoformat(),
        "task": "提供场景",
        "agreement": SimpleUploadedFile("协议.pdf", PDF),
    }
    response = client.post(reverse("member_add", args=[consortium.public_id]), data)
    assert response.status_code == 302
    row = Membership.objects.get(unit=unit)
    assert row.agreement.name == "协议.pdf"
    assert row.confirmed_at is None
    assert Notification.objects.filter(user=member, title__contains="请确认").exists()
    assert client.get(reverse("membership_confirm", args=[row.pk])).status_code == 403
    client.force_login(member)
    assert client.get(reverse("file", args=[row.agreement.public_id])).status_code == 200
    assert "提供场景" in client.get(reverse("consortium", args=[consortium.public_id])).content.decode()
    client.post(reverse("membership_confirm", args=[row.pk]))
    row.refresh_from_db()
    assert row.confirmed_by == member
    with pytest.raises(Conflict):
        consortia.confirm_membership(row, by=member)


def test_a_member_without_agreement_or_registration_is_refused_and_nothing_typed_is_lost(client, consortium, drafter):
    client.force_login(drafter)
    url = reverse("member_add", args=[consortium.public_id])
    unit = factories.make_unit()
    data = {"credit_code": unit.credit_code, "joined_on": timezone.localdate().isoformat(), "task": "提供场景"}
    response = client.post(url, data)
    assert response.status_code == 400
    assert "请上传双方盖章" in response.content.decode()
    assert "提供场景" in response.content.decode()
    html = SimpleUploadedFile("协议.pdf", b"<script>1</script>")
    assert client.post(url, data | {"agreement": html}).status_code == 400
    unknown = factories.make_unit(state="pending")
    assert client.post(url, data | {"credit_code": unknown.credit_code}).status_code == 400
    assert consortium.memberships.count() == 1


def test_members_join_once_and_within_the_dates(consortium):
    officer, unit = factories.make_user("officer"), factories.make_unit()
    today = timezone.localdate()
    with pytest.raises(Invalid):
        _add(consortium, officer, unit=unit, joined_on=today + timedelta(days=1))
    with pytest.raises(Invalid):
        _add(consortium, officer, unit=unit, joined_on=consortium.founded_on - timedelta(days=1))
    row = _add(consortium, officer, unit=unit, joined_on=today - timedelta(days=9))
    with pytest.raises(Conflict):
        _add(consortium, officer, unit=unit)
    consortia.end_membership(row, left_on=today - timedelta(days=1), by=officer)
    with pytest.raises(Invalid, match="曾于"):
        _add(consortium, officer, unit=unit, joined_on=today - timedelta(days=1))
    _add(consortium, officer, unit=unit, joined_on=today)
    assert consortium.memberships.filter(unit=unit).count() == 2


def test_the_database_itself_refuses_a_double_membership(consortium, lead):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(consortium=consortium, unit=lead, role="member", joined_on=timezone.localdate())


def test_a_revoked_consortium_takes_no_members(lead, drafter):
    revoked = factories.make_consortium(lead, members=0, status="revoked")
    with pytest.raises(Refused, match="撤销"):
        _add(revoked, factories.make_user("officer"))


def test_the_lead_does_not_leave_and_a_leaver_is_named_with_the_day(client, consortium, drafter):
    with pytest.raises(Refused, match="牵头单位"):
        consortia.end_membership(consortium.memberships.get(), left_on=timezone.localdate(), by=drafter)
    row = _add(consortium, factories.make_user("officer"))
    client.force_login(drafter)
    url = reverse("membership_end", args=[row.pk])
    assert client.post(url, {"left_on": "2001-01-01", "note": "退出"}).status_code == 400
    assert client.post(url, {"left_on": timezone.localdate().isoformat(), "note": "退出"}).status_code == 302
    row.refresh_from_db()
    assert row.left_on == timezone.localdate()


def test_a_changed_part_has_to_be_confirmed_again(client, consortium, drafter):
    row = _add(consortium, factories.make_user("officer"))
    consortia.confirm_membership(row, by=factories.make_person(row.unit, "unitadmin"))
    client.force_login(drafter)
    client.post(reverse("member_edit", args=[row.pk]), {"chain_position": "下游", "task": "示范应用"})
    row.refresh_from_db()
    assert (row.task, row.confirmed_at) == ("示范应用", None)


def test_other_units_find_neither_consortium_nor_membership(client, consortium):
    row = _add(consortium, factories.make_user("officer"))
    client.force_login(factories.make_person(factories.make_unit(), "unitadmin"))
    assert client.get(reverse("consortium", args=[consortium.public_id])).status_code == 404
    for name in ("membership_end", "membership_confirm", "member_edit"):
        assert client.get(reverse(name, args=[row.pk])).status_code == 404


def test_qualification_is_a_dated_history_kept_by_the_director(lead):
    consortium = factories.make_consortium(lead, members=0, status="rectifying")
    director, today = factories.make_user("director"), timezone.localdate()
    with pytest.raises(NotAllowed):
        qualifications.record_qualification(
            consortium=consortium, status="valid", since=today, reason="到位", by=factories.make_user("officer")
        )
    with pytest.raises(Refused, match="资格撤销案"):
        qualifications.record_qualification(
            consortium=consortium, status="revoked", since=today, reason="x", by=director
        )
    early = consortium.founded_on - timedelta(days=1)
    with pytest.raises(Invalid, match="倒改"):
        qualifications.record_qualification(
            consortium=consortium, status="valid", since=early, reason="到位", by=director
        )
    qualifications.record_qualification(
        consortium=consortium, status="valid", since=today, reason="整改到位", by=director
    )
    assert consortium.qualification_on(today) == "valid"
    assert consortium.qualification_on(today - timedelta(days=1)) == "rectifying"
    with pytest.raises(IntegrityError), transaction.atomic():
        Qualification.objects.filter(consortium=consortium).update(reason="改写")


@pytest.mark.parametrize("count", [1, 3])
def test_list_and_detail_take_the_same_queries_for_any_number_of_rows(client, lead, django_assert_num_queries, count):
    rows = [factories.make_consortium(lead, members=count) for _ in range(count)]
    client.force_login(factories.make_person(lead, "unitadmin"))
    client.get(reverse("my_consortia"))
    with django_assert_num_queries(5):
        assert client.get(reverse("my_consortia")).content.decode().count("家</td>") == count
    with django_assert_num_queries(9):
        client.get(reverse("consortium", args=[rows[0].public_id]))


def test_visible_list_and_predicate_agree(lead):
    factories.make_consortium(lead)
    factories.make_consortium()
    people = [factories.make_user(duty) for duty in ("officer", "finance", "director", "bast")]
    people += [factories.make_person(lead, role) for role in ("drafter", "unitadmin", "member", "leader")]
    people += [factories.make_person(lead.memberships.get().consortium.memberships.last().unit, "member")]
    for person in people:
        seen = set(Consortium.objects.visible_to(person))
        assert seen == {row for row in Consortium.objects.all() if _may(person, row)}


def _may(person, consortium) -> bool:
    from portal import access

    return access.allowed(person, "consortia.view_consortium", consortium)
