"""Score sheets: points per criterion; a submitted sheet is locked by the database too."""

from django.db import models
from django.db.models import Q


class ScoreSheet(models.Model):
    """An expert's sheet for one assignment."""

    assignment = models.OneToOneField("reviews.Assignment", models.PROTECT, related_name="sheet", verbose_name="指派")
    recommendation = models.CharField("推荐意见", max_length=10, blank=True, help_text="取值见本轮评分表。")
    comment = models.TextField("总体评价", blank=True)
    total = models.DecimalField("总分", max_digits=5, decimal_places=2, null=True, blank=True)
    locked = models.BooleanField("已提交锁定", default=False)
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField("保存时间", auto_now=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评分表"
        constraints = [
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gte=0, total__lte=100), name="sheet_total_range"
            ),
            models.CheckConstraint(condition=Q(locked=False) | Q(total__isnull=False), name="sheet_locked_complete"),
        ]

    def __str__(self):
        return f"{self.assignment} 评分表"


class ScoreEntry(models.Model):
    """Points and comment for one criterion; missing is null, never zero, and so is what does not apply."""

    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="entries")
    criterion = models.SlugField("指标", max_length=30)
    maximum = models.DecimalField("满分", max_digits=5, decimal_places=2)
    points = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True, blank=True)
    not_applicable = models.BooleanField("不适用", default=False)
    # Points of a draft that the center's change of the scheme made impossible: shown until new ones are given.
    set_aside = models.DecimalField("评分表调整前的得分", max_digits=5, decimal_places=2, null=True, blank=True)
    comment = models.TextField("评语", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分项得分"
        ordering = ["sheet", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="score_once"),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__gte=0, points__lte=models.F("maximum")),
                name="score_in_range",
            ),
            models.CheckConstraint(
                condition=Q(not_applicable=False) | Q(points__isnull=True), name="score_or_not_applicable"
            ),
        ]

    def __str__(self):
        return f"{self.criterion} {self.points}"
