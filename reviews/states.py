"""States and transitions of rounds, assignments, sheets, proposals and conclusions: data."""

from django.db import models

from portal.states import Transition


class RoundState(models.TextChoices):
    """A review round."""

    DRAFT = "draft", "准备中"
    OPEN = "open", "评审中"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


class Phase(models.TextChoices):
    """Where a round stands for its experts, by state and clock."""

    DRAFT = "draft", "准备中"
    CONFIRMING = "confirming", "确认与回避"
    SCORING = "scoring", "评分"
    OVER = "over", "评分已截止"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


# What an expert may do in each phase. "recuse" is for any reason and ends with Round.recuse_until; a conflict of
# interest that comes to light later ("recuse_conflict") may be declared as long as scores are given.
PHASE_ACTS = {
    Phase.DRAFT: frozenset(),
    Phase.CONFIRMING: frozenset({"sign", "accept", "recuse", "recuse_conflict", "read"}),
    Phase.SCORING: frozenset({"sign", "accept", "recuse", "recuse_conflict", "read", "score", "summarise"}),
    Phase.OVER: frozenset({"read"}),
    Phase.CLOSED: frozenset({"read"}),
    Phase.CANCELLED: frozenset(),
}


class RecusalKind(models.TextChoices):
    """Why an expert withdraws; the first five are conflicts of interest."""

    EMPLOYMENT = "employment", "任职或曾任职"
    FAMILY = "family", "亲属"
    TEACHER = "teacher", "师生"
    COAUTHOR = "coauthor", "近三年有合作"
    ECONOMIC = "economic", "经济利益"
    FIELD = "field", "不熟悉这一领域"
    TIME = "time", "时间不能保证"
    OTHER = "other", "其他影响公正评审的情形"


NO_CONFLICT_KINDS = frozenset({"field", "time"})
ROUND_TRANSITIONS = {
    "open": Transition({"draft"}, "open", "开始评审", "reviews.manage_round", "8(2)"),
    "close": Transition({"open"}, "closed", "结束评审", "reviews.manage_round", "8(2)"),
    "cancel": Transition({"draft"}, "cancelled", "取消轮次", "reviews.manage_round", "8(2)", True),
}


class AssignmentState(models.TextChoices):
    """An expert's seat on one item."""

    ASSIGNED = "assigned", "待接受"
    ACCEPTED = "accepted", "评审中"
    SUBMITTED = "submitted", "已提交"
    RECUSED = "recused", "已回避"
    VOIDED = "voided", "已作废"


# States in which the expert may see the item at all.
SEEING_STATES = frozenset({"assigned", "accepted", "submitted"})
ASSIGNMENT_TRANSITIONS = {
    "accept": Transition({"assigned"}, "accepted", "无利益冲突，开始评审", "reviews.score_assignment", "8(2)"),
    "recuse": Transition({"assigned", "accepted"}, "recused", "申请回避", "reviews.score_assignment", "8(2)"),
    "submit": Transition({"accepted"}, "submitted", "提交评分", "reviews.score_assignment", "8(2)"),
    "unlock": Transition({"submitted"}, "accepted", "退回修改", "reviews.unlock_assignment", "8(2)"),
    "void": Transition(
        {"assigned", "accepted", "submitted"}, "voided", "作废", "reviews.unlock_assignment", "8(2)", True
    ),
    # Only before the round opens: nobody has seen anything yet, and a mistake can be taken back.
    "reseat": Transition({"voided"}, "assigned", "重新安排", "reviews.manage_assignments", "8(2)"),
}


class DrawState(models.TextChoices):
    """A draw of experts: computed first, seated only when a person has read and confirmed it."""

    QUEUED = "queued", "排队计算"
    COMPUTING = "computing", "正在计算"
    READY = "ready", "试抽完成，待确定"
    COMMITTED = "committed", "已确定"
    STALE = "stale", "已过期，未生效"
    FAILED = "failed", "没有完成"


DRAW_TRANSITIONS = {
    "compute": Transition({"queued", "computing"}, "computing", "计算席位", "portal.system"),
    "finish": Transition({"computing"}, "ready", "试抽完成", "portal.system", "8(2)"),
    "fail": Transition({"queued", "computing"}, "failed", "没有完成", "portal.system"),
    "retry": Transition({"failed"}, "queued", "重新计算", "reviews.manage_assignments", "8(2)"),
    "commit": Transition({"ready"}, "committed", "按此结果确定", "reviews.manage_assignments", "8(2)"),
    "outdate": Transition({"ready"}, "stale", "情况已变化，作废", "portal.system", "8(2)"),
}


class ProposalState(models.TextChoices):
    """The decision about a selection round: center proposes, director confirms, BAST approves."""

    DRAFT = "draft", "拟定中"
    PROPOSED = "proposed", "待中心负责人确认"
    CONFIRMED = "confirmed", "待市科协审定"
    APPROVED = "approved", "市科协已审定"
    RETURNED = "returned", "已退回"


PROPOSAL_TRANSITIONS = {
    "propose": Transition({"draft", "returned"}, "proposed", "提交拟支持名单", "reviews.propose", "8(2)"),
    "confirm": Transition({"proposed"}, "confirmed", "确认名单", "reviews.confirm_proposal", "8(2)"),
    "approve": Transition({"confirmed"}, "approved", "审定通过", "reviews.approve_proposal", "4"),
    # While nobody has agreed to it, its author may take it back.
    "recall": Transition({"proposed"}, "draft", "撤回修改", "reviews.propose", "8(2)"),
    "send_back": Transition({"proposed", "confirmed"}, "returned", "退回", "reviews.return_proposal", danger=True),
    # Reserves move up, or a list is corrected, through the same three people.
    "reopen": Transition({"approved"}, "returned", "退回重议（递补）", "reviews.approve_proposal", "8(2)", danger=True),
}


class ConclusionState(models.TextChoices):
    """The acceptance conclusion: officer drafts, director signs."""

    DRAFT = "draft", "拟定中"
    ISSUED = "issued", "已下达"


CONCLUSION_TRANSITIONS = {"issue": Transition({"draft"}, "issued", "下达验收结论", "reviews.issue_conclusion", "11")}
