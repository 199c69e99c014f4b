"""The holiday table: which days are working days; a year without rows is an error, never a guess."""

from django.db import models


class CalendarDay(models.Model):
    """One day of the official calendar."""

    day = models.DateField("日期", primary_key=True)
    is_working = models.BooleanField("工作日")
    name = models.CharField("节假日名称", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ["day"]

    def __str__(self):
        return f"{self.day:%Y-%m-%d} {'工作日' if self.is_working else '休息日'}"
