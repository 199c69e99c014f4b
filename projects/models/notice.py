"""Public notices (frozen snapshots) and objections (articles 8(3))."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.states import NOTICE_TRANSITIONS, OBJECTION_TRANSITIONS, NoticeState, ObjectionState


class PublicNotice(models.Model):
    """公示: once published its snapshot never changes; a correction is a new notice with a new period."""

    TRANSITIONS = NOTICE_TRANSITIONS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    call = models.ForeignKey("projects.Call", models.PROTECT, related_name="notices", verbose_name="申报通知")
    title = models.CharField("标题", max_length=120)
    doc_number = models.CharField("发文字号", max_length=60, blank=True)
    how_to_object = models.TextField("异议方式", blank=True)
    working_days = models.PositiveSmallIntegerField("公示天数（工作日）", default=5)
    starts_on = models.DateField("公示开始", null=True, blank=True)
    ends_on = models.DateField("公示结束", null=True, blank=True)
    snapshot = models.JSONField("公示内容快照", default=dict, blank=True)
    sha256 = models.CharField("摘要", max_length=64, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=NoticeState.choices, default=NoticeState.DRAFT, db_index=True
    )
    applications = models.ManyToManyField(
        "projects.Application", related_name="notices", blank=True, verbose_name="拟支持项目"
    )
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="更正为"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发布人"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | (Q(starts_on__isnull=False, ends_on__isnull=False) & ~Q(sha256="")),
                name="notice_published_frozen",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="notice_period"
            ),
        ]

    def __str__(self):
        return self.title


class Objection(models.Model):
    """异议: real name, seen only by its handler; holds only its own project."""

    TRANSITIONS = OBJECTION_TRANSITIONS

    query_code = models.CharField("查询码", max_length=24, unique=True)
    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="objections", verbose_name="公示")
    application = models.ForeignKey(
        "projects.Application", models.PROTECT, related_name="objections", verbose_name="被异议项目"
    )
    kind = models.CharField("异议人类型", max_length=8, choices=[("person", "个人"), ("unit", "单位")])
    objector_name = models.CharField("异议人", max_length=100)
    objector_contact = models.CharField("联系方式", max_length=100)
    objected_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="被异议人员"
    )
    text = models.TextField("异议内容", max_length=5000)
    state = models.CharField(
        "状态", max_length=10, choices=ObjectionState.choices, default=ObjectionState.RECEIVED, db_index=True
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办人"
    )
    findings = models.TextField("核查情况", blank=True)
    answer = models.TextField("答复", blank=True)
    filed_at = models.DateTimeField("提出时间", auto_now_add=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ObjectionState.values), name="objection_state_known"),
            models.CheckConstraint(
                condition=Q(handler__isnull=True) | Q(objected_user__isnull=True) | ~Q(handler=F("objected_user")),
                name="objection_other_handler",
            ),
            models.CheckConstraint(
                condition=~Q(objector_name="") & ~Q(objector_contact=""), name="objection_real_name"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "accepted"]) | ~Q(answer=""), name="objection_closed_answered"
            ),
        ]

    def __str__(self):
        return f"异议 {self.query_code}"


class ObjectionFile(models.Model):
    """A file that came with an objection (sealed letter, evidence)."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="files")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "异议材料"

    def __str__(self):
        return str(self.file)
