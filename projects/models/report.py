"""Reports, the acceptance package and rectification (articles 6(4), 7(4), 11, 18, 20)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.states import (
    PACKAGE_TRANSITIONS,
    RECTIFICATION_TRANSITIONS,
    REPORT_TRANSITIONS,
    PackageState,
    RectificationState,
    ReportState,
)


class ProgressReport(models.Model):
    """A progress report on the schedule, or a report of a major matter."""

    TRANSITIONS = REPORT_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="reports", verbose_name="项目")
    kind = models.CharField("类型", max_length=8, choices=[("progress", "进展报告"), ("major", "重大事项报告")])
    title = models.CharField("标题", max_length=100)
    due_on = models.DateField("应报日期", null=True, blank=True)
    happened_on = models.DateField("发生日期", null=True, blank=True)
    done = models.TextField("已完成工作", blank=True)
    problems = models.TextField("问题与风险", blank=True)
    next_steps = models.TextField("下一步计划", blank=True)
    figures = models.JSONField("提交时的指标与经费", default=dict)
    answer = models.TextField("中心意见", blank=True)
    state = models.CharField("状态", max_length=10, choices=ReportState.choices, default=ReportState.DUE, db_index=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审阅人"
    )
    reviewed_at = models.DateTimeField("审阅时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "进展报告"
        ordering = ["project", "due_on", "id"]
        constraints = [models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known")]

    def __str__(self):
        return self.title


class AcceptancePackage(models.Model):
    """验收材料: frozen at submit."""

    TRANSITIONS = PACKAGE_TRANSITIONS

    project = models.OneToOneField("projects.Project", models.PROTECT, related_name="package", verbose_name="项目")
    work_summary = models.TextField("工作总结", blank=True)
    self_assessment = models.TextField("绩效自评", blank=True)
    final_accounts_note = models.TextField("决算说明", blank=True)
    snapshot = models.JSONField("提交快照", default=dict, blank=True)
    sha256 = models.CharField("摘要", max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField("状态", max_length=10, choices=PackageState.choices, default=PackageState.DRAFT)
    return_reason = models.CharField("退回原因", max_length=300, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "验收材料"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PackageState.values), name="package_state_known"),
            models.CheckConstraint(condition=~Q(state="submitted") | ~Q(sha256=""), name="package_submitted_frozen"),
        ]

    def __str__(self):
        return f"{self.project} 验收材料"


class PackageFile(models.Model):
    """A file of the acceptance package, by kind."""

    package = models.ForeignKey(AcceptancePackage, models.CASCADE, related_name="files")
    kind = models.CharField(
        "材料",
        max_length=16,
        choices=[
            ("work_summary", "工作总结"),
            ("case_report", "案例报告"),
            ("map", "产业（人才）图谱"),
            ("final_accounts", "经费决算表"),
            ("self_assessment", "绩效自评表"),
            ("audit", "专项审计报告"),
            ("other", "其他"),
        ],
    )
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "验收文件"
        ordering = ["package", "kind", "id"]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.file}"

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.package.project


class Rectification(models.Model):
    """整改: problems with articles, deadline, reply, re-check."""

    TRANSITIONS = RECTIFICATION_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="rectifications", verbose_name="项目")
    problems = models.TextField("问题清单")
    articles = models.CharField("依据条款", max_length=100, default="20")
    due_on = models.DateField("整改期限")
    reply = models.TextField("整改报告", blank=True)
    recheck = models.TextField("复核意见", blank=True)
    state = models.CharField(
        "状态", max_length=12, choices=RectificationState.choices, default=RectificationState.ORDERED, db_index=True
    )
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="下达人")
    ordered_at = models.DateTimeField("下达时间", auto_now_add=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="回复人"
    )
    replied_at = models.DateTimeField("回复时间", null=True, blank=True)
    rechecked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    rechecked_at = models.DateTimeField("复核时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "整改通知"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RectificationState.values), name="rectification_state_known"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=["ordered", "replied"]), name="rectification_one_open"
            ),
            models.CheckConstraint(
                condition=Q(rechecked_by__isnull=True) | ~Q(rechecked_by=F("replied_by")),
                name="rectification_two_persons",
            ),
        ]

    def __str__(self):
        return f"{self.project} 整改通知"


class RectificationFile(models.Model):
    """A file of a rectification reply."""

    rectification = models.ForeignKey(Rectification, models.CASCADE, related_name="files")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "整改佐证"

    def __str__(self):
        return str(self.file)

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.rectification.project
