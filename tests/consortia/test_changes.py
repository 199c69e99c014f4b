"""Changes of registered facts: asked for with proof, confirmed by the officer or by finance (A2)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from consortia.actions import changes, units
from consortia.models import UnitChange
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Event, Notification
from tests import factories
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return factories.make_unit(name="北京虚构甲有限公司")


@pytest.fixture
def admin(client, unit):
    user = factories.make_person(unit, "unitadmin")
    client.force_login(user)
    return user


def _legal(unit, **values):
    data = {key: getattr(unit, key) for key in changes.LEGAL}
    extra = {"until": "", "reason": "登记机关核准", "proof": SimpleUploadedFile("执照.pdf", PDF)}
    return data | extra | values


def _bank(**values):
    extra = {"reason": "开户行变更", "proof": SimpleUploadedFile("开户证明.pdf", PDF)}
    return {"bank_account_name": "户名", "bank_name": "新行", "bank_account": "6222 0000 1111 2222"} | extra | values


def _ask(client, kind: str, data):
    return client.post(reverse("unit_change", args=[kind]), data)


def test_a_new_name_is_in_force_when_the_officer_confirms_and_the_old_one_is_kept(client, unit, admin):
    officer, today = factories.make_user("officer"), timezone.localdate()
    wanted = {"name": "北京虚构乙有限公司", "legal_representative": "钱新任"}
    undated = _ask(client, "legal", _legal(unit, **wanted))
    assert undated.status_code == 400
    assert undated.context["form"].errors.keys() == {"until"}
    assert _ask(client, "legal", _legal(unit, **wanted, until=today.isoformat())).status_code == 302
    unit.refresh_from_db()
    assert unit.name == "北京虚构甲有限公司"
    assert "待管理单位确认" in client.get(reverse("my_unit")).content.decode()
    assert Notification.objects.filter(user=officer, title__contains="变更待确认").exists()
    again = _ask(client, "legal", _legal(unit, **wanted, until=today.isoformat()))
    assert again.status_code == 409
    assert "已有一份待确认的变更" in again.content.decode()
    change = UnitChange.objects.get()
    client.force_login(officer)
    page = client.get(reverse("admin:consortia_unitchange_change", args=[change.pk])).content.decode()
    assert "北京虚构甲有限公司 → <strong>北京虚构乙有限公司" in page
    client.post(reverse("admin:consortia_unitchange_move", args=[change.pk, "accept"]))
    unit.refresh_from_db()
    assert (unit.name, unit.legal_representative) == ("北京虚构乙有限公司", "钱新任")
    assert unit.former_names.get().name == "北京虚构甲有限公司"
    client.force_login(admin)
    log = client.get(reverse("unit_log")).content.decode()
    assert "单位全称：北京虚构甲有限公司 → 北京虚构乙有限公司" in log


def test_an_account_is_confirmed_by_finance_alone_and_hidden_from_everybody_else(client, unit, admin):
    before = unit.bank_account
    assert _ask(client, "bank", _bank(bank_account="12")).status_code == 400
    assert _ask(client, "bank", _bank()).status_code == 302
    change = UnitChange.objects.get()
    officer, finance = factories.make_user("officer"), factories.make_user("finance")
    with pytest.raises(NotAllowed):
        changes.accept_change(change, by=officer)
    client.force_login(officer)
    url = reverse("admin:consortia_unitchange_change", args=[change.pk])
    text = client.get(url).content.decode()
    assert "6222000011112222" not in text
    assert "****2222" in text
    lookup = client.get(reverse("admin:consortia_unitchange_changelist"), {"wanted__bank_account__startswith": "6"})
    assert lookup.status_code == 400
    client.force_login(finance)
    confirm = client.get(reverse("admin:consortia_unitchange_move", args=[change.pk, "accept"])).content.decode()
    assert "6222000011112222" in confirm
    assert client.get(reverse("file", args=[change.proof.public_id])).status_code == 200
    unit.refresh_from_db()
    assert unit.bank_account == before
    client.post(reverse("admin:consortia_unitchange_move", args=[change.pk, "accept"]))
    unit.refresh_from_db()
    assert (unit.bank_account, unit.bank_name) == ("6222000011112222", "新行")
    logged = str(list(Event.objects.values_list("before", "after", "note")))
    assert "6222000011112222" not in logged
    assert before not in logged
    client.force_login(admin)
    assert "6222000011112222" not in client.get(reverse("unit_log")).content.decode()


def test_a_refusal_has_a_reason_and_a_request_can_be_taken_back(client, unit, admin):
    _ask(client, "legal", _legal(unit, district="昌平区"))
    change, officer = UnitChange.objects.get(), factories.make_user("officer")
    with pytest.raises(Invalid):
        changes.refuse_change(change, by=officer)
    changes.refuse_change(change, by=officer, note="证明材料不清晰")
    assert "证明材料不清晰" in client.get(reverse("my_unit")).content.decode()
    with pytest.raises(Conflict):
        changes.accept_change(change, by=officer)
    _ask(client, "legal", _legal(unit, district="昌平区"))
    second = UnitChange.objects.first()
    assert client.get(reverse("unit_change_withdraw", args=[second.pk])).status_code == 200
    assert client.post(reverse("unit_change_withdraw", args=[second.pk])).status_code == 302
    assert client.post(reverse("unit_change_withdraw", args=[second.pk])).status_code == 409
    unit.refresh_from_db()
    assert unit.district == "海淀区"


def test_wrong_requests_are_told_and_nothing_typed_is_lost(client, unit, admin):
    same = _ask(client, "legal", _legal(unit))
    assert same.status_code == 400
    assert "没有需要变更的" in same.content.decode()
    html = SimpleUploadedFile("执照.pdf", b"<script>1</script>")
    wrong = _ask(client, "legal", _legal(unit, district="昌平区", proof=html))
    assert wrong.status_code == 400
    assert "登记机关核准" in wrong.content.decode()
    assert _ask(client, "other", {}).status_code == 404
    assert not UnitChange.objects.exists()


def test_other_people_neither_ask_nor_see(client, unit, admin):
    _ask(client, "legal", _legal(unit, district="昌平区"))
    change = UnitChange.objects.get()
    client.force_login(factories.make_person(factories.make_unit(), "unitadmin"))
    assert client.post(reverse("unit_change_withdraw", args=[change.pk])).status_code == 404
    assert client.get(reverse("file", args=[change.proof.public_id])).status_code == 404
    client.force_login(factories.make_person(unit, "drafter"))
    assert client.get(reverse("unit_change", args=["legal"])).status_code == 403
    assert client.get(reverse("unit_log")).status_code == 200


def test_the_database_keeps_one_open_request_and_what_was_asked(client, unit, admin):
    _ask(client, "legal", _legal(unit, district="昌平区"))
    change = UnitChange.objects.get()
    copy = {"unit": unit, "kind": "legal", "wanted": {}, "reason": "x", "proof": change.proof, "requested_by": admin}
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitChange.objects.create(**copy)
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitChange.objects.update(wanted={"district": "丰台区"})


def test_a_unit_with_an_open_request_is_not_merged(client, unit, admin):
    _ask(client, "legal", _legal(unit, district="昌平区"))
    with pytest.raises(Refused, match="待确认的资料变更"):
        units.merge_unit(unit, into=factories.make_unit(), by=factories.make_user("officer"), note="批文")


@pytest.mark.parametrize("count", [1, 5])
def test_the_log_takes_the_same_queries_for_any_number_of_rows(client, unit, admin, django_assert_num_queries, count):
    for number in range(count):
        units.update_unit(unit, by=admin, contact_name=f"联系{number}")
    client.get(reverse("unit_log"))
    with django_assert_num_queries(7):
        client.get(reverse("unit_log"))
