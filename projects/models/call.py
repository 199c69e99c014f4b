"""Calls for applications: everything the measures leave open is set here, with defaults from the edition."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from projects.states import CALL_TRANSITIONS, CallState


class Call(models.Model):
    """申报通知. Publishing freezes it; later changes are numbered corrections."""

    TRANSITIONS = CALL_TRANSITIONS

    year = models.PositiveSmallIntegerField("年度")
    edition = models.CharField("适用办法版本", max_length=10, default="2025")
    title = models.CharField("标题", max_length=120)
    doc_number = models.CharField("发文字号", max_length=60, blank=True)
    notice_text = models.TextField("通知正文", help_text="“一、”“（一）”开头的段落按公文层次排版。")
    opens_at = models.DateTimeField("申报开始（北京时间）")
    closes_at = models.DateTimeField("申报截止（北京时间）", help_text="到这一时刻为止；这一秒起不再接收。")
    fixed_grant = models.DecimalField(
        "每项定额支持（元）", max_digits=14, decimal_places=2, validators=[MinValueValidator(1)]
    )
    number_of_grants = models.PositiveSmallIntegerField("拟支持项目数")
    execution_start = models.DateField("执行期起")
    execution_end = models.DateField("执行期止")
    notice_working_days = models.PositiveSmallIntegerField("公示天数（工作日）", default=5)
    experts_per_application = models.PositiveSmallIntegerField("每项评审专家数", default=5)
    acceptance_pass_line = models.DecimalField("验收合格线（分）", max_digits=5, decimal_places=2, default=70)
    supplement_days = models.PositiveSmallIntegerField("补正期限（工作日）", default=5)
    instalment_plan = models.JSONField("拨付计划", default=list, blank=True)
    selection_scheme = models.JSONField("立项评分表", default=dict, blank=True)
    acceptance_scheme = models.JSONField("验收评分表", default=dict, blank=True)
    contact = models.CharField("咨询联系方式", max_length=200, blank=True)
    state = models.CharField("状态", max_length=12, choices=CallState.choices, default=CallState.DRAFT, db_index=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发布人", null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField("修订号", default=0, editable=False)
    saved_at = models.DateTimeField("最后保存", null=True, blank=True, editable=False)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "申报通知"
        ordering = ["-year", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CallState.values), name="call_state_known"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="call_window"),
            models.CheckConstraint(condition=Q(execution_end__gt=F("execution_start")), name="call_period"),
            models.CheckConstraint(condition=Q(fixed_grant__gt=0), name="call_grant_positive"),
            models.CheckConstraint(condition=Q(notice_working_days__gte=1), name="call_notice_days"),
            models.CheckConstraint(
                condition=Q(acceptance_pass_line__gte=0, acceptance_pass_line__lte=100), name="call_pass_line"
            ),
        ]

    def __str__(self):
        return self.title


class CallCorrection(models.Model):
    """A numbered correction of a published call."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="corrections", verbose_name="申报通知")
    number = models.PositiveSmallIntegerField("序号")
    text = models.TextField("更正内容")
    reason = models.CharField("更正理由", max_length=300)
    old_closes_at = models.DateTimeField("原截止时间", null=True, blank=True)
    new_closes_at = models.DateTimeField("新的截止时间", null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发布人", related_name="+")
    made_at = models.DateTimeField("更正时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知更正"
        ordering = ["call", "number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="correction_number"),
            models.CheckConstraint(
                condition=Q(old_closes_at__isnull=True, new_closes_at__isnull=True)
                | Q(old_closes_at__isnull=False, new_closes_at__isnull=False),
                name="correction_old_and_new",
            ),
        ]

    def __str__(self):
        return f"{self.call} 更正{self.number}"


class AttachmentKind(models.Model):
    """A kind of attachment that a call asks for."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="attachment_kinds", verbose_name="申报通知")
    code = models.SlugField("代码", max_length=40)
    name = models.CharField("名称", max_length=80)
    required = models.BooleanField("必交", default=True)
    signature_required = models.BooleanField("须签字", default=False)
    seal_required = models.BooleanField("须盖章", default=False)
    formats = models.CharField("格式", max_length=60, default="pdf")
    max_mb = models.PositiveSmallIntegerField("大小上限（MB）", default=20)
    hint = models.CharField("说明", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("排序", default=0)
    template_file = models.ForeignKey("portal.StoredFile", models.PROTECT, null=True, blank=True, verbose_name="模板")

    class Meta:
        verbose_name = verbose_name_plural = "附件种类"
        ordering = ["call", "order", "id"]
        constraints = [models.UniqueConstraint(fields=["call", "code"], name="attachment_kind_code")]

    def __str__(self):
        return self.name

    @property
    def format_list(self) -> tuple[str, ...]:
        """Allowed suffixes."""
        return tuple(part.strip().lower() for part in self.formats.replace("，", ",").split(",") if part.strip())


class Milestone(models.Model):
    """A dated step of the year, shown with days left."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="milestones", verbose_name="申报通知")
    code = models.SlugField("代码", max_length=40)
    name = models.CharField("名称", max_length=80)
    due_at = models.DateTimeField("时间")
    order = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "里程碑"
        ordering = ["call", "order"]
        constraints = [models.UniqueConstraint(fields=["call", "code"], name="milestone_code")]

    def __str__(self):
        return self.name
