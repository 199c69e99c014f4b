"""Writes of disbursement (12): ordered by the officer, approved and paid by finance, confirmed by the unit."""

from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils import timezone

from consortia.seats import people_of
from funding.models import Disbursement, PaymentWaiver
from funding.queries.disbursements import live_total, payment_facts, payment_plan, waiver_for
from portal import access, events, files, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.process import payment_gate, payment_unhindered
from portal.measures.rmb import format_money
from portal.models import User
from projects.models import Contract
from projects.queries.contracts import effective_contract

RECEIPT_FORMATS = ("pdf", "png", "jpg", "jpeg")
KEY_CHARS = 64


@workflow.action
def order_disbursement(*, instalment, by, amount=None, key="") -> Disbursement:
    """Order one instalment of the effective contract, once; account and amount (元) come from unit and contract.

    `key` names the request: sent again it gives the same order, with another instalment or `amount` it is refused (M1).
    """
    project = workflow.lock(instalment.contract.project)
    contract: Contract = workflow.lock(instalment.contract)
    if not access.allowed(by, "funding.order_disbursement", project):
        raise NotAllowed("您的账号不能下达拨付指令。", article="12")
    amount = instalment.amount if amount is None else amount
    if known := _known(key, "order_key", by, instalment=instalment, amount=amount):
        return known
    if amount != instalment.amount:
        raise Conflict(f"本期合同金额为 {format_money(instalment.amount)}，请刷新后重新下达。", article="12")
    facts = payment_facts(project, contract, instalment)
    waiver = _gate(project, contract, instalment.number, facts, by)
    unit = project.lead_unit
    if not unit.bank_account:
        raise Refused(f"“{unit.name}”没有登记收款账户，请单位先补全开户信息。", article="15")
    disbursement = _store(
        project=project,
        instalment=instalment,
        number=instalment.number,
        amount=instalment.amount,
        contract_amount=contract.amount,
        cumulative=facts.paid_total + instalment.amount,
        account_name=unit.bank_account_name or unit.name,
        bank_name=unit.bank_name,
        account=unit.bank_account,
        account_masked=unit.masked_account,
        waiver=waiver,
        ordered_by=by,
        order_key=key,
    )
    after = {"amount": instalment.amount, "number": instalment.number, "waiver": waiver and waiver.pk}
    events.record("disbursement.order", "下达拨付指令", disbursement, by=by, article="12", after=after)
    finance = User.objects.with_duty("finance")
    title = f"待审核拨付：{project.number} 第{instalment.number}期"
    notify.tell(finance, title, "请核对合同、账户和条件后审核。", url=_url(disbursement))
    return disbursement


def _known(key: str, column: str, by, **expected) -> Disbursement | None:
    """The row that an earlier request of this key made; refused when it asked for something else (M1)."""
    if len(key) > KEY_CHARS:
        raise Invalid("请求号过长，请刷新页面后重新提交。")
    known = Disbursement.objects.filter(**{column: key}).first() if key else None
    if known is None:
        return None
    actor = known.ordered_by_id if column == "order_key" else known.paid_by_id
    if actor != by.pk or any(getattr(known, name) != value for name, value in expected.items()):
        raise Conflict("这个请求号已用于另一笔拨付（金额、期次或办理人不同），没有重复办理。请刷新页面。", article="12")
    return known


def _store(**values) -> Disbursement:
    try:
        with transaction.atomic():
            return Disbursement.objects.create(**values)
    except IntegrityError as error:
        raise Conflict("该期刚刚由他人下达，或请求号已使用。请刷新页面查看。", article="12") from error


