"""Clawback cases for the seven grounds of article 17."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.models.scope import OfVisibleProjects
from funding.states import CLAWBACK_TRANSITIONS, ClawbackState


class Clawback(models.Model):
    """追回案: facts, lines, amount, notice, reply, decision by another person, repayments."""

    TRANSITIONS = CLAWBACK_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="clawbacks", verbose_name="项目")
    number = models.CharField("案号", max_length=40, unique=True)
    ground = models.PositiveSmallIntegerField(
        "事由（第十七条）", choices=[(n, f"第十七条（{'一二三四五六七'[n - 1]}）") for n in range(1, 8)]
    )
    facts = models.TextField("认定事实")
    amount = models.DecimalField("应追回金额（元）", max_digits=14, decimal_places=2)
    net_paid = models.DecimalField("已拨付净额（元）", max_digits=14, decimal_places=2)
    reply_due_on = models.DateField("陈述期限", null=True, blank=True)
    reply = models.TextField("单位陈述", blank=True)
    repay_due_on = models.DateField("缴款期限", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=ClawbackState.choices, default=ClawbackState.DRAFT, db_index=True
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="立案人")
    opened_at = models.DateTimeField("立案时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decision_note = models.TextField("决定理由", blank=True)

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "追回案"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ClawbackState.values), name="clawback_state_known"),
            models.CheckConstraint(condition=Q(ground__gte=1, ground__lte=7), name="clawback_ground_known"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=F("net_paid")), name="clawback_within_paid"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("opened_by")), name="clawback_two_persons"
            ),
        ]

    def __str__(self):
        return f"追回案 {self.number}"

    @property
    def ground_code(self) -> str:
        """The ground as the edition codes it, 17(5)."""
        return f"17({self.ground})"


class ClawbackLine(models.Model):
    """A ledger line that a case rests on; a line is claimed back once."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="lines", verbose_name="追回案")
    line = models.ForeignKey(
        "funding.LedgerLine", models.PROTECT, related_name="clawback_lines", verbose_name="明细账行"
    )
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    active = models.BooleanField(default=True, help_text="False once the case was dismissed.")

    class Meta:
        verbose_name = verbose_name_plural = "追回依据行"
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(active=True), name="clawback_line_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="clawback_line_positive"),
        ]

    def __str__(self):
        return f"{self.line} {self.amount}"


class ClawbackFile(models.Model):
    """Evidence of the facts, or what the unit hands in with its statement; append-only."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="files", verbose_name="追回案")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+", verbose_name="文件")
    side = models.CharField("提交方", max_length=8, choices=[("center", "中心"), ("unit", "单位")])
    note = models.CharField("证明什么", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="提交人", related_name="+")
    at = models.DateTimeField("提交时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "追回案证据"
        ordering = ["clawback", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clawback", "file"], name="clawback_file_once"),
            models.CheckConstraint(condition=Q(side__in=["center", "unit"]), name="clawback_file_side"),
        ]

    def __str__(self):
        return self.note

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.clawback.project


class RepaymentDue(models.Model):
    """One instalment of the plan by which the money comes back; the plan as a whole equals the case."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="plan", verbose_name="追回案")
    number = models.PositiveSmallIntegerField("期次")
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    due_on = models.DateField("应缴日期")

    class Meta:
        verbose_name = verbose_name_plural = "分期缴款计划"
        ordering = ["clawback", "number"]
        constraints = [
            models.UniqueConstraint(fields=["clawback", "number"], name="repayment_due_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_due_positive"),
        ]

    def __str__(self):
        return f"第{self.number}期 {self.amount}"


class Repayment(models.Model):
    """Money that came back; append-only."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="repayments", verbose_name="追回案")
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    received_on = models.DateField("到账日期")
    voucher_no = models.CharField("凭证号", max_length=40)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", related_name="+")
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "追回到账"
        ordering = ["clawback", "received_on"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_positive"),
            models.UniqueConstraint(fields=["clawback", "voucher_no"], name="repayment_voucher_once"),
        ]

    def __str__(self):
        return f"{self.received_on} {self.amount}"

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.clawback.project
