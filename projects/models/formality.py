"""Formality check: one result per rule, nothing unchecked counts as passed; one supplement round."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class FormalityItem(models.Model):
    """The result of one rule for one application."""

    application = models.ForeignKey("projects.Application", models.PROTECT, related_name="formality_items")
    rule = models.CharField("规则", max_length=40)
    title = models.CharField("审查内容", max_length=120)
    article = models.CharField("条款", max_length=20, blank=True)
    mode = models.CharField(
        "方式", max_length=10, choices=[("automatic", "自动"), ("data", "需数据"), ("manual", "人工")]
    )
    result = models.CharField(
        "结果",
        max_length=10,
        default="unchecked",
        choices=[("unchecked", "未审查"), ("pass", "通过"), ("fail", "不通过"), ("supplement", "需补正")],
    )
    evidence = models.TextField("依据", blank=True)
    note = models.CharField("意见", max_length=300, blank=True)
    place = models.CharField("对应位置", max_length=60, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField("审查时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "形式审查项"
        ordering = ["application", "id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "rule"], name="formality_rule_once"),
            models.CheckConstraint(
                condition=Q(result__in=["unchecked", "pass", "fail", "supplement"]), name="formality_result_known"
            ),
        ]

    def __str__(self):
        return f"{self.title}：{self.get_result_display()}"


class SupplementRequest(models.Model):
    """The one 补正 round: what to mend, until when."""

    application = models.OneToOneField("projects.Application", models.PROTECT, related_name="supplement_request")
    places = models.JSONField("可修改的部分", default=list)
    text = models.TextField("补正要求")
    problems = models.JSONField("须补正的事项", default=list, help_text="item, article, fact, place：发出通知时冻结。")
    due_at = models.DateTimeField("补正截止")
    first_due_at = models.DateTimeField("原补正截止", null=True, blank=True)
    extension_reason = models.CharField("延长理由", max_length=300, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField("要求时间", auto_now_add=True)
    supplied_at = models.DateTimeField("补正提交时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "补正通知"
        constraints = [
            models.CheckConstraint(
                condition=Q(first_due_at__isnull=True)
                | Q(due_at__gt=models.F("first_due_at"), extension_reason__gt=""),
                name="supplement_extended_with_reason",
            )
        ]

    def __str__(self):
        return f"{self.application} 补正"
