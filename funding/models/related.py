"""Register of units related to members: money that goes to them is looked at as passed on (17(5)(7))."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Relation(models.TextChoices):
    """How a unit is related to a registered one."""

    SUBSIDIARY = "subsidiary", "子公司或分支机构"
    PARENT = "parent", "上级单位或母公司"
    CONTROLLED = "controlled", "同一控制人"
    FOUNDED = "founded", "成员单位或其人员举办"
    OTHER = "other", "其他关联"


class RelatedUnit(models.Model):
    """One unit that is related to a registered unit; ended, never deleted."""

    unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="related_units", verbose_name="登记单位")
    name = models.CharField("关联单位名称", max_length=100)
    name_key = models.CharField("规范写法", max_length=200, editable=False, db_index=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    relation = models.CharField("关系", max_length=12, choices=Relation.choices)
    source = models.CharField("依据", max_length=300, help_text="例如工商登记信息、审计报告、单位说明。")
    ended_on = models.DateField("关系终止日期", null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", related_name="+")
    added_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "关联单位"
        ordering = ["unit", "name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name_key"], name="related_unit_once"),
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="related_unit_relation_known"),
            models.CheckConstraint(condition=~Q(name_key=""), name="related_unit_has_name"),
        ]

    def __str__(self):
        return self.name
