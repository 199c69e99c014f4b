"""What a unit is told of its review: words of the center, never those of a single expert without it."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class FeedbackLetter(models.Model):
    """评审意见反馈: drafted and edited by the center, frozen when it is released to the unit."""

    item = models.OneToOneField("reviews.ReviewItem", models.PROTECT, related_name="feedback", verbose_name="评审对象")
    text = models.TextField("反馈意见")
    revision = models.PositiveIntegerField(default=0)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="拟稿人")
    edited_at = models.DateTimeField("拟稿时间", auto_now=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发出人"
    )
    released_at = models.DateTimeField("发出时间", null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审意见反馈"
        ordering = ["item"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(text="")),
                name="feedback_released_whole",
            )
        ]

    def __str__(self):
        return f"{self.item} 评审意见反馈"
