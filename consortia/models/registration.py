"""A sent registration form, and changes of registered facts that the center confirms (A2, A4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from consortia.states import CHANGE_TRANSITIONS, ChangeState, UnitState


class Registration(models.Model):
    """One sent form and the code by which its sender asks how it stands.

    A form with a taken credit code stores no unit: it is a repeat, which the center answers by hand, so that nobody
    can find out with this form who is registered (W6).
    """

    query_code = models.CharField("查询码", max_length=24, unique=True)
    unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="registrations", verbose_name="单位")
    name = models.CharField("所填单位全称", max_length=100)
    contact_name = models.CharField("联系人", max_length=40)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("联系邮箱")
    is_repeat = models.BooleanField("重复注册", default=False)
    answer = models.CharField("答复", max_length=300, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="答复人"
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    created_at = models.DateTimeField("提交时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "注册申请"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(is_repeat=True) | Q(answer=""), name="registration_answer_to_repeat")
        ]

    def __str__(self):
        return f"{self.name}（{self.contact_name}）"

    @property
    def standing(self) -> str:
        """How it stands for its sender: pending, approved or rejected."""
        if self.is_repeat:
            return "rejected" if self.answered_at else "pending"
        return self.unit.state if self.unit.state in ("pending", "rejected") else "approved"

    @property
    def masked_email(self) -> str:
        """Enough of the address for its owner to know it."""
        name, _, domain = self.contact_email.partition("@")
        return f"{name[:2]}***@{domain}"

    @property
    def told(self) -> str:
        """What the center wrote to the sender."""
        if self.is_repeat:
            return self.answer
        return self.unit.state_note if self.unit.state == UnitState.REJECTED else ""


class UnitChange(models.Model):
    """New values of registered facts, asked for by the unit's admin; in force only when the center confirms."""

    TRANSITIONS = CHANGE_TRANSITIONS

    unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="changes", verbose_name="单位")
    kind = models.CharField("类别", max_length=8, choices=[("legal", "登记事项"), ("bank", "收款账户")])
    wanted = models.JSONField("拟变更内容")
    until = models.DateField("原名称使用至", null=True, blank=True)
    reason = models.CharField("变更原因", max_length=300)
    proof = models.ForeignKey("portal.StoredFile", models.PROTECT, verbose_name="证明材料")
    state = models.CharField(
        "状态", max_length=10, choices=ChangeState.choices, default=ChangeState.PENDING, db_index=True
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办理人"
    )
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    note = models.CharField("办理意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位资料变更"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind"], condition=Q(state="pending"), name="unitchange_one_pending"
            ),
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="unitchange_state_known"),
            models.CheckConstraint(condition=Q(kind__in=["legal", "bank"]), name="unitchange_kind_known"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("requested_by")),
                name="unitchange_two_persons",
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.get_kind_display()}变更"
