"""Decisions: the proposal of a selection round, and the conclusion of an acceptance."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.states import ConclusionCode
from reviews.states import CONCLUSION_TRANSITIONS, PROPOSAL_TRANSITIONS, ConclusionState, ProposalState


class Proposal(models.Model):
    """拟支持名单: proposed by the center, confirmed by its director, approved by BAST: three people."""

    TRANSITIONS = PROPOSAL_TRANSITIONS

    round = models.OneToOneField("reviews.Round", models.PROTECT, related_name="proposal", verbose_name="评审轮次")
    state = models.CharField("状态", max_length=10, choices=ProposalState.choices, default=ProposalState.DRAFT)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="提出人", null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField("提出时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="确认人", null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="审定人", null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField("审定时间", null=True, blank=True)
    note = models.TextField("说明", blank=True)
    # Of the list as it stands: who approves sends it back, so that an approval counts for exactly what was seen.
    digest = models.CharField("名单摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "拟支持名单"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposal_state_known"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="proposal_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("proposed_by")) & ~Q(approved_by=F("confirmed_by"))),
                name="proposal_three_persons",
            ),
        ]

    def __str__(self):
        return f"{self.round} 拟支持名单"


class ProposalAttempt(models.Model):
    """One time that a list was put up: exactly what was seen, who agreed, and how it ended; append-only."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField("次数")
    digest = models.CharField("名单摘要", max_length=64)
    rows = models.JSONField("名单", default=list)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="确认人", null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="审定人", null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField("审定时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="退回人", null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField("退回时间", null=True, blank=True)
    ended_reason = models.TextField("退回理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "名单报送记录"
        ordering = ["proposal", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="attempt_number"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_reason=""), name="attempt_end_has_reason"
            ),
        ]

    def __str__(self):
        return f"{self.proposal} 第{self.number}次"


class ProposalItem(models.Model):
    """One application of a proposal; leaving the order of rank needs a reason. Reserves move up by `place`."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="items")
    item = models.OneToOneField("reviews.ReviewItem", models.PROTECT, related_name="proposal_item")
    outcome = models.CharField(
        "结果", max_length=12, choices=[("support", "拟支持"), ("reserve", "候补"), ("decline", "不支持")]
    )
    place = models.PositiveIntegerField("候补次序", null=True, blank=True)
    deviates = models.BooleanField("与排名不一致", default=False)
    reason = models.CharField("理由", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "名单项目"
        ordering = ["proposal", "item__rank"]
        constraints = [
            models.CheckConstraint(condition=Q(deviates=False) | ~Q(reason=""), name="proposal_deviation_reason"),
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(outcome="reserve"), name="proposal_place_reserve"
            ),
        ]

    def __str__(self):
        return f"{self.item} {self.get_outcome_display()}"


class AcceptanceConclusion(models.Model):
    """验收结论: the system suggests, people decide; the report PDF hangs on it."""

    TRANSITIONS = CONCLUSION_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="conclusions", verbose_name="项目")
    item = models.ForeignKey(
        "reviews.ReviewItem", models.PROTECT, null=True, blank=True, related_name="conclusions", verbose_name="评价对象"
    )
    attempt = models.PositiveSmallIntegerField("次数", default=1)
    suggested = models.CharField("系统建议", max_length=28, blank=True, choices=ConclusionCode.choices)
    code = models.CharField("结论", max_length=28, choices=ConclusionCode.choices)
    opinion = models.TextField("专家组与管理单位意见")
    state = models.CharField("状态", max_length=8, choices=ConclusionState.choices, default=ConclusionState.DRAFT)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="拟定人")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人"
    )
    issued_at = models.DateTimeField("下达时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "验收结论"
        ordering = ["project", "-attempt"]
        constraints = [
            models.UniqueConstraint(fields=["project", "attempt"], name="conclusion_attempt"),
            models.CheckConstraint(condition=Q(code__in=ConclusionCode.values), name="conclusion_code_known"),
            models.CheckConstraint(
                condition=Q(issued_by__isnull=True) | ~Q(issued_by=F("drafted_by")), name="conclusion_two_persons"
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.get_code_display()}"
