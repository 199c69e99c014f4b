"""States and transitions of units, invitations and revocation cases: data."""

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
