"""States and transitions of disbursements, imports, audits and clawback cases: data."""

from django.db import models

from portal.states import Transition


class DisbursementState(models.TextChoices):
    """A payment of one instalment: ordered by the officer, paid by finance."""

    ORDERED = "ordered", "待财务审核"
    APPROVED = "approved", "审核通过，待付款"
    PAID = "paid", "已拨付"
    RECEIVED = "received", "已确认到账"
    RETURNED = "returned", "财务已退回"
    CANCELLED = "cancelled", "已取消"


LIVE_DISBURSEMENTS = ("ordered", "approved", "paid", "received")
DISBURSEMENT_TRANSITIONS = {
    "approve": Transition({"ordered"}, "approved", "审核通过", "funding.pay_disbursement", "12"),
    "pay": Transition({"approved"}, "paid", "登记拨付", "funding.pay_disbursement", "12"),
    "confirm": Transition({"paid"}, "received", "确认到账", "funding.confirm_receipt", "12"),
    "send_back": Transition({"ordered", "approved"}, "returned", "退回经办", "funding.pay_disbursement", danger=True),
    "cancel": Transition(
        {"ordered", "approved"}, "cancelled", "取消拨付指令", "funding.order_disbursement", danger=True
    ),
}


class SurplusState(models.TextChoices):
    """The rest of a grant that goes back at the end (16)."""

    ORDERED = "ordered", "待退回"
    RETURNED = "returned", "已退回"
    CANCELLED = "cancelled", "已撤销"


SURPLUS_TRANSITIONS = {
    "record": Transition({"ordered"}, "returned", "登记结余到账", "funding.record_repayment", "16"),
    "cancel": Transition({"ordered"}, "cancelled", "撤销退回通知", "funding.order_disbursement", "16", danger=True),
}


class PackageState(models.TextChoices):
    """A zip made by the worker."""

    QUEUED = "queued", "排队中"
    BUILDING = "building", "正在打包"
    READY = "ready", "已完成"
    FAILED = "failed", "没有完成"


AUDIT_PACKAGE_TRANSITIONS = {
    "start": Transition({"queued", "building"}, "building", "开始打包", "portal.system"),
    "finish": Transition({"building"}, "ready", "打包完成", "portal.system"),
    "fail": Transition({"queued", "building"}, "failed", "打包失败", "portal.system"),
}


class Verdict(models.TextChoices):
    """Verdict of the ban check."""

    ALLOWED = "allowed", "可列支"
    BANNED = "banned", "禁列"
    NEEDS_REVIEW = "needs-review", "待核"


class ImportJobState(models.TextChoices):
    """A file on its way into a ledger: read and judged first, booked when a person confirms."""

    QUEUED = "queued", "排队核对"
    CHECKING = "checking", "正在核对"
    FAULTY = "faulty", "有误，未入账"
    READY = "ready", "核对完成，待确认"
    CONFIRMED = "confirmed", "排队入账"
    BOOKING = "booking", "正在入账"
    BOOKED = "booked", "已入账"
    FAILED = "failed", "没有完成"
    DROPPED = "dropped", "已放弃"


IMPORT_JOB_TRANSITIONS = {
    "check": Transition({"queued", "checking"}, "checking", "核对文件", "portal.system", "15"),
    "find_faults": Transition({"checking"}, "faulty", "发现有误的行", "portal.system", "15"),
    "pass": Transition({"checking"}, "ready", "核对完成", "portal.system", "15"),
    "confirm": Transition({"ready"}, "confirmed", "确认导入", "funding.keep_ledger", "15"),
    "book": Transition({"confirmed", "booking"}, "booking", "入账", "portal.system", "15"),
    "finish": Transition({"booking"}, "booked", "入账完成", "portal.system", "15"),
    "outdate": Transition({"booking"}, "queued", "账目已变化，重新核对", "portal.system", "15"),
    "fail": Transition({"queued", "checking", "confirmed", "booking"}, "failed", "没有完成", "portal.system", "15"),
    "retry": Transition({"failed", "faulty", "ready"}, "queued", "重新核对", "funding.keep_ledger", "15"),
    "drop": Transition({"failed", "faulty", "ready"}, "dropped", "放弃导入", "funding.keep_ledger"),
}


class ClawbackState(models.TextChoices):
    """A clawback case (article 17)."""

    DRAFT = "draft", "拟定中"
    NOTIFIED = "notified", "已告知，陈述期"
    DECIDED = "decided", "已决定追回"
    DISMISSED = "dismissed", "不予追回"
    CLOSED = "closed", "已缴清结案"


OPEN_CLAWBACK_STATES = frozenset({"notified", "decided"})
CLAWBACK_TRANSITIONS = {
    "notify": Transition({"draft"}, "notified", "发出追回告知书", "funding.manage_clawback", "17"),
    "decide": Transition({"notified"}, "decided", "作出追回决定", "funding.decide_clawback", "17", True),
    "dismiss": Transition({"draft", "notified"}, "dismissed", "不予追回", "funding.decide_clawback", "17"),
    "close": Transition({"decided"}, "closed", "结案", "funding.manage_clawback", "17"),
}


class AuditState(models.TextChoices):
    """An audit engagement."""

    OPEN = "open", "进行中"
    REPORTED = "reported", "已提交报告"


class FindingState(models.TextChoices):
    """A question of the auditor."""

    ASKED = "asked", "待单位答复"
    ANSWERED = "answered", "单位已答复"
    SETTLED = "settled", "已了结"


FINDING_TRANSITIONS = {
    "answer": Transition({"asked", "answered"}, "answered", "答复", "funding.answer_finding", "18"),
    "ask_again": Transition({"asked", "answered"}, "asked", "追问", "funding.audit_project", "18"),
    "settle": Transition({"asked", "answered"}, "settled", "了结", "funding.audit_project", "18"),
}
AUDIT_TRANSITIONS = {"report": Transition({"open"}, "reported", "提交审计报告", "funding.audit_project", "18")}


class LexiconTestState(models.TextChoices):
    """A test of a lexicon draft on past decisions."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "正在测试"
    READY = "ready", "已完成"
    FAILED = "failed", "没有完成"


LEXICON_TEST_TRANSITIONS = {
    "run": Transition({"queued", "running"}, "running", "开始测试", "portal.system", "14"),
    "finish": Transition({"running"}, "ready", "完成测试", "portal.system", "14"),
    "fail": Transition({"queued", "running"}, "failed", "测试中断", "portal.system", "14"),
}
