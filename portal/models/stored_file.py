"""Private files: the row says who brought what; the bytes lie under their SHA-256."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class StoredFile(models.Model):
    """One upload or generated file. Bytes are immutable and shared by equal content."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("大小（字节）")
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    scan_state = models.CharField(
        "查毒",
        max_length=12,
        choices=[("clean", "已通过"), ("unscanned", "未配置查毒"), ("quarantined", "已隔离")],
        default="unscanned",
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传人", null=True, related_name="+"
    )
    created_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="file_not_empty"),
            models.CheckConstraint(
                condition=Q(scan_state__in=["clean", "unscanned", "quarantined"]), name="file_scan_known"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def short_digest(self) -> str:
        """First 12 hex digits, enough for a person to compare."""
        return self.sha256[:12]
