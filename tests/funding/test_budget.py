"""Budget in use (16, 17(4)): free moves as versions, approval beyond, alerts once each, the surplus that goes back."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding.actions import budget as actions
from funding.models import BudgetVersion, SurplusReturn
from funding.queries import budget_vs_actual, money_summary
from funding.queries.budget import projects_with_surplus
from funding.queries.money import current_plan
from funding.queries.seams import closing_checks, package_checks
from funding.tasks import tell_budget_alerts
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Notification
from projects.models import Project
from tests import factories
from tests.funding.money_tools import SLIP, make_scene

pytestmark = pytest.mark.django_db
A, B = ("meeting_fee", "grant"), ("labour_fee", "grant")


@pytest.fixture
def scene():
    scene = make_scene()
    application = scene.project.application
    application.budget_lines.all().delete()
    for (code, source), amount in {A: 10000, B: 20000}.items():
        application.budget_lines.create(
            category=code, source=source, amount=Decimal(amount), unit_price=Decimal(amount), quantity=1
        )
    return scene


def adjust(scene, a="11000.00", b="19000.00", **changes):
    values = {"project": scene.project, "after": {A: Decimal(a), B: Decimal(b)}, "reason": "活动规模扩大"}
    return actions.adjust_budget(**(values | {"by": scene.drafter} | changes))


def test_move_within_the_percentage_is_a_numbered_version_in_force(scene):
    version = adjust(scene)
    assert (version.number, version.moved) == (1, Decimal("1000.00"))
    rows = {row["code"]: row["planned"] for row in budget_vs_actual(scene.project)}
    assert rows == {"meeting_fee": Decimal("11000.00"), "labour_fee": Decimal("19000.00")}
    with pytest.raises(Refused, match="须经审批"):  # all moves together count
        adjust(scene, "11000.01", "18999.99")
    second = adjust(scene, "10500.00", "19500.00", seen=1)
    assert second.before == version.after
    with pytest.raises(Conflict, match="新版本"):
        adjust(scene, "10600.00", "19400.00", seen=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetVersion.objects.filter(pk=version.pk).update(reason="改")


def test_who_may_move_and_when(scene):
    with pytest.raises(NotAllowed):
        adjust(scene, by=scene.officer)
    with pytest.raises(NotAllowed):
        adjust(scene, by=make_scene().drafter)
    with pytest.raises(Invalid):
        adjust(scene, reason="改")
    with pytest.raises(Refused, match="须保持"):
        adjust(scene, "11000.00", "20000.00")
    scene.project.change_requests.create(
        kind="budget", reason="超出比例", before={}, after={}, state="submitted", requested_by=scene.drafter
    )
    with pytest.raises(Conflict, match="正在审批"):
        adjust(scene)
    scene.project.change_requests.update(state="refused")
    with time_machine.travel(timezone.now() + timedelta(days=300)), pytest.raises(Refused, match="届满"):
        adjust(scene)
    Project.objects.filter(pk=scene.project.pk).update(state="accepted")
    with pytest.raises(Conflict):
        adjust(scene)


def test_new_contract_version_starts_from_its_own_budget(scene):
    adjust(scene)
    scene.project.contracts.update(state="superseded")
    factories.make_contract(scene.project, snapshot={"budget": {"lines": []}})
    assert current_plan(scene.project, 2) == {A: Decimal("10000.00"), B: Decimal("20000.00")}


def test_pages_of_the_budget(scene):
    client = Client()
    client.force_login(scene.drafter)
    scene.book("记-1", "11000.00", category="meeting_fee")
    page, form = (reverse(name, args=[scene.project.public_id]) for name in ("budget", "budget_adjust"))
    assert "<svg" in client.get(page).content.decode()
    data = {"reason": "活动规模扩大", "seen": "0", "m_grant_meeting_fee": "11000.00", "m_grant_labour_fee": "19000.00"}
    assert client.post(form, data | {"m_grant_labour_fee": "abc"}).status_code == 400
    assert client.post(form, data | {"m_grant_labour_fee": "18000.00"}).status_code == 409
    assert client.post(form, data).status_code == 302
    assert client.post(form, data).status_code == 409
    text = client.get(page).content.decode()
    assert "第 1 版" in text
    assert "¥19,000.00" in text
    client.force_login(scene.finance)
    assert client.get(form).status_code == 403
    assert client.get(page).status_code == 200


def test_alerts_are_told_once_for_each_threshold(scene):
    assert tell_budget_alerts() == 0
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        told = tell_budget_alerts()
        assert told > 0
        assert tell_budget_alerts() == 0
    scene.book("记-1", "10000.01", category="meeting_fee")
    tell_budget_alerts()
    assert tell_budget_alerts() == 0
    titles = set(Notification.objects.filter(user=scene.drafter).values_list("title", flat=True))
    assert {f"经费执行偏慢：{scene.project.title}", f"科目超预算：{scene.project.title}"} <= titles


def ended(scene):
    Project.objects.filter(pk=scene.project.pk).update(state="accepted")
    scene.project.refresh_from_db()
    return scene


def give_back(scene, row, **changes):
    values = {
        "received_on": timezone.localdate(),
        "voucher_no": "收-9",
        "receipt": SLIP,
        "amount": row.amount,
        "by": scene.finance,
    }
    return actions.record_surplus_return(row, **(values | changes))


def test_surplus_is_computed_ordered_recorded_and_closes_the_money_side(scene):
    scene.book("记-1", "200000.00")
    with pytest.raises(Refused, match="执行期未满"):
        actions.order_surplus_return(project=scene.project, by=scene.officer)
    ended(scene)
    assert [row.pk for row in projects_with_surplus()] == [scene.project.pk]
    with pytest.raises(NotAllowed):
        actions.order_surplus_return(project=scene.project, by=scene.finance)
    row = actions.order_surplus_return(project=scene.project, by=scene.officer)
    assert row.amount == Decimal("10000.00")
    assert [finding.code for finding in closing_checks(scene.project)] == ["surplus_waiting"]
    with pytest.raises(Conflict):
        actions.order_surplus_return(project=scene.project, by=scene.officer)
    with pytest.raises(Invalid, match="应退"):
        give_back(scene, row, amount=Decimal("9999.99"))
    with pytest.raises(NotAllowed, match="另一人"):
        give_back(scene, row, by=scene.officer)
    give_back(scene, row)
    money = money_summary(scene.project)
    assert (money.surplus_returned, money.available, money.net_paid) == (10000, 0, 200000)
    assert closing_checks(scene.project) == []
    assert "grant_spent_in_period" not in {finding.code for finding in package_checks(scene.project)}
    with pytest.raises(IntegrityError), transaction.atomic():
        SurplusReturn.objects.filter(pk=row.pk).update(amount=1)


def test_surplus_waits_for_undecided_lines_and_open_cases(scene):
    scene.book("记-1", "100000.00", summary="往来款", account="", payee="")
    waiting = scene.project.ledger_lines.exclude(verdict="needs-review").update(verdict="needs-review")
    assert waiting <= 1
    ended(scene)
    with pytest.raises(Refused, match="待核"):
        actions.order_surplus_return(project=scene.project, by=scene.officer)
    scene.project.ledger_lines.update(verdict="allowed")
    row = actions.order_surplus_return(project=scene.project, by=scene.officer)
    with pytest.raises(Invalid):
        actions.cancel_surplus_return(row, by=scene.officer)
    actions.cancel_surplus_return(row, by=scene.officer, note="账目还要更正")
    assert actions.order_surplus_return(project=scene.project, by=scene.officer).pk != row.pk


def test_center_orders_and_records_the_surplus_in_the_admin(scene):
    ended(scene)
    client, page = Client(), reverse("admin:funding_surplusreturn_order")
    client.force_login(scene.finance)
    assert client.get(page).status_code == 403
    client.force_login(scene.officer)
    assert scene.project.number in client.get(page).content.decode()
    assert client.post(page, {"project": "x"}).status_code == 404
    assert client.post(page, {"project": scene.project.pk}).status_code == 200
    assert client.post(page, {"project": scene.project.pk}).status_code == 409
    row = SurplusReturn.objects.get()
    record = reverse("admin:funding_surplusreturn_move", args=[row.pk, "record"])
    data = {"amount": str(row.amount), "received_on": timezone.localdate().isoformat(), "voucher_no": "收-1"}
    client.force_login(scene.finance)
    assert client.get(record).status_code == 200
    assert client.post(record, data).status_code == 400
    assert client.post(record, data | {"bank_receipt": SimpleUploadedFile("回单.pdf", SLIP[0])}).status_code == 302
    row.refresh_from_db()
    assert row.state == "returned"
    assert "已结清" in client.get(reverse("budget", args=[scene.project.public_id])).content.decode()
