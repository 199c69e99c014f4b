"""Versions of a project's budget (17(4)) and the rest that goes back at the end (16)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.models.scope import OfVisibleProjects
from funding.states import SURPLUS_TRANSITIONS, SurplusState


class BudgetVersion(models.Model):
    """A move between budget lines that needs no approval, as a numbered version of the contract's budget."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="budget_versions", verbose_name="项目")
    contract = models.ForeignKey("projects.Contract", models.PROTECT, related_name="+", verbose_name="依据的合同")
    number = models.PositiveSmallIntegerField("版本")
    before = models.JSONField("调整前", help_text="[[category, source, amount in 元], ...]")
    after = models.JSONField("调整后", help_text="[[category, source, amount in 元], ...]")
    moved = models.DecimalField("调整金额（元）", max_digits=14, decimal_places=2)
    reason = models.CharField("理由", max_length=500)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="调整人")
    made_at = models.DateTimeField("调整时间", auto_now_add=True)

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "预算版本"
        ordering = ["project", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="budget_version_once"),
            models.CheckConstraint(condition=Q(moved__gt=0), name="budget_version_moves"),
            models.CheckConstraint(condition=~Q(reason=""), name="budget_version_has_reason"),
        ]

    def __str__(self):
        return f"{self.project.number} 预算第{self.number}版"


class SurplusReturn(models.Model):
    """The rest of the grant that the unit sends back: computed, ordered by the officer, recorded by finance."""

    TRANSITIONS = SURPLUS_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="surplus_returns", verbose_name="项目")
    amount = models.DecimalField("应退金额（元）", max_digits=14, decimal_places=2)
    net_paid = models.DecimalField("已拨付净额（元）", max_digits=14, decimal_places=2)
    due_on = models.DateField("退回期限")
    state = models.CharField(
        "状态", max_length=10, choices=SurplusState.choices, default=SurplusState.ORDERED, db_index=True
    )
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="通知人")
    ordered_at = models.DateTimeField("通知时间", auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="到账登记人"
    )
    received_on = models.DateField("到账日期", null=True, blank=True)
    voucher_no = models.CharField("凭证号", max_length=40, blank=True)
    receipt = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="到账回单", null=True, blank=True, related_name="+"
    )

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结余退回"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=["ordered", "returned"]), name="surplus_once"
            ),
            models.CheckConstraint(condition=Q(state__in=SurplusState.values), name="surplus_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=F("net_paid")), name="surplus_within_paid"),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=True) | ~Q(recorded_by=F("ordered_by")), name="surplus_two_persons"
            ),
            models.CheckConstraint(
                condition=~Q(state="returned")
                | (Q(recorded_by__isnull=False, received_on__isnull=False, receipt__isnull=False) & ~Q(voucher_no="")),
                name="surplus_returned_complete",
            ),
        ]

    def __str__(self):
        return f"{self.project.number} 结余退回"
