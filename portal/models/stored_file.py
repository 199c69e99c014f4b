"""Private files: the row says who brought what; the bytes lie under their SHA-256."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.states import USABLE_SCANS, ScanState

SCAN_WORDS = {
    ScanState.QUARANTINED: "正在查毒，暂不能下载",
    ScanState.INFECTED: "已隔离：查出病毒，请重新上传",
}


class StoredFile(models.Model):
    """One upload or generated file. Bytes are immutable and shared by equal content."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("大小（字节）")
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    scan_state = models.CharField("查毒", max_length=12, choices=ScanState.choices, default=ScanState.UNSCANNED)
    scan_note = models.CharField("查毒说明", max_length=200, blank=True)
    scanned_at = models.DateTimeField("查毒时间", null=True, blank=True)
    verified_at = models.DateTimeField("最近校验时间", null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传人", null=True, related_name="+"
    )
    created_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="file_not_empty"),
            models.CheckConstraint(condition=Q(scan_state__in=ScanState.values), name="file_scan_known"),
        ]
        indexes = [
            # The queue of the scanner: a handful of rows among all files.
            models.Index(fields=["scanned_at"], condition=Q(scan_state="quarantined"), name="file_to_scan"),
        ]

    def __str__(self):
        return self.name

    @property
    def short_digest(self) -> str:
        """First 12 hex digits, enough for a person to compare."""
        return self.sha256[:12]

    @property
    def is_usable(self) -> bool:
        """Whether the file may be opened: scanned clean, or no scanner is configured."""
        return self.scan_state in USABLE_SCANS

    @property
    def scan_words(self) -> str:
        """What a person must know of the scan; empty when there is nothing to know."""
        return SCAN_WORDS.get(self.scan_state, "")

    @property
    def is_viewable(self) -> bool:
        """Whether a browser may show it on a page: PDF and pictures, never markup."""
        return self.is_usable and self.content_type in VIEWABLE


VIEWABLE = frozenset({"application/pdf", "image/png", "image/jpeg"})