def _gate(project, contract, number: int, facts, by) -> PaymentWaiver | None:
    """Refuse what the measures forbid; the waiver that lets an open case pass, when there is one (17, 20)."""
    plan = replace(edition(project.call.edition), instalments=payment_plan(contract))
    waiver = waiver_for(project, number, facts)
    if waiver is not None and waiver.waived_by_id == by.pk:
        raise NotAllowed("准予拨付由您作出，须由另一人办理。", article="12")
    checked = replace(facts, open_rectifications=(), open_clawbacks=()) if waiver else facts
    if found := blocks(payment_gate(checked, plan)):
        raise Refused.from_findings(found)
    return waiver


@workflow.action
def waive_hindrance(*, project, number, reason, by) -> PaymentWaiver:
    """A director lets one instalment be paid although a case is open: for exactly the cases open now, kept for ever."""
    project = workflow.lock(project)
    if not access.allowed(by, "funding.waive_hindrance", project):
        raise NotAllowed("只有中心负责人可以准予拨付。", article="17")
    contract = project.contracts.filter(state="effective").first()
    instalment = contract and contract.instalments.filter(number=number).first()
    if instalment is None:
        raise Refused("生效合同中没有这一期，不能准予拨付。", article="12")
    facts = payment_facts(project, contract, instalment)
    hindrances = [*facts.open_rectifications, *facts.open_clawbacks]
    if not hindrances:
        raise Conflict("该项目没有在办的整改或追回，不需要准予。", article="17")
    if not 10 <= len(reason.strip()) <= 2000:
        raise Invalid("请写明准予拨付的理由和依据（10 至 2000 个字）。", article="17")
    waiver = PaymentWaiver.objects.create(
        project=project, number=number, hindrances=hindrances, reason=reason.strip(), waived_by=by
    )
    after = {"number": number, "hindrances": hindrances}
    events.record("disbursement.waive", "准予拨付", waiver, by=by, note=reason, article="17", after=after)
    people = [*User.objects.with_duty("officer"), *User.objects.with_duty("finance")]
    notify.tell(people, f"准予拨付：{project.number} 第{number}期", reason.strip(), mail=False)
    return waiver


def _check_again(disbursement, project, by) -> None:
    """What may have changed since the order: the contract, the person, the account, an open case."""
    if disbursement.ordered_by_id == by.pk:
        raise NotAllowed("拨付指令由您下达，须由另一人审核和拨付。", article="12")
    contract = effective_contract(project)
    if contract is None or contract.amount < live_total(project):
        raise Refused("没有生效的任务合同，或指令超出现行合同金额，不能拨付。请退回经办。", article="8(3)")
    workflow.bar(contract)
    facts = payment_facts(project, contract, disbursement.instalment)
    waiver = waiver_for(project, disbursement.number, facts)
    if waiver is not None and waiver.waived_by_id == by.pk:
        raise NotAllowed("准予拨付由您作出，须由另一人办理。", article="12")
    if waiver is None and (found := blocks(payment_unhindered(facts, edition(project.call.edition)))):
        raise Refused.from_findings(found)
    if disbursement.account != project.lead_unit.bank_account:
        raise Refused("下达后单位变更了收款账户，请退回经办，按新账户重新下达。", article="12")


@workflow.action
def approve_disbursement(disbursement, *, by, note="") -> Disbursement:
    """Finance agrees that the order may be paid: another person than the one who ordered."""
    project = workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    _check_again(disbursement, project, by)
    workflow.move(disbursement, "approve", by=by, note=note, approved_by=by, approved_at=timezone.now())
    return disbursement


@workflow.action
def pay_disbursement(
    disbursement, *, by, paid_on, voucher_no, bank_receipt=None, amount=None, key="", note=""
) -> Disbursement:
    """Record that finance paid, with the slip of the bank (bytes, name); `amount` in 元 as the slip says.

    `key` as in order_disbursement. Refused to the person who ordered, and while a case is open without a waiver.
    """
    project = workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    amount = disbursement.amount if amount is None else amount
    if known := _known(key, "pay_key", by, pk=disbursement.pk, amount=amount):
        return known
    _check_again(disbursement, project, by)
    _check_slip(disbursement, paid_on, voucher_no, bank_receipt, amount)
    stored = files.store(bank_receipt[0], bank_receipt[1], by=by, formats=RECEIPT_FORMATS)
    changes = {"paid_by": by, "paid_on": paid_on, "voucher_no": voucher_no.strip()}
    workflow.move(disbursement, "pay", by=by, note=note, bank_receipt=stored, pay_key=key, **changes)
    _tell_unit(disbursement, "经费已拨付，请确认到账", "请核对到账金额，单独核算，专款专用。")
    return disbursement


