"""States and transitions of calls, applications, notices, objections, contracts, projects: data."""

from django.db import models

from portal.states import Transition


class CallState(models.TextChoices):
    """A call for applications."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    CLOSED = "closed", "已截止"
    ARCHIVED = "archived", "已归档"


CALL_TRANSITIONS = {
    "publish": Transition({"draft"}, "published", "发布申报通知", "projects.publish_call", "8(1)"),
    "close": Transition({"published"}, "closed", "截止申报", "projects.publish_call", "8(1)"),
    "archive": Transition({"closed"}, "archived", "归档", "projects.publish_call"),
}


class ApplicationState(models.TextChoices):
    """An application, from draft to decision."""

    DRAFT = "draft", "草稿"
    UNIT_REVIEW = "unit_review", "单位审核中"
    SUBMITTED = "submitted", "已提交待形审"
    SUPPLEMENT = "supplement", "待补正"
    ELIGIBLE = "eligible", "形审通过"
    INELIGIBLE = "ineligible", "形审不通过"
    UNDER_REVIEW = "under_review", "评审中"
    SCORED = "scored", "评审完成"
    PROPOSED = "proposed", "拟支持"
    RESERVE = "reserve", "候补"
    NOT_SELECTED = "not_selected", "未入选"
    IN_NOTICE = "in_notice", "公示中"
    OBJECTION_HOLD = "objection_hold", "异议核查中"
    APPROVED = "approved", "已立项"
    REJECTED = "rejected", "不予立项"
    WITHDRAWN = "withdrawn", "已撤回"


# States that hold one of the slots of 5(1)1: everything submitted and not withdrawn; a refusal does not free a slot.
LIVE_STATES = frozenset(
    {
        "submitted", "supplement", "eligible", "under_review", "scored", "proposed",
        "reserve", "not_selected", "in_notice", "objection_hold", "approved", "rejected", "ineligible",
    }
)  # fmt: skip

APPLICATION_TRANSITIONS = {
    "send_to_unit": Transition({"draft"}, "unit_review", "送单位审核", "projects.edit_application", "7(1)"),
    "return_to_draft": Transition({"unit_review"}, "draft", "退回修改", "projects.return_application"),
    "submit": Transition({"unit_review"}, "submitted", "提交申报", "projects.submit_application", "8(1)"),
    "withdraw": Transition({"submitted"}, "withdrawn", "撤回申报", "projects.withdraw_application", danger=True),
    "reopen": Transition({"withdrawn"}, "draft", "恢复为草稿", "projects.withdraw_application"),
    "ask_supplement": Transition({"submitted"}, "supplement", "要求补正", "projects.check_application", "8(1)"),
    "supply": Transition({"supplement"}, "submitted", "提交补正", "projects.submit_application", "8(1)"),
    "pass_formality": Transition({"submitted"}, "eligible", "形式审查通过", "projects.check_application", "8(1)"),
    "fail_formality": Transition(
        {"submitted", "supplement"}, "ineligible", "形式审查不通过", "projects.check_application", "5", danger=True
    ),
    "reopen_formality": Transition(
        {"eligible", "ineligible"}, "submitted", "撤销审查决定", "projects.check_application", "8(1)", danger=True
    ),
    "start_review": Transition({"eligible"}, "under_review", "进入评审", "projects.check_application", "8(2)"),
    "finish_review": Transition({"under_review"}, "scored", "评审完成", "projects.check_application", "8(2)"),
    "propose": Transition(
        {"scored", "reserve", "not_selected"}, "proposed", "列为拟支持", "projects.propose_application", "8(2)"
    ),
    "reserve": Transition(
        {"scored", "proposed", "not_selected"}, "reserve", "列为候补", "projects.propose_application", "8(2)"
    ),
    "decline": Transition(
        {"scored", "proposed", "reserve"}, "not_selected", "未入选", "projects.propose_application", "8(2)"
    ),
    "reconsider": Transition(
        {"proposed", "reserve", "not_selected"}, "scored", "退回重新审议", "projects.propose_application", "8(2)"
    ),
    "announce": Transition({"proposed"}, "in_notice", "进入公示", "projects.publish_notice", "8(3)"),
    "hold": Transition({"in_notice"}, "objection_hold", "异议暂停", "projects.handle_objection", "8(3)"),
    "release": Transition({"objection_hold"}, "in_notice", "异议处理完毕", "projects.handle_objection", "8(3)"),
    "approve": Transition({"in_notice"}, "approved", "立项", "projects.approve_application", "8(3)"),
    "reject": Transition(
        {"in_notice", "objection_hold"}, "rejected", "不予立项", "projects.approve_application", "8(3)", True
    ),
}


class NoticeState(models.TextChoices):
    """A public notice."""

    DRAFT = "draft", "草稿"
    OPEN = "open", "公示中"
    CLOSED = "closed", "公示结束"
    REPLACED = "replaced", "已更正"


NOTICE_TRANSITIONS = {
    "publish": Transition({"draft"}, "open", "发布公示", "projects.publish_notice", "8(3)"),
    "close": Transition({"open"}, "closed", "结束公示", "projects.publish_notice", "8(3)"),
    "replace": Transition({"open", "closed"}, "replaced", "以新公示更正", "projects.publish_notice", "8(3)", True),
}


class ObjectionState(models.TextChoices):
    """An objection to a notice."""

    RECEIVED = "received", "已收到"
    ACCEPTED = "accepted", "已受理核查"
    DECLINED = "declined", "不予受理"
    UPHELD = "upheld", "异议成立"
    DISMISSED = "dismissed", "异议不成立"


OPEN_OBJECTION_STATES = frozenset({"received", "accepted"})
OBJECTION_TRANSITIONS = {
    "accept": Transition({"received"}, "accepted", "受理", "projects.decide_objection", "8(3)"),
    "decline": Transition({"received"}, "declined", "不予受理", "projects.decide_objection", "8(3)"),
    "uphold": Transition({"accepted"}, "upheld", "认定成立", "projects.decide_objection", "8(3)", True),
    "dismiss": Transition({"accepted"}, "dismissed", "认定不成立", "projects.decide_objection", "8(3)"),
}


class ContractState(models.TextChoices):
    """A version of a task contract."""

    DRAFT = "draft", "待确认文本"
    ISSUED = "issued", "待乙方签署"
    RETURNED = "returned", "乙方已上传，待核对"
    EFFECTIVE = "effective", "已生效"
    SUPERSEDED = "superseded", "已被新版替代"
    TERMINATED = "terminated", "已解除"


CONTRACT_TRANSITIONS = {
    "issue": Transition({"draft"}, "issued", "签发合同文本", "projects.manage_contract", "8(3)"),
    "upload_signed": Transition({"issued"}, "returned", "上传盖章扫描件", "projects.sign_contract", "8(3)"),
    "send_back": Transition({"returned"}, "issued", "退回重新上传", "projects.manage_contract"),
    "make_effective": Transition({"returned"}, "effective", "核对无误并生效", "projects.confirm_contract", "8(3)"),
    "supersede": Transition({"draft", "issued", "effective"}, "superseded", "由新版替代", "projects.manage_contract"),
    "terminate": Transition(
        {"issued", "returned", "effective"}, "terminated", "解除合同", "projects.confirm_contract", "17", True
    ),
}


class ProjectState(models.TextChoices):
    """An approved project."""

    CONTRACTING = "contracting", "待签约"
    RUNNING = "running", "执行中"
    SUSPENDED = "suspended", "暂停"
    FINAL_SUBMITTED = "final_submitted", "验收材料已提交"
    EVALUATING = "evaluating", "验收评价中"
    RECTIFYING = "rectifying", "整改中"
    ACCEPTED = "accepted", "通过验收"
    ACCEPTED_AFTER = "accepted_after", "整改后通过"
    FAILED = "failed", "未通过"
    CLOSED = "closed", "已归档"
    TERMINATED = "terminated", "已终止"


PROJECT_TRANSITIONS = {
    "start": Transition({"contracting"}, "running", "合同生效，进入执行", "projects.confirm_contract", "8(3)"),
    "suspend": Transition({"running"}, "suspended", "暂停", "projects.supervise_project", "17", True),
    "resume": Transition({"suspended"}, "running", "恢复", "projects.supervise_project"),
    "submit_final": Transition({"running"}, "final_submitted", "提交验收材料", "projects.submit_package", "11"),
    "return_final": Transition({"final_submitted"}, "running", "退回补充验收材料", "projects.supervise_project", "11"),
    "evaluate": Transition({"final_submitted"}, "evaluating", "组织验收评价", "projects.supervise_project", "11"),
    "accept": Transition({"evaluating"}, "accepted", "通过验收", "projects.conclude_project", "11"),
    "order_rectification": Transition(
        {"evaluating"}, "rectifying", "责令整改", "projects.conclude_project", "20", True
    ),
    "accept_after": Transition({"rectifying"}, "accepted_after", "整改后通过", "projects.conclude_project", "20"),
    "fail": Transition({"evaluating", "rectifying"}, "failed", "未通过", "projects.conclude_project", "20", True),
    "close": Transition(
        {"accepted", "accepted_after", "failed", "terminated"}, "closed", "归档", "projects.supervise_project"
    ),
    "terminate": Transition(
        {"contracting", "running", "suspended"}, "terminated", "终止", "projects.conclude_project", "17", True
    ),
}


class EvidenceState(models.TextChoices):
    """Evidence for a KPI: only verified evidence counts."""

    DRAFT = "draft", "草稿"
    CLAIMED = "claimed", "待核"
    VERIFIED = "verified", "已核实"
    REJECTED = "rejected", "不予认定"


EVIDENCE_TRANSITIONS = {
    "claim": Transition({"draft", "rejected"}, "claimed", "提交核实", "projects.claim_evidence", "10(1)"),
    "withdraw": Transition({"claimed"}, "draft", "撤回修改", "projects.claim_evidence"),
    "verify": Transition({"claimed"}, "verified", "核实通过", "projects.verify_evidence", "10(1)"),
    "reject": Transition({"claimed"}, "rejected", "不予认定", "projects.verify_evidence", "10(1)"),
}


class ReportState(models.TextChoices):
    """A progress or major-matter report."""

    DUE = "due", "待提交"
    SUBMITTED = "submitted", "已提交"
    REVIEWED = "reviewed", "已审阅"
    RETURNED = "returned", "退回补充"


REPORT_TRANSITIONS = {
    "submit": Transition({"due", "returned"}, "submitted", "提交报告", "projects.write_report", "6(4)"),
    "review": Transition({"submitted"}, "reviewed", "审阅完毕", "projects.supervise_project", "7(4)"),
    "send_back": Transition({"submitted"}, "returned", "退回补充", "projects.supervise_project"),
}


class ChangeState(models.TextChoices):
    """A change request to the contract."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"


