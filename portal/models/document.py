"""Documents that the portal makes: kind, version, frozen input, digest, verification code."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q

from portal.states import DOCUMENT_TRANSITIONS, DocumentState


class Document(models.Model):
    """One PDF. The row is the truth; the broker only wakes the worker."""

    TRANSITIONS = DOCUMENT_TRANSITIONS

    kind = models.CharField("种类", max_length=40)
    title = models.CharField("标题", max_length=200)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    version = models.PositiveIntegerField("版本", default=1)
    template_version = models.CharField("模板版本", max_length=20)
    snapshot = models.JSONField("输入快照")
    input_digest = models.CharField("输入摘要", max_length=64)
    verification_code = models.CharField("校验码", max_length=24, unique=True)
    state = models.CharField(
        "状态", max_length=12, choices=DocumentState.choices, default=DocumentState.QUEUED, db_index=True
    )
    progress = models.PositiveSmallIntegerField("进度", default=0)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    error = models.TextField("失败原因", blank=True)
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, null=True, blank=True, related_name="+")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="请求人", null=True, related_name="+"
    )
    created_at = models.DateTimeField("请求时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "input_digest"], name="document_once_per_input"
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "version"], name="document_version_unique"
            ),
            models.CheckConstraint(condition=Q(state__in=DocumentState.values), name="document_state_known"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(file__isnull=False) & ~Q(sha256="")), name="document_ready_has_file"
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="document_progress_range"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("created_at")), name="document_times"
            ),
        ]

    def __str__(self):
        return f"{self.title}（第{self.version}版）"
