"""The event log: append-only, hash-chained; refused attempts are in it too."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Event(models.Model):
    """One thing that somebody did or was refused. Written only by portal.events.record."""

    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", null=True, related_name="+"
    )
    actor_name = models.CharField("操作人姓名", max_length=60, blank=True)
    verb = models.CharField("动作", max_length=60)
    label = models.CharField("说明", max_length=200)
    target_type = models.CharField("对象类型", max_length=60, blank=True)
    target_id = models.CharField("对象编号", max_length=40, blank=True)
    target_label = models.CharField("对象", max_length=200, blank=True)
    before = models.JSONField("之前", default=dict)
    after = models.JSONField("之后", default=dict)
    note = models.TextField("备注", blank=True)
    article = models.CharField("依据条款", max_length=40, blank=True)
    outcome = models.CharField("结果", max_length=8, choices=[("ok", "成功"), ("refused", "被拒绝")], default="ok")
    ip = models.CharField("IP", max_length=45, blank=True)
    previous_hash = models.CharField("前一摘要值", max_length=64, unique=True)
    hash = models.CharField("摘要值", max_length=64, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作日志"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["target_type", "target_id", "-id"], name="event_target"),
            models.Index(fields=["actor", "-id"], name="event_actor"),
        ]
        constraints = [models.CheckConstraint(condition=Q(outcome__in=["ok", "refused"]), name="event_outcome_known")]

    def __str__(self):
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M:%S} {self.actor_name} {self.label}"
