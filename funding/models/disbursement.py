"""Payments of instalments (article 12): never twice, never above the contract, by two people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.models.scope import OfVisibleProjects
from funding.states import DISBURSEMENT_TRANSITIONS, LIVE_DISBURSEMENTS, DisbursementState
from portal.sealed import SealedField

_PAID = Q(state__in=["paid", "received"])


class PaymentWaiver(models.Model):
    """A director's leave to pay an instalment although a rectification or clawback is open; kept for ever (17, 20)."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="payment_waivers", verbose_name="项目")
    number = models.PositiveSmallIntegerField("第几期")
    hindrances = models.JSONField("涉及的整改和追回", help_text="What was open when the leave was given; no more.")
    reason = models.TextField("理由")
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="准予人")
    waived_at = models.DateTimeField("准予时间", auto_now_add=True)

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "准予拨付"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason")]

    def __str__(self):
        return f"{self.project.number} 第{self.number}期准予拨付"


class Disbursement(models.Model):
    """拨付: one live row per instalment; the account is that of the day of the order."""

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
    bank_name = models.CharField("开户行", max_length=100, blank=True)
    account = SealedField("收款账号", blank=True)
    account_masked = models.CharField("收款账号（掩码）", max_length=40)
    state = models.CharField(
        "状态", max_length=10, choices=DisbursementState.choices, default=DisbursementState.ORDERED, db_index=True
    )
    waiver = models.ForeignKey(PaymentWaiver, models.PROTECT, verbose_name="准予拨付", null=True, related_name="+")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="下达人")
    ordered_at = models.DateTimeField("下达时间", auto_now_add=True)
    order_key = models.CharField("下达请求号", max_length=64, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    approved_at = models.DateTimeField("审核时间", null=True, blank=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="拨付人"
    )
    paid_on = models.DateField("拨付日期", null=True, blank=True)
    pay_key = models.CharField("付款请求号", max_length=64, blank=True)
    voucher_no = models.CharField("凭证号", max_length=40, blank=True)
    bank_receipt = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="银行付款回单", null=True, blank=True, related_name="+"
    )
    receipt = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="单位到账回单", null=True, blank=True, related_name="+"
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
                fields=["project", "number"], condition=Q(state__in=LIVE_DISBURSEMENTS), name="disbursement_once"
            ),
            models.UniqueConstraint(
                fields=["order_key"], condition=~Q(order_key=""), name="disbursement_order_key_once"
            ),
            models.UniqueConstraint(fields=["pay_key"], condition=~Q(pay_key=""), name="disbursement_pay_key_once"),
            models.CheckConstraint(condition=Q(state__in=DisbursementState.values), name="disbursement_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="disbursement_positive"),
            models.CheckConstraint(
                condition=Q(cumulative__lte=F("contract_amount"), cumulative__gte=F("amount")),
                name="disbursement_within_contract",
            ),
            models.CheckConstraint(
                condition=(Q(paid_by__isnull=True) | ~Q(paid_by=F("ordered_by")))
                & (Q(approved_by__isnull=True) | ~Q(approved_by=F("ordered_by"))),
                name="disbursement_two_persons",
            ),
            models.CheckConstraint(
                condition=~_PAID
                | (
                    Q(
                        approved_by__isnull=False,
                        paid_by__isnull=False,
                        paid_on__isnull=False,
                        bank_receipt__isnull=False,
                    )
                    & ~Q(voucher_no="")
                ),
                name="disbursement_paid_complete",
            ),
        ]

    def __str__(self):
        return f"{self.project.number} 第{self.number}期拨付"
