"""Writes of disbursement (12): ordered by the officer, paid by finance, confirmed by the unit."""

from dataclasses import replace

from django.utils import timezone

from consortia.seats import people_of
from funding.models import Disbursement
from funding.queries.disbursements import payment_facts, payment_plan
from portal import access, events, files, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.process import payment_gate, payment_unhindered
from portal.models import User
from projects.models import Contract

RECEIPT_FORMATS = ("pdf", "png", "jpg", "jpeg")


@workflow.action
def order_disbursement(*, instalment, by) -> Disbursement:
    """Order one instalment of the effective contract, once; amount and account come from contract and unit."""
    project = workflow.lock(instalment.contract.project)
    contract: Contract = workflow.lock(instalment.contract)
    if not access.allowed(by, "funding.order_disbursement", project):
        raise NotAllowed("您的账号不能下达拨付指令。", article="12")
    facts = payment_facts(project, contract, instalment)
    plan = replace(edition(project.call.edition), instalments=payment_plan(contract))
    if found := blocks(payment_gate(facts, plan)):
        raise Refused.from_findings(found)
    unit = project.lead_unit
    if not unit.bank_account:
        raise Refused(f"“{unit.name}”没有登记收款账户，请单位先补全开户信息。", article="15")
    disbursement = Disbursement.objects.create(
        project=project,
        instalment=instalment,
        number=instalment.number,
        amount=instalment.amount,
        contract_amount=contract.amount,
        cumulative=facts.paid_total + instalment.amount,
        account_name=unit.bank_account_name or unit.name,
        account_masked=unit.masked_account,
        ordered_by=by,
    )
    after = {"amount": instalment.amount, "number": instalment.number}
    events.record("disbursement.order", "下达拨付指令", disbursement, by=by, article="12", after=after)
    finance = User.objects.with_duty("finance")
    url = f"/admin/funding/disbursement/{disbursement.pk}/change/"
    notify.tell(finance, f"待拨付：{project.number} 第{instalment.number}期", "请核对后登记拨付。", url=url)
    return disbursement


@workflow.action
def pay_disbursement(disbursement, *, by, paid_on, voucher_no, note="") -> Disbursement:
    """Record that finance paid; another person than the one who ordered, and nothing open against the project."""
    project = workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    if disbursement.ordered_by_id == by.pk:
        raise NotAllowed("拨付指令由您下达，须由另一人登记拨付。", article="12")
    if not voucher_no.strip() or len(voucher_no) > 40:
        raise Invalid("请填写拨付凭证号（不超过 40 个字）。", article="12")
    contract = disbursement.instalment.contract
    if paid_on > timezone.localdate() or paid_on < (contract.effective_on or contract.start_on):
        raise Invalid("拨付日期须在合同生效之日至今天之间，请核对日期。", article="12")
    facts = payment_facts(project, contract, disbursement.instalment)
    if found := blocks(payment_unhindered(facts, edition(project.call.edition))):
        raise Refused.from_findings(found)
    changes = {"paid_by": by, "paid_on": paid_on, "voucher_no": voucher_no.strip()}
    workflow.move(disbursement, "pay", by=by, note=note, **changes)
    _tell_unit(disbursement, "经费已拨付，请确认到账", "请核对到账金额，单独核算，专款专用。")
    return disbursement


@workflow.action
def confirm_receipt(disbursement, *, by, receipt=None, note="") -> Disbursement:
    """The unit confirms the money on its account; `receipt` is (bytes, name) of the bank slip or None."""
    workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    stored = files.store(receipt[0], receipt[1], by=by, formats=RECEIPT_FORMATS) if receipt else None
    workflow.move(disbursement, "confirm", by=by, note=note, confirmed_by=by, receipt=stored)
    people = [disbursement.ordered_by, disbursement.paid_by]
    notify.tell(people, f"已确认到账：{disbursement}", url=f"/admin/funding/disbursement/{disbursement.pk}/change/")
    return disbursement


@workflow.action
def cancel_disbursement(disbursement, *, by, note="") -> Disbursement:
    """Take back an order that is not paid yet; the instalment can be ordered again."""
    workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    if not note.strip():
        raise Invalid("请填写取消拨付指令的原因。")
    if disbursement.paid_by_id is not None:
        raise Conflict("该笔经费已经拨付，不能取消。", article="12")
    workflow.move(disbursement, "cancel", by=by, note=note)
    return disbursement


def _tell_unit(disbursement, title: str, body: str) -> None:
    project = disbursement.project
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=f"/projects/{project.public_id}/disbursements/")
