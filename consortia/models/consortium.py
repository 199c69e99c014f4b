"""Consortia: lead unit, members with dates, qualification as a dated history (articles 2, 3, 5, 20)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from consortia.states import REVOCATION_TRANSITIONS, QualificationStatus, RevocationState


class ConsortiumQuerySet(models.QuerySet):
    """Consortia with what lists need."""

    def visible_to(self, user):
        """Center and BAST see all; others those of a unit where they hold a seat."""
        if user.duty in ("officer", "finance", "director", "bast", "auditor"):
            return self
        seats = Q(lead_unit__seats__user=user, lead_unit__seats__ended_at__isnull=True)
        member = Q(
            memberships__left_on__isnull=True,
            memberships__unit__seats__user=user,
            memberships__unit__seats__ended_at__isnull=True,
        )
        return self.filter(seats | member).distinct()

    def with_status(self, as_of):
        """Annotate `status`: the qualification in force on the day."""
        history = Qualification.objects.filter(consortium=OuterRef("pk"), since__lte=as_of).order_by("-since", "-id")
        return self.annotate(status=Subquery(history.values("status")[:1]))


class Consortium(models.Model):
    """A 科创协同联合体 that BAST supports."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("联合体名称", max_length=100, unique=True)
    fields = models.JSONField("重点领域", default=list, help_text="办法第二条所列领域，可多选。")
    districts = models.JSONField("服务区域", default=list)
    lead_unit = models.ForeignKey(
        "consortia.Unit", models.PROTECT, verbose_name="牵头单位", related_name="led_consortia"
    )
    founded_on = models.DateField("成立日期")
    founding_document = models.CharField("成立（批复）文件", max_length=200)
    founding_file = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, null=True, blank=True, verbose_name="批复文件扫描件", related_name="+"
    )
    mechanism = models.TextField("运行机制", blank=True)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = ConsortiumQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联合体"
        ordering = ["name"]

    def __str__(self):
        return self.name

    def qualification_on(self, day) -> str | None:
        """The status in force on a day, or None when it never had one."""
        rows = self.qualifications.filter(since__lte=day).order_by("-since", "-id")
        return rows.values_list("status", flat=True).first()

    def lead_on(self, day):
        """The unit that led on a day; the present one where the history does not reach back so far."""
        term = self.lead_terms.filter(since__lte=day).select_related("unit").order_by("-since", "-id").first()
        return term.unit if term else self.lead_unit


class LeadTerm(models.Model):
    """From this day on the unit led the consortium; append-only."""

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="lead_terms", verbose_name="联合体")
    unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="+", verbose_name="牵头单位")
    since = models.DateField("自")
    reason = models.CharField("依据", max_length=300)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", null=True, related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "牵头单位沿革"
        ordering = ["consortium", "-since", "-id"]

    def __str__(self):
        return f"{self.consortium} 自{self.since}由{self.unit}牵头"


class Membership(models.Model):
    """A unit in a consortium, with dates and the signed agreement."""

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="memberships", verbose_name="联合体")
    unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="memberships", verbose_name="单位")
    role = models.CharField("角色", max_length=8, choices=[("lead", "牵头单位"), ("member", "组成单位")])
    chain_position = models.CharField("产业链位置", max_length=60, blank=True)
    task = models.CharField("承担任务", max_length=200, blank=True)
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("退出日期", null=True, blank=True)
    agreement = models.ForeignKey("portal.StoredFile", models.PROTECT, null=True, blank=True, verbose_name="入会协议")
    confirmed_at = models.DateTimeField("成员单位确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="确认人", null=True, blank=True, related_name="+"
    )
    dispute = models.CharField("成员单位不予确认的理由", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "联合体成员"
        ordering = ["consortium", "-role", "joined_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "unit"], condition=Q(left_on__isnull=True), name="membership_once_while_active"
            ),
            models.UniqueConstraint(
                fields=["consortium"], condition=Q(role="lead", left_on__isnull=True), name="membership_one_lead"
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")), name="membership_dates"
            ),
            models.CheckConstraint(condition=Q(role__in=["lead", "member"]), name="membership_role_known"),
            models.CheckConstraint(
                condition=Q(dispute="") | Q(confirmed_at__isnull=True), name="membership_disputed_or_confirmed"
            ),
        ]

    def __str__(self):
        return f"{self.unit}（{self.consortium}）"


class Qualification(models.Model):
    """One entry of a consortium's dated qualification; append-only."""

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="qualifications", verbose_name="联合体")
    status = models.CharField("资格", max_length=12, choices=QualificationStatus.choices)
    since = models.DateField("自")
    reason = models.CharField("依据与原因", max_length=300)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", null=True, related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "联合体资格"
        ordering = ["consortium", "-since", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=QualificationStatus.values), name="qualification_known")
        ]

    def __str__(self):
        return f"{self.consortium} 自{self.since}：{self.get_status_display()}"


class Revocation(models.Model):
    """A case to revoke a consortium's qualification after failed rectification (article 20)."""

    TRANSITIONS = REVOCATION_TRANSITIONS

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="revocations", verbose_name="联合体")
    project_number = models.CharField("起因项目编号", max_length=40)
    facts = models.TextField("事实与依据")
    hearing_until = models.DateField("陈述申辩截止日")
    statement = models.TextField("陈述申辩意见", blank=True)
    state = models.CharField("状态", max_length=12, choices=RevocationState.choices, default=RevocationState.NOTIFIED)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="立案人")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    created_at = models.DateTimeField("立案时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "资格撤销案"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["consortium"], condition=Q(state="notified"), name="revocation_one_open_case"
            ),
            models.CheckConstraint(condition=Q(state__in=RevocationState.values), name="revocation_state_known"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("opened_by")), name="revocation_two_persons"
            ),
        ]

    def __str__(self):
        return f"{self.consortium} 资格撤销案（{self.project_number}）"
