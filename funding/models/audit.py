"""Third-party audit engagements (articles 17, 18): time-limited, on chosen projects, read-only."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from funding.models.scope import OfVisibleProjects
from funding.states import AUDIT_TRANSITIONS, AuditState


class AuditQuerySet(OfVisibleProjects):
    """Which engagements a person may see."""

    def visible_to(self, user):
        """Auditors their own, while they last; others those of their projects."""
        if user.duty == "auditor":
            today = timezone.localdate()
            return self.filter(auditor=user, starts_on__lte=today, ends_on__gte=today)
        return super().visible_to(user)


class AuditEngagement(models.Model):
    """An auditor may read one project from a day to a day."""

    TRANSITIONS = AUDIT_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="audits", verbose_name="项目")
    auditor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="audits", verbose_name="审计人员"
    )
    firm = models.CharField("审计机构", max_length=100)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    report = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="审计报告", null=True, blank=True, related_name="+"
    )
    opinion = models.TextField("审计意见", blank=True)
    state = models.CharField("状态", max_length=10, choices=AuditState.choices, default=AuditState.OPEN)
    engaged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="委托人")
    created_at = models.DateTimeField("委托时间", auto_now_add=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计委托"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="audit_dates"),
            models.CheckConstraint(condition=Q(state__in=AuditState.values), name="audit_state_known"),
        ]

    def __str__(self):
        return f"{self.project} {self.firm}"


class AuditFinding(models.Model):
    """A question or finding of the auditor and the unit's answer."""

    engagement = models.ForeignKey(
        AuditEngagement, models.PROTECT, related_name="audit_findings", verbose_name="审计委托"
    )
    line = models.ForeignKey(
        "funding.LedgerLine", models.PROTECT, verbose_name="明细账行", null=True, blank=True, related_name="+"
    )
    text = models.TextField("问题或发现")
    answer = models.TextField("单位答复", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="答复人", null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("提出时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计发现"
        ordering = ["engagement", "id"]

    def __str__(self):
        return self.text[:40]

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.engagement.project
