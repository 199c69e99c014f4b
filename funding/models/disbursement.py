"""Payments of instalments (article 12): never twice, never above the contract, ordered and paid by two people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.models.scope import OfVisibleProjects
from funding.states import DISBURSEMENT_TRANSITIONS, DisbursementState


class Disbursement(models.Model):
    """拨付: one live row per instalment."""

    TRANSITIONS = DISBURSEMENT_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="disbursements", verbose_name="项目")
    instalment = models.ForeignKey(
        "projects.Instalment", models.PROTECT, related_name="disbursements", verbose_name="期次"
    )
    number = models.PositiveSmallIntegerField("第几期")
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    contract_amount = models.DecimalField("合同金额（元）", max_digits=14, decimal_places=2)
    cumulative = models.DecimalField("累计拨付（含本次，元）", max_digits=14, decimal_places=2)
    account_name = models.CharField("收款户名", max_length=100)
    account_masked = models.CharField("收款账号（掩码）", max_length=40)
    state = models.CharField(
        "状态", max_length=10, choices=DisbursementState.choices, default=DisbursementState.ORDERED, db_index=True
    )
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="下达人")
    ordered_at = models.DateTimeField("下达时间", auto_now_add=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="拨付人"
    )
    paid_on = models.DateField("拨付日期", null=True, blank=True)
    voucher_no = models.CharField("凭证号", max_length=40, blank=True)
    receipt = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="付款凭证", null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="到账确认人", null=True, blank=True, related_name="+"
    )

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "拨付"
        ordering = ["project", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                condition=Q(state__in=["ordered", "paid", "received"]),
                name="disbursement_once",
            ),
            models.CheckConstraint(condition=Q(state__in=DisbursementState.values), name="disbursement_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="disbursement_positive"),
            models.CheckConstraint(
                condition=Q(cumulative__lte=F("contract_amount"), cumulative__gte=F("amount")),
                name="disbursement_within_contract",
            ),
            models.CheckConstraint(
                condition=Q(paid_by__isnull=True) | ~Q(paid_by=F("ordered_by")), name="disbursement_two_persons"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "received"])
                | (Q(paid_by__isnull=False, paid_on__isnull=False) & ~Q(voucher_no="")),
                name="disbursement_paid_complete",
            ),
        ]

    def __str__(self):
        return f"{self.project.number} 第{self.number}期拨付"
