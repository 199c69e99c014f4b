"""Task contracts, their instalments, and change requests (articles 8(3), 9, 17(4))."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.states import CHANGE_TRANSITIONS, CONTRACT_TRANSITIONS, ChangeState, ContractState


class Contract(models.Model):
    """任务合同书: generated from the frozen application; a change is a new version."""

    TRANSITIONS = CONTRACT_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="contracts", verbose_name="项目")
    version = models.PositiveSmallIntegerField("版本", default=1)
    amount = models.DecimalField("合同金额（元）", max_digits=14, decimal_places=2)
    grant_amount = models.DecimalField("立项支持金额（元）", max_digits=14, decimal_places=2)
    start_on = models.DateField("履行期起")
    end_on = models.DateField("履行期止")
    snapshot = models.JSONField("合同内容快照")
    sha256 = models.CharField("摘要", max_length=64)
    state = models.CharField(
        "状态", max_length=12, choices=ContractState.choices, default=ContractState.DRAFT, db_index=True
    )
    scan = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="盖章扫描件"
    )
    scan_digest = models.CharField("乙方核对的文本摘要", max_length=64, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上传人"
    )
    signed_at = models.DateTimeField("上传时间", null=True, blank=True)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="拟稿人")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="生效核对人"
    )
    effective_on = models.DateField("生效日期", null=True, blank=True)
    created_at = models.DateTimeField("生成时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务合同"
        ordering = ["project", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="contract_version"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=["draft", "issued", "returned"]),
                name="contract_one_in_preparation",
            ),
            models.UniqueConstraint(fields=["project"], condition=Q(state="effective"), name="contract_one_effective"),
            models.CheckConstraint(condition=Q(state__in=ContractState.values), name="contract_state_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=F("grant_amount")), name="contract_within_award"
            ),
            models.CheckConstraint(condition=Q(end_on__gt=F("start_on")), name="contract_period"),
            models.CheckConstraint(
                condition=~Q(state="effective") | Q(scan__isnull=False, effective_on__isnull=False),
                name="contract_effective_signed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("prepared_by")),
                name="contract_two_persons",
            ),
        ]

    def __str__(self):
        return f"{self.project.number} 任务合同第{self.version}版"


class Instalment(models.Model):
    """One planned payment of a contract."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField("期次")
    ratio = models.DecimalField("比例（%）", max_digits=5, decimal_places=2)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    condition = models.CharField("拨付条件", max_length=200)
    requires_acceptance = models.BooleanField("验收通过后拨付", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "拨付期次"
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="instalment_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_positive"),
        ]

    def __str__(self):
        return f"第{self.number}期 {self.amount}"


class ChangeRequest(models.Model):
    """变更申请: each approved change makes a new contract version, never an edit."""

    TRANSITIONS = CHANGE_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="change_requests", verbose_name="项目")
    kind = models.CharField(
        "类型",
        max_length=12,
        choices=[
            ("leader", "负责人"),
            ("members", "成员单位"),
            ("kpi", "考核指标"),
            ("budget", "预算调整"),
            ("schedule", "进度延期"),
            ("termination", "终止"),
        ],
    )
    reason = models.TextField("事由")
    before = models.JSONField("变更前", default=dict)
    after = models.JSONField("变更后", default=dict)
    state = models.CharField("状态", max_length=12, choices=ChangeState.choices, default=ChangeState.DRAFT)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批人"
    )
    decision_note = models.CharField("审批意见", max_length=300, blank=True)
    created_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "变更申请"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"], condition=Q(state="submitted"), name="change_one_open_per_kind"
            ),
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="change_state_known"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="change_two_persons"
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.get_kind_display()}变更"
