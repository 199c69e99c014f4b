"""Money: the instalment ordered, paid and received once; the clawback case from a banned ledger line."""

from django.utils import timezone

from funding.models import Disbursement
from projects.models import Project
from tests.flows.steps_center import move
from tests.flows.world import World, pdf


def pay_first_instalment(world: World, project: Project) -> None:
    """Officer orders, finance pays, the unit confirms; a second order of the same instalment is refused."""
    instalment = project.contracts.get(state="effective").instalments.get(number=1)
    officer, order = world.visit("officer"), "/admin/funding/disbursement/order/"
    page = officer.open(order)
    form, _ = page.form("下达拨付指令")
    assert form.fields["instalment"] == [str(instalment.pk)]
    officer.send(order, form.filled())
    assert "已经" in officer.send(order, form.filled() | {"key": ["another"]}, expect=409)
    payment = Disbursement.objects.get(instalment=instalment)
    move(world.visit("finance"), "funding/disbursement", payment.pk, "approve", "审核通过")
    finance = world.visit("finance").open(f"/admin/funding/disbursement/{payment.pk}/move/pay/")
    slip = pdf("付款回单.pdf", "slip")
    paid_on = timezone.localdate().isoformat()
    finance.press("登记拨付", paid_on=paid_on, voucher_no="付-0001", amount=payment.amount, bank_receipt=slip)
    payment.refresh_from_db()
    assert payment.state == "paid"
    page = world.visit("unitadmin").open(f"/projects/{project.public_id}/disbursements/{payment.pk}/confirm/")
    page.press("确认到账", receipt=pdf("回单.pdf", "receipt"))
    payment.refresh_from_db()
    assert payment.state == "received"


def refuse_second_instalment(world: World, project: Project) -> None:
    """The second instalment waits for acceptance: it is not offered, and asking for it anyway is refused."""
    instalment = project.contracts.get(state="effective").instalments.get(number=2)
    officer, order = world.visit("officer"), "/admin/funding/disbursement/order/"
    page = officer.open("/admin/")
    token = next(form.fields["csrfmiddlewaretoken"] for form in page.forms if "csrfmiddlewaretoken" in form.fields)
    page = officer.send(order, {"instalment": [instalment.pk], "csrfmiddlewaretoken": token}, expect=409)
    assert "验收" in page
    assert not Disbursement.objects.filter(instalment=instalment).exists()


def claw_back(world: World, project: Project) -> None:
    """From the banned line to the money that came back: told, heard, decided by another person, repaid, closed."""
    line = project.ledger_lines.filter(verdict="banned").order_by("pk").first()
    address = f"/admin/funding/clawback/open/?project={project.pk}&lines={line.pk}"
    page = world.visit("officer").open(address)
    page.press("立案追回", ground="2", facts="该笔支出属于办法禁止列支的业务招待费。", lines=[line.pk])
    case = project.clawbacks.get()
    move(world.visit("officer"), "funding/clawback", case.pk, "notify", "发出追回告知书")
    page = world.visit("unitadmin").open(f"/projects/{project.public_id}/clawbacks/{case.pk}/")
    page.press("提交陈述意见", text="单位对事实没有异议，愿意按期缴回。")
    world.travel(15)
    note = "经核实，事实清楚，依据充分"
    move(world.visit("director"), "funding/clawback", case.pk, "decide", "作出追回决定", note=note)
    case.refresh_from_db()
    page = world.visit("finance").open(f"/admin/funding/clawback/{case.pk}/repay/")
    page.press("登记到账", amount=case.amount, received_on=timezone.localdate().isoformat(), voucher_no="收-0001")
    move(world.visit("officer"), "funding/clawback", case.pk, "close", "结案")
    case.refresh_from_db()
    assert case.state == "closed"


def decide_open_lines(world: World, project: Project) -> None:
    """Finance decides what the check left open; the decision is kept beside the proposal of the machine."""
    finance = world.visit("finance")
    for line in project.ledger_lines.filter(verdict="needs-review"):
        page = finance.open(f"/admin/funding/ledgerline/decide/?ids={line.pk}")
        page.press("认定", verdict="allowed", reason="已核对合同、发票和成果，属于项目支出。")
        line.refresh_from_db()
        assert line.verdict == "allowed"
        assert line.findings.filter(verdict="needs-review").exists()
