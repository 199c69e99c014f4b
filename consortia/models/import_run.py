"""One table on its way into the registry: file, check, confirmation, writing, with progress (A5, I4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from consortia.states import IMPORT_TRANSITIONS, ImportState

COUNTED = ("新增", "修改", "无变化", "有误")


class ImportRun(models.Model):
    """The row is the truth; the broker only wakes the worker."""

    TRANSITIONS = IMPORT_TRANSITIONS

    kind = models.CharField(
        "名录",
        max_length=12,
        choices=[("unit", "单位"), ("consortium", "联合体"), ("membership", "联合体成员"), ("expert", "评审专家")],
    )
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+", verbose_name="表格")
    error_file = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="错误清单"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ImportState.choices, default=ImportState.QUEUED, db_index=True
    )
    total = models.PositiveIntegerField("行数", default=0)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    counts = models.JSONField("结果", default=dict)
    preview = models.JSONField("前若干行", default=list)
    error = models.CharField("失败原因", max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人")
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    touched_at = models.DateTimeField("最近进展", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "表格导入"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="importrun_state_known"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="importrun_progress_range"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.file.name}"

    @property
    def counted(self) -> list[tuple[str, int]]:
        """Words and numbers of the check in the order of reading; PostgreSQL keeps no order of keys."""
        return [(word, self.counts[word]) for word in COUNTED if word in self.counts]
