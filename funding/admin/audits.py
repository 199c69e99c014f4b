"""Audit engagements in the admin (17, 18)."""

from django.contrib import admin
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from funding.actions.audits import end_engagement, engage_auditor
from funding.admin.shared import badge, form_page, require
from funding.forms.center import EndForm, EngageForm
from funding.models import AuditEngagement, ProjectAudit
from funding.views.frame import bind
from portal import access
from portal.admin_base import CheckedInline, WorkflowAdmin


class ProjectAuditInline(CheckedInline):
    """The projects of an engagement, each with its questions and its report."""

    model = ProjectAudit
    fields = readonly_fields = ["page", badge, "questions", "opinion"]

    @admin.display(description="项目")
    def page(self, audit):
        """Link to the audit's page."""
        return format_html('<a href="{}">{}</a>', reverse("audit", args=[audit.pk]), audit.project)

    @admin.display(description="问题（未了结）")
    def questions(self, audit):
        """How many questions, and how many are open."""
        states = list(audit.audit_findings.values_list("state", flat=True))
        return f"{len(states)}（{sum(state != 'settled' for state in states)}）"

    def get_queryset(self, request):
        """With what the rows show."""
        return super().get_queryset(request).select_related("project", "engagement")


@admin.register(AuditEngagement)
class AuditEngagementAdmin(WorkflowAdmin):
    """Who audits which projects, until when, and what came of it."""

    menu_order = 46
    list_display = ["firm", "auditor", "starts_on", "ends_on", "how_many", "running"]
    list_filter = ["ends_on"]
    search_fields = ["firm", "auditor__name", "project_audits__project__number", "project_audits__project__title"]
    list_select_related = ["auditor"]
    inlines = [ProjectAuditInline]
    fields = ["auditor", "firm", "starts_on", "ends_on", "running", "scope", "engaged_by", "created_at"]
    readonly_fields = fields
    change_list_template = "admin/funding/audit_list.html"

    def get_queryset(self, request):
        """With the number of projects."""
        return super().get_queryset(request).annotate(projects_count=Count("project_audits", distinct=True))

    @admin.display(description="项目数")
    def how_many(self, engagement):
        """Number of projects."""
        return engagement.projects_count

    @admin.display(description="是否在期")
    def running(self, engagement):
        """Whether the auditor sees the projects today."""
        today = timezone.localdate()
        if engagement.starts_on > today:
            return "未开始"
        return "在期" if engagement.ends_on >= today else "已结束"

    def transitions(self, request, obj) -> list[dict]:
        """An engagement has no states; its audits have."""
        return []

    def more_buttons(self, request, obj) -> list[dict]:
        """End it before its day."""
        over = obj.ends_on < timezone.localdate()
        if over or not access.allowed(request.user, "funding.engage_auditor"):
            return []
        url = reverse("admin:funding_auditengagement_end", args=[obj.pk])
        return [{"name": "end", "label": "提前结束委托", "danger": True, "url": url}]

    def get_urls(self):
        """A new engagement, and the end of one."""
        wrap = self.admin_site.admin_view
        return [
            path("engage/", wrap(self.engage_view), name="funding_auditengagement_engage"),
            path("<int:pk>/end/", wrap(self.end_view), name="funding_auditengagement_end"),
            *super().get_urls(),
        ]

    def engage_view(self, request):
        """Choose projects, person and days; the right is read from the days."""
        require(request, "funding.engage_auditor")
        search = request.GET.get("q", "").strip()[:60]
        return form_page(
            self,
            request,
            bind(EngageForm, request, search=search),
            lambda **data: engage_auditor(by=request.user, **data),
            title="委托审计",
            done="已委托，审计人员在委托期内可以查看所选项目。",
            back=reverse("admin:funding_auditengagement_changelist"),
            then=lambda row: reverse("admin:funding_auditengagement_change", args=[row.pk]),
            search={"value": search, "label": "按项目编号、名称或牵头单位查找"},
        )

    def end_view(self, request, pk):
        """The right ends with the next request."""
        engagement = self.row_or_404(request, pk)
        require(request, "funding.engage_auditor")
        if request.method != "POST" and engagement.ends_on < timezone.localdate():
            self.message_user(request, "委托已经结束。", level="error")
            return HttpResponseRedirect(reverse("admin:funding_auditengagement_change", args=[pk]))
        return form_page(
            self,
            request,
            bind(EndForm, request),
            lambda **data: end_engagement(engagement, by=request.user, **data),
            title="提前结束委托",
            done="委托已结束，审计账号从现在起看不到这些项目。",
            back=reverse("admin:funding_auditengagement_change", args=[pk]),
            rows=[
                {"label": "审计机构", "value": engagement.firm},
                {"label": "审计人员", "value": str(engagement.auditor)},
            ],
        )
