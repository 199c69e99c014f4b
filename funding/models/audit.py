"""Third-party audit engagements (articles 17, 18): time-limited, on chosen projects, read-only."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from funding.models.scope import OfVisibleProjects
from funding.states import (
    AUDIT_PACKAGE_TRANSITIONS,
    AUDIT_TRANSITIONS,
    FINDING_TRANSITIONS,
    AuditState,
    FindingState,
    PackageState,
)


class AuditEngagement(models.Model):
    """One auditor's account may read the chosen projects from a day to a day, both included."""

    auditor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="engagements", verbose_name="审计人员"
    )
    firm = models.CharField("审计机构", max_length=100)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    scope = models.TextField("审计内容", blank=True)
    engaged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="委托人")
    created_at = models.DateTimeField("委托时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计委托"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="engagement_dates")]

    def __str__(self):
        return f"{self.firm} {self.starts_on}—{self.ends_on}"


class ProjectAuditQuerySet(OfVisibleProjects):
    """Which audits a person may see."""

    def visible_to(self, user):
        """Auditors their own, while they last; others those of their projects."""
        return self.running(user) if user.duty == "auditor" else super().visible_to(user)

    def running(self, auditor):
        """Audits whose days the auditor is in today."""
        today = timezone.localdate()
        return self.filter(
            engagement__auditor=auditor, engagement__starts_on__lte=today, engagement__ends_on__gte=today
        )


class ProjectAudit(models.Model):
    """One project of an engagement, with its own questions and its own report."""

    TRANSITIONS = AUDIT_TRANSITIONS

    engagement = models.ForeignKey(
        AuditEngagement, models.PROTECT, related_name="project_audits", verbose_name="审计委托"
    )
    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="audits", verbose_name="项目")
    report = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="审计报告", null=True, blank=True, related_name="+"
    )
    opinion = models.TextField("审计意见", blank=True)
    state = models.CharField("状态", max_length=10, choices=AuditState.choices, default=AuditState.OPEN)

    objects = ProjectAuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目审计"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["engagement", "project"], name="audit_project_once"),
            models.CheckConstraint(condition=Q(state__in=AuditState.values), name="audit_state_known"),
            models.CheckConstraint(
                condition=~Q(state="reported") | Q(report__isnull=False), name="audit_reported_has_report"
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.engagement.firm}"

    @property
    def firm(self) -> str:
        """The audit firm, as reports name it."""
        return self.engagement.firm

    @property
    def auditor(self):
        """The auditor's account."""
        return self.engagement.auditor

    @property
    def ends_on(self):
        """The last day of the engagement."""
        return self.engagement.ends_on


class AuditFinding(models.Model):
    """A question or finding of the auditor, about the project or some of its ledger lines, and what follows it."""

    TRANSITIONS = FINDING_TRANSITIONS

    audit = models.ForeignKey(ProjectAudit, models.PROTECT, related_name="audit_findings", verbose_name="项目审计")
    kind = models.CharField(
        "类别", max_length=8, choices=[("question", "问题"), ("finding", "发现")], default="question"
    )
    lines = models.ManyToManyField("funding.LedgerLine", related_name="audit_findings", verbose_name="明细账行")
    text = models.TextField("问题或发现")
    state = models.CharField("状态", max_length=10, choices=FindingState.choices, default=FindingState.ASKED)
    created_at = models.DateTimeField("提出时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计发现"
        ordering = ["audit", "id"]
        constraints = [models.CheckConstraint(condition=Q(state__in=FindingState.values), name="finding_state_known")]

    def __str__(self):
        return self.text[:40]

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.audit.project


class AuditMessage(models.Model):
    """One entry of the thread of a finding; append-only."""

    finding = models.ForeignKey(AuditFinding, models.PROTECT, related_name="messages", verbose_name="审计发现")
    side = models.CharField("一方", max_length=8, choices=[("unit", "单位"), ("auditor", "审计")])
    text = models.TextField("内容")
    file = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="附件", null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发言人", related_name="+")
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计往来"
        ordering = ["finding", "id"]

    def __str__(self):
        return self.text[:40]

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.finding.audit.project


class AuditPackage(models.Model):
    """A zip of what the auditor may see of one project, made by the worker."""

    TRANSITIONS = AUDIT_PACKAGE_TRANSITIONS

    audit = models.ForeignKey(ProjectAudit, models.PROTECT, related_name="packages", verbose_name="项目审计")
    state = models.CharField("状态", max_length=10, choices=PackageState.choices, default=PackageState.QUEUED)
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField("原因", max_length=300, blank=True)
    file = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="资料包", null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="申请人", related_name="+")
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计资料包"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PackageState.values), name="auditpackage_state_known"),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(file__isnull=False), name="auditpackage_ready_has_file"
            ),
            models.UniqueConstraint(
                fields=["audit"], condition=Q(state__in=["queued", "building"]), name="auditpackage_one_at_work"
            ),
        ]

    def __str__(self):
        return f"{self.audit} 资料包"
