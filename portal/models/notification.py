"""What people are told: in the portal, and by e-mail through an outbox."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Notification(models.Model):
    """A message in the portal."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="收件人", related_name="notifications"
    )
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    key = models.CharField(
        max_length=120, blank=True, help_text="Same key, same person: told once (reminders are re-run safely)."
    )
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "read_at", "-id"], name="notification_inbox")]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~Q(key=""), name="notification_told_once")
        ]

    def __str__(self):
        return self.title


class OutboxMail(models.Model):
    """A mail that must leave: written in the same transaction as the step it tells of."""

    to = models.EmailField("收件人")
    subject = models.CharField("主题", max_length=150)
    body = models.TextField("正文")
    status = models.CharField(
        "状态",
        max_length=8,
        choices=[("queued", "待发送"), ("sent", "已发送"), ("failed", "失败")],
        default="queued",
        db_index=True,
    )
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    error = models.CharField("失败原因", max_length=300, blank=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "待发邮件"
        ordering = ["-id"]

    def __str__(self):
        return self.subject
