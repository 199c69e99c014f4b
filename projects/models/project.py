"""Approved projects."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from projects import extensions
from projects.states import PROJECT_TRANSITIONS, ProjectState


class ProjectQuerySet(models.QuerySet):
    """Which projects a person may see."""

    def visible_to(self, user):
        """Center all; units and leaders their own; member units those of their consortium; auditors granted ones."""
        if user.duty in ("officer", "finance", "director", "bast"):
            return self
        seat = Q(lead_unit__seats__user=user, lead_unit__seats__ended_at__isnull=True)
        member = Q(
            consortium__memberships__unit__seats__user=user,
            consortium__memberships__unit__seats__ended_at__isnull=True,
            consortium__memberships__left_on__isnull=True,
        )
        granted = Q(projectusergrant__user=user, projectusergrant__permission__codename="view_project")
        for allowed in extensions.timed_grants(user) if user.duty == "auditor" else ():
            granted &= Q(pk__in=allowed)
        return self.filter(seat | member | granted | Q(leader=user)).distinct()


class Project(models.Model):
    """立项项目: created by approval, runs under a task contract."""

    TRANSITIONS = PROJECT_TRANSITIONS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.OneToOneField("projects.Application", models.PROTECT, related_name="project")
    call = models.ForeignKey("projects.Call", models.PROTECT, related_name="projects", verbose_name="申报通知")
    number = models.CharField("项目编号", max_length=40, unique=True)
    title = models.CharField("项目名称", max_length=30)
    consortium = models.ForeignKey(
        "consortia.Consortium", models.PROTECT, related_name="projects", verbose_name="联合体"
    )
    lead_unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="projects", verbose_name="牵头单位")
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="led_projects", verbose_name="项目负责人"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="中心经办"
    )
    grant_amount = models.DecimalField("支持金额（元）", max_digits=14, decimal_places=2)
    start_on = models.DateField("执行期起")
    end_on = models.DateField("执行期止")
    baseline = models.JSONField("申报时成员信用代码", default=list, help_text="扩容以此为基数，第十条（一）1。")
    state = models.CharField(
        "状态", max_length=16, choices=ProjectState.choices, default=ProjectState.CONTRACTING, db_index=True
    )
    conclusion = models.CharField("验收结论", max_length=28, blank=True)
    approved_at = models.DateTimeField("立项时间", default=timezone.now)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ProjectState.values), name="project_state_known"),
            models.CheckConstraint(condition=Q(end_on__gt=F("start_on")), name="project_period"),
            models.CheckConstraint(condition=Q(grant_amount__gt=0), name="project_grant_positive"),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    @property
    def past_running(self) -> bool:
        """Whether the end of the period is no longer a deadline: the acceptance materials are in, or all is over."""
        return self.state not in (ProjectState.CONTRACTING, ProjectState.RUNNING, ProjectState.SUSPENDED)
