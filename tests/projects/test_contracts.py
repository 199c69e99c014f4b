"""Task contracts and their changes: gate, exact money, digest, two persons (8(3), 17(4), C1-C6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from projects.actions import changes, contracts
from projects.models import Contract
from tests import factories
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.make_user("officer")


@pytest.fixture
def director():
    return factories.make_user("director")


def make_project(**fields):
    application = factories.make_application(state="approved", **fields)
    today = timezone.localdate()
    factories.make_notice([application], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1))
    return factories.make_project(application, state="contracting", officer=factories.make_user("officer"))


def admin_of(project):
    return factories.make_person(project.lead_unit, "unitadmin")


def sign(contract, officer):
    contracts.issue_contract(contract, by=officer)
    return contracts.upload_signed(
        contract, scan=(PDF, "合同.pdf"), digest=contract.sha256[:12], by=admin_of(contract.project)
    )


def conclude(project, officer, director):
    contract = sign(contracts.prepare_contract(project, by=officer), officer)
    return contracts.confirm_contract(contract, by=director)


def test_contract_before_the_notice_ended_is_refused(officer):
    application = factories.make_application(state="approved")
    factories.make_notice([application])
    project = factories.make_project(application, state="contracting")
    with pytest.raises(Refused, match="尚未结束"):
        contracts.prepare_contract(project, by=officer)


def test_contract_with_open_objection_is_refused(officer):
    project = make_project()
    project.application.objections.create(
        notice=project.application.notices.get(), kind="person", objector_name="赵六", objector_contact="138",
        text="理由", query_code="A",
    )  # fmt: skip
    with pytest.raises(Refused, match="未办结的异议") as refusal:
        contracts.prepare_contract(project, by=officer)
    assert refusal.value.article == "8(3)"


def test_contract_of_revoked_consortium_is_refused(officer):
    project = make_project(consortium=factories.make_consortium(status="revoked"))
    with pytest.raises(Refused, match="资格当前无效"):
        contracts.prepare_contract(project, by=officer)


def test_contract_of_unapproved_application_is_refused(officer):
    application = factories.make_application(state="rejected")
    project = factories.make_project(application, state="contracting")
    with pytest.raises(Refused, match="未获批准"):
        contracts.prepare_contract(project, by=officer)


def test_contract_below_a_floor_is_refused(officer):
    project = make_project()
    project.application.kpi_targets.filter(code="tech_transfer").update(floor=2, target=2)
    with pytest.raises(Refused, match="低于办法"):
        contracts.prepare_contract(project, by=officer)


@pytest.mark.parametrize("ratios", [(70, 30), ("33.33", "33.33", "33.34"), (100,), (60, 25, 15)])
def test_instalments_sum_exactly_to_the_fen(officer, ratios):
    plan = [{"number": n, "ratio": ratio, "condition": "contract_effective"} for n, ratio in enumerate(ratios, 1)]
    call = factories.make_call(fixed_grant=Decimal("100000.01"), instalment_plan=plan)
    project = make_project(call=call)
    contract = contracts.prepare_contract(project, by=officer)
    amounts = list(contract.instalments.values_list("amount", flat=True))
    assert sum(amounts) == contract.amount == Decimal("100000.01")
    assert [row["amount"] for row in contract.snapshot["instalments"]] == [str(amount) for amount in amounts]


def test_second_contract_for_one_project_is_refused(officer):
    project = make_project()
    contracts.prepare_contract(project, by=officer)
    with pytest.raises(Refused, match="已有任务合同"):
        contracts.prepare_contract(project, by=officer)


def test_contract_text_and_amount_cannot_be_changed_in_database(officer):
    contract = contracts.prepare_contract(make_project(), by=officer)
    for change in ({"amount": contract.amount - 1}, {"snapshot": {}}, {"end_on": contract.end_on + timedelta(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contract.objects.filter(pk=contract.pk).update(**change)


def test_upload_with_digest_of_another_text_is_refused(officer):
    contract = contracts.prepare_contract(make_project(), by=officer)
    contracts.issue_contract(contract, by=officer)
    for digest in ("", contract.sha256[:11], "0" * 64, contract.sha256[::-1]):
        with pytest.raises(Invalid, match="摘要"):
            contracts.upload_signed(contract, scan=(PDF, "合同.pdf"), digest=digest, by=admin_of(contract.project))
    contract.refresh_from_db()
    assert contract.state == "issued"


def test_confirmed_contract_starts_the_project_with_quarterly_reports(officer, director):
    project = make_project()
    contract = conclude(project, officer, director)
    project.refresh_from_db()
    assert (contract.state, project.state) == ("effective", "running")
    assert project.reports.count() >= 3
    assert all(report.due_on.day == 10 for report in project.reports.all())


def test_drafter_of_the_text_may_not_confirm_it(director):
    project = make_project()
    contract = factories.make_contract(project, state="returned", prepared_by=director)
    with pytest.raises(NotAllowed, match="另一人"):
        contracts.confirm_contract(contract, by=director)


def test_officer_may_not_confirm(officer):
    project = make_project()
    contract = sign(contracts.prepare_contract(project, by=officer), officer)
    with pytest.raises(NotAllowed):
        contracts.confirm_contract(contract, by=factories.make_user("officer"))


def test_objection_after_signing_stops_the_confirmation(officer, director):
    project = make_project()
    contract = sign(contracts.prepare_contract(project, by=officer), officer)
    project.application.objections.create(
        notice=project.application.notices.get(), kind="person", objector_name="赵六", objector_contact="138",
        text="理由", query_code="A",
    )  # fmt: skip
    with pytest.raises(Refused, match="未办结的异议"):
        contracts.confirm_contract(contract, by=director)
    project.refresh_from_db()
    assert project.state == "contracting"


def test_sent_back_scan_no_longer_counts(officer):
    contract = sign(contracts.prepare_contract(make_project(), by=officer), officer)
    contract = contracts.send_back_contract(contract, by=officer, note="缺公章")
    assert (contract.state, contract.scan, contract.scan_digest) == ("issued", None, "")


def test_withdrawn_text_makes_room_for_a_new_one(officer):
    project = make_project()
    contracts.withdraw_contract(contracts.prepare_contract(project, by=officer), by=officer)
    assert contracts.prepare_contract(project, by=officer).version == 2


def ask(project, kind, after):
    return changes.request_change(project=project, kind=kind, reason="客观情况变化", after=after, by=project.leader)


def test_change_below_a_floor_is_refused(officer, director):
    project = make_project()
    conclude(project, officer, director)
    with pytest.raises(Invalid, match="底线"):
        ask(project, "kpi", {"targets": {"member_expansion": 5}})


def test_budget_change_that_moves_the_sum_is_refused(officer, director):
    project = make_project()
    conclude(project, officer, director)
    with pytest.raises(Invalid, match="不变"):
        ask(project, "budget", {"amounts": ["299999.99"]})


def test_approved_schedule_change_becomes_a_new_version(officer, director):
    project = make_project()
    first = conclude(project, officer, director)
    later = first.end_on - timedelta(days=10)
    change = ask(project, "schedule", {"end_on": later.isoformat()})
    changes.approve_change(change, by=director, note="同意")
    second = project.contracts.get(state="draft")
    assert (second.version, second.end_on) == (2, later)
    contracts.confirm_contract(sign(second, officer), by=director)
    project.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, project.end_on) == ("superseded", later)
    assert first.snapshot["contract"]["execution_to"] != later.isoformat()


def test_change_is_not_approved_by_its_requester(officer, director):
    project = make_project()
    conclude(project, officer, director)
    project.leader.duty = "director"
    project.leader.save()
    change = ask(project, "schedule", {"end_on": (project.end_on - timedelta(5)).isoformat()})
    with pytest.raises(NotAllowed, match="另一人"):
        changes.approve_change(change, by=project.leader)


def test_second_open_change_of_a_kind_is_refused(officer, director):
    project = make_project()
    conclude(project, officer, director)
    ask(project, "members", {"text": "新增一家单位"})
    with pytest.raises(Conflict, match="同类"):
        ask(project, "members", {"text": "再新增一家单位"})
    with pytest.raises(Conflict, match="终止"):
        ask(project, "termination", {})


def test_termination_ends_project_and_contract(officer, director):
    project = make_project()
    contract = conclude(project, officer, director)
    changes.approve_change(ask(project, "termination", {}), by=director)
    project.refresh_from_db()
    contract.refresh_from_db()
    assert (project.state, contract.state) == ("terminated", "terminated")