CHANGE_TRANSITIONS = {
    "submit": Transition({"draft"}, "submitted", "提交变更申请", "projects.request_change", "17(4)"),
    "approve": Transition({"submitted"}, "approved", "批准变更", "projects.decide_change", "17(4)"),
    "refuse": Transition({"submitted"}, "refused", "不予批准", "projects.decide_change"),
}


class PackageState(models.TextChoices):
    """The acceptance package."""

    DRAFT = "draft", "准备中"
    SUBMITTED = "submitted", "已提交"
    RETURNED = "returned", "退回补充"


PACKAGE_TRANSITIONS = {
    "submit": Transition({"draft", "returned"}, "submitted", "提交验收材料", "projects.submit_package", "11"),
    "send_back": Transition({"submitted"}, "returned", "退回补充", "projects.supervise_project", "11"),
}


class RectificationState(models.TextChoices):
    """A rectification order (article 20)."""

    ORDERED = "ordered", "待整改"
    REPLIED = "replied", "已回复待复核"
    FULFILLED = "fulfilled", "整改到位"
    UNFULFILLED = "unfulfilled", "整改不到位"


RECTIFICATION_TRANSITIONS = {
    "reply": Transition({"ordered"}, "replied", "提交整改报告", "projects.reply_rectification", "20"),
    "fulfil": Transition({"replied"}, "fulfilled", "认定整改到位", "projects.conclude_project", "20"),
    "miss": Transition(
        {"ordered", "replied"}, "unfulfilled", "认定整改不到位", "projects.conclude_project", "20", True
    ),
}


class ConclusionCode(models.TextChoices):
    """Conclusion codes."""

    PASSED = "passed", "通过验收"
    RECTIFICATION = "rectification_required", "需整改"
    PASSED_AFTER = "passed_after_rectification", "整改后通过"
    FAILED = "failed", "未通过验收"
