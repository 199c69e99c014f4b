"""Units: legal bodies with a validated unified social credit code (GB 32100-2015)."""

import uuid

from django.db import models
from django.db.models import F, Q

from consortia.states import UNIT_TRANSITIONS, UnitState
from portal.sealed import SealedField, last_four


class UnitKind(models.TextChoices):
    """Legal nature of a unit."""

    GOVERNMENT = "government", "党政机关"
    INSTITUTION = "institution", "事业单位"
    STATE_OWNED = "state_owned", "国有企业"
    PRIVATE = "private", "民营企业"
    FOREIGN = "foreign", "外资企业"
    ASSOCIATION = "association", "社会团体"
    NON_ENTERPRISE = "non_enterprise", "民办非企业单位"
    FOUNDATION = "foundation", "基金会"
    PARK = "park", "园区管委会"
    OTHER = "other", "其他"


class AccountingSystem(models.TextChoices):
    """The accounting system a unit keeps its books by: accounts differ, so the ban check must know."""

    ENTERPRISE = "enterprise", "企业会计准则"
    GOVERNMENT = "government", "政府会计制度"
    NON_PROFIT = "non_profit", "民间非营利组织会计制度"


class UnitQuerySet(models.QuerySet):
    """Which units a person may see."""

    def visible_to(self, user):
        """Center and BAST see all, others the units where they hold a seat."""
        if user.duty in ("officer", "finance", "director", "bast"):
            return self
        return self.filter(seats__user=user, seats__ended_at__isnull=True).distinct()


class Unit(models.Model):
    """A legal body. Its credit code is the key of the application cap (5(1)1)."""

    TRANSITIONS = UNIT_TRANSITIONS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("单位全称", max_length=100, help_text="须与公章一致。")
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    kind = models.CharField("单位性质", max_length=16, choices=UnitKind.choices)
    district = models.CharField("所在区", max_length=20)
    accounting_system = models.CharField("执行的会计制度", max_length=12, choices=AccountingSystem.choices)
    legal_representative = models.CharField("法定代表人", max_length=40)
    address = models.CharField("通讯地址", max_length=200, blank=True)
    established_on = models.DateField("成立日期", null=True, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("联系邮箱", blank=True, help_text="注册通过后，单位管理员的邀请发往这里。")
    bank_name = models.CharField("开户行", max_length=100, blank=True)
    bank_account_name = models.CharField("户名", max_length=100, blank=True)
    bank_account = SealedField("银行账号", blank=True)
    introduction = models.TextField("单位简介", max_length=800, blank=True)
    state = models.CharField("状态", max_length=10, choices=UnitState.choices, default=UnitState.PENDING, db_index=True)
    state_note = models.CharField("审核意见", max_length=300, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入单位", null=True, blank=True, related_name="merged_units"
    )
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=UnitState.values), name="unit_state_known"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")), name="unit_not_merged_into_self"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def masked_account(self) -> str:
        """The bank account with all but the last four digits hidden."""
        return last_four(self.bank_account) or "（未填写）"


class UnitName(models.Model):
    """A former name of a unit."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="former_names")
    name = models.CharField("曾用名", max_length=100)
    until = models.DateField("使用至")

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        ordering = ["-until"]

    def __str__(self):
        return self.name
