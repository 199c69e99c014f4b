"""States and transitions of units, their changes, imports and revocation cases: data."""

from django.db import models

from portal.states import Transition


class UnitState(models.TextChoices):
    """Registration of a unit."""

    PENDING = "pending", "待审核"
    APPROVED = "approved", "已开通"
    REJECTED = "rejected", "未通过"
    MERGED = "merged", "已合并"


UNIT_TRANSITIONS = {
    "approve": Transition({"pending", "rejected"}, "approved", "通过注册", "consortia.decide_unit"),
    "reject": Transition({"pending"}, "rejected", "不予通过", "consortia.decide_unit", danger=True),
    "resubmit": Transition({"rejected"}, "pending", "重新提交注册", "consortia.decide_unit"),
    "merge": Transition({"approved"}, "merged", "并入其他单位", "consortia.decide_unit", danger=True),
}


class ChangeState(models.TextChoices):
    """A change of registered facts that the center confirms."""

    PENDING = "pending", "待确认"
    ACCEPTED = "accepted", "已确认"
    REFUSED = "refused", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"


CHANGE_TRANSITIONS = {
    "accept": Transition({"pending"}, "accepted", "确认变更", "consortia.decide_unitchange"),
    "refuse": Transition({"pending"}, "refused", "不予变更", "consortia.decide_unitchange", danger=True),
    "withdraw": Transition({"pending"}, "withdrawn", "撤回变更申请", "consortia.withdraw_unitchange"),
}


class ImportState(models.TextChoices):
    """Life of an imported table: checked first, written only when every row is right and a person confirmed."""

    QUEUED = "queued", "排队检查"
    CHECKING = "checking", "正在检查"
    FAULTY = "faulty", "有误，未写入"
    CHECKED = "checked", "检查通过，待确认"
    CONFIRMED = "confirmed", "排队写入"
    WRITING = "writing", "正在写入"
    STORED = "stored", "已写入"
    FAILED = "failed", "没有完成"


IMPORT_TRANSITIONS = {
    "check": Transition({"queued", "checking"}, "checking", "检查表格", "portal.system"),
    "find_faults": Transition({"checking", "writing"}, "faulty", "发现有误的行", "portal.system"),
    "pass": Transition({"checking"}, "checked", "检查通过", "portal.system"),
    "confirm": Transition({"checked"}, "confirmed", "确认导入", "consortia.import_sheet"),
    "write": Transition({"confirmed", "writing"}, "writing", "写入名录", "portal.system"),
    "finish": Transition({"writing"}, "stored", "写入完成", "portal.system"),
    "fail": Transition({"queued", "checking", "confirmed", "writing"}, "failed", "没有完成", "portal.system"),
    "retry": Transition({"failed"}, "queued", "重新检查", "consortia.import_sheet"),
}


class QualificationStatus(models.TextChoices):
    """Qualification of a consortium (article 20), as a dated history."""

    VALID = "valid", "有效"
    RECTIFYING = "rectifying", "整改中"
    REVOKED = "revoked", "撤销"


class RevocationState(models.TextChoices):
    """A revocation case: the consortium is told, may state its view, then it is decided."""

    NOTIFIED = "notified", "已告知，陈述申辩期"
    REVOKED = "revoked", "已决定撤销"
    DISMISSED = "dismissed", "不予撤销"


REVOCATION_TRANSITIONS = {
    "revoke": Transition({"notified"}, "revoked", "决定撤销资格", "consortia.decide_revocation", "20", danger=True),
    "dismiss": Transition({"notified"}, "dismissed", "不予撤销", "consortia.decide_revocation", "20"),
}