def _check_slip(disbursement, paid_on, voucher_no, bank_receipt, amount) -> None:
    if not voucher_no.strip() or len(voucher_no) > 40:
        raise Invalid("请填写拨付凭证号（不超过 40 个字）。", article="12")
    if amount != disbursement.amount:
        told = f"回单金额 {format_money(amount)} 与指令金额 {format_money(disbursement.amount)} 不一致，没有登记。"
        raise Conflict(told + "请核对回单。", article="12")
    if bank_receipt is None:
        raise Invalid("请上传银行付款回单。", article="12")
    contract = disbursement.instalment.contract
    if paid_on > timezone.localdate() or paid_on < (contract.effective_on or contract.start_on):
        raise Invalid("拨付日期须在合同生效之日至今天之间，请核对日期。", article="12")


@workflow.action
def confirm_receipt(disbursement, *, by, receipt=None, note="") -> Disbursement:
    """The unit confirms the money on its account; `receipt` is (bytes, name) of the bank slip or None."""
    workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    stored = files.store(receipt[0], receipt[1], by=by, formats=RECEIPT_FORMATS) if receipt else None
    workflow.move(disbursement, "confirm", by=by, note=note, confirmed_by=by, receipt=stored)
    people = [disbursement.ordered_by, disbursement.paid_by]
    notify.tell(people, f"已确认到账：{disbursement}", url=_url(disbursement))
    return disbursement


@workflow.action
def send_back_disbursement(disbursement, *, by, note="") -> Disbursement:
    """Finance returns an order that is not paid, with the reason; the instalment can be ordered again."""
    return _end(disbursement, "send_back", by, note, "请填写退回的原因。")


@workflow.action
def cancel_disbursement(disbursement, *, by, note="") -> Disbursement:
    """Take back an order that is not paid yet; the instalment can be ordered again."""
    return _end(disbursement, "cancel", by, note, "请填写取消拨付指令的原因。")


def _end(disbursement, move: str, by, note: str, wanted: str) -> Disbursement:
    workflow.lock(disbursement.project)
    disbursement = workflow.lock(disbursement)
    if not note.strip():
        raise Invalid(wanted)
    if disbursement.paid_by_id is not None:
        raise Conflict("该笔经费已经拨付，不能退回或取消。", article="12")
    workflow.move(disbursement, move, by=by, note=note)
    people = [disbursement.ordered_by, disbursement.approved_by]
    notify.tell([one for one in people if one and one.pk != by.pk], f"拨付未办理：{disbursement}", note, mail=False)
    return disbursement


@workflow.action
def reveal_account(disbursement, *, by) -> str:
    """The full account number for the person who pays; every look is logged."""
    if not access.allowed(by, "funding.reveal_account", disbursement):
        raise NotAllowed("只有中心财务在办理付款时可以查看完整账号。", article="12")
    if disbursement.ordered_by_id == by.pk or disbursement.state not in ("ordered", "approved"):
        raise Refused("只在付款前、由下达人以外的财务人员查看完整账号。", article="12")
    events.record("disbursement.reveal", "查看完整收款账号", disbursement, by=by, after={"state": disbursement.state})
    return disbursement.account


def _url(disbursement) -> str:
    return f"/admin/funding/disbursement/{disbursement.pk}/change/"


def _tell_unit(disbursement, title: str, body: str) -> None:
    project = disbursement.project
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=f"/projects/{project.public_id}/disbursements/")
