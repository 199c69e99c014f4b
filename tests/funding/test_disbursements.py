"""Disbursement (12; M1-M3): once, within the contract, by two people, not under an open case."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from funding.actions.clawbacks import notify_clawback, open_clawback
from funding.actions.disbursements import (
    approve_disbursement,
    cancel_disbursement,
    confirm_receipt,
    order_disbursement,
)
from funding.models import Disbursement
from funding.queries import money_summary
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from projects.models import Contract, Project, Rectification
from tests import factories
from tests.funding.money_tools import make_scene
from tests.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(paid=False)


def pay(scene, order, **changes):
    if order.state == "ordered":
        approve_disbursement(order, by=changes.get("by", scene.finance))
    return scene.transfer(order, **changes)


def test_first_instalment_is_ordered_paid_and_confirmed(scene):
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    pay(scene, order)
    confirm_receipt(order, by=scene.unitadmin)
    order.refresh_from_db()
    assert (order.state, order.confirmed_by, str(order.cumulative)) == ("received", scene.unitadmin, "210000.00")
    assert str(money_summary(scene.project).paid) == "210000.00"


def test_instalment_is_not_ordered_twice(scene):
    order_disbursement(instalment=scene.first(), by=scene.officer)
    with pytest.raises(Refused, match="不能重复拨付"):
        order_disbursement(instalment=scene.first(), by=factories.make_user("officer"))
    assert Disbursement.objects.count() == 1


def test_cancelled_order_can_be_given_again(scene):
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    with pytest.raises(Invalid, match="原因"):
        cancel_disbursement(order, by=scene.officer)
    cancel_disbursement(order, by=scene.officer, note="账户有误")
    assert order_disbursement(instalment=scene.first(), by=scene.officer).state == "ordered"
    with pytest.raises(Conflict):
        pay(scene, order)


def test_last_instalment_waits_for_acceptance(scene):
    last = scene.contract.instalments.get(number=2)
    with pytest.raises(Refused, match="尚未满足"):
        order_disbursement(instalment=last, by=scene.officer)
    Project.objects.filter(pk=scene.project.pk).update(state="accepted")
    assert order_disbursement(instalment=last, by=scene.officer).number == 2


def test_nothing_is_paid_before_the_contract_is_effective(scene):
    Contract.objects.filter(pk=scene.contract.pk).update(state="returned")
    with pytest.raises(Refused, match="尚未生效"):
        order_disbursement(instalment=scene.first(), by=scene.officer)


def test_person_who_ordered_does_not_pay(scene):
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    User.objects.filter(pk=scene.officer.pk).update(duty="finance")
    promoted = User.objects.get(pk=scene.officer.pk)
    with pytest.raises(NotAllowed, match="另一人"):
        pay(scene, order, by=promoted)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disbursement.objects.filter(pk=order.pk).update(paid_by=order.ordered_by_id)


@pytest.mark.parametrize("duty", ["finance", "director", ""])
def test_only_the_officer_orders(scene, duty):
    with pytest.raises(NotAllowed):
        order_disbursement(instalment=scene.first(), by=factories.make_user(duty))


@pytest.mark.parametrize("changes", [{"voucher_no": " "}, {"paid_on": timezone.localdate() + timedelta(days=1)}])
def test_payment_needs_a_voucher_and_a_past_day(scene, changes):
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    with pytest.raises(Invalid):
        pay(scene, order, **changes)


def test_open_rectification_stops_order_and_payment(scene):
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    Rectification.objects.create(
        project=scene.project, problems="进度滞后", due_on=timezone.localdate(), ordered_by=scene.officer
    )
    with pytest.raises(Refused, match="正在整改"):
        pay(scene, order)


def test_open_clawback_stops_the_last_instalment():
    scene = make_scene()
    case = open_clawback(
        project=scene.project, ground=2, facts="以会议费名义列支招待费用", lines=[scene.banned()], by=scene.officer
    )
    notify_clawback(case, by=scene.officer)
    Project.objects.filter(pk=scene.project.pk).update(state="accepted")
    with pytest.raises(Refused, match="资金追回"):
        order_disbursement(instalment=scene.contract.instalments.get(number=2), by=scene.officer)


def test_database_refuses_a_second_live_row_and_more_than_the_contract(scene):
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    for changes in ({}, {"number": 3, "cumulative": order.contract_amount + 1}):
        twin = Disbursement.objects.get(pk=order.pk)
        twin.pk = None
        for name, value in changes.items():
            setattr(twin, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_officers_at_once_order_once():
    scene = make_scene(paid=False)

    def order():
        instalment = scene.contract.instalments.get(number=1)
        order_disbursement(instalment=instalment, by=User.objects.get(pk=scene.officer.pk))

    assert race([order] * 8) == ["ok"] + ["refused"] * 7
    assert Disbursement.objects.count() == 1
