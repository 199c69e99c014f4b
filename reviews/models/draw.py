"""A draw of experts: what was drawn from what, by which seed, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.states import DRAW_TRANSITIONS, DrawState


class ExpertDraw(models.Model):
    """One run of the optimiser for a round. The row is the truth; the broker only wakes the worker.

    `snapshot` holds all that the result rests on (items, pool, conflicts, wishes), `result` the seats, chairs and
    reserves as numbers: snapshot and seed give the result again at any time.
    """

    TRANSITIONS = DRAW_TRANSITIONS

    round = models.ForeignKey("reviews.Round", models.PROTECT, related_name="draws", verbose_name="轮次")
    seed = models.CharField("种子", max_length=64)
    state = models.CharField("状态", max_length=10, choices=DrawState.choices, default=DrawState.QUEUED, db_index=True)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    snapshot = models.JSONField("候选快照", default=dict)
    digest = models.CharField("快照摘要", max_length=64, blank=True)
    result = models.JSONField("结果", default=dict)
    figures = models.JSONField("数字", default=dict)
    error = models.CharField("没有完成的原因", max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")
    created_at = models.DateTimeField("试抽时间", auto_now_add=True)
    touched_at = models.DateTimeField("最近进展", auto_now=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确定人"
    )
    committed_at = models.DateTimeField("确定时间", null=True, blank=True)
    recomputed_at = models.DateTimeField("最近复算", null=True, blank=True)
    recomputed_equal = models.BooleanField("复算一致", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "专家抽取"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DrawState.values), name="draw_state_known"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="draw_progress_range"),
            models.CheckConstraint(
                condition=~Q(state="committed") | Q(committed_by__isnull=False, committed_at__isnull=False),
                name="draw_committed_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.round}，种子 {self.seed}"
