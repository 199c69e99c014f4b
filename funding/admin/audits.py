"""Audit engagements in the admin (17, 18)."""

from django.contrib import admin
from django.urls import path, reverse

from funding.actions.audits import engage_auditor
from funding.admin.shared import badge, file_link, form_page, require
from funding.forms.center import EngageForm
from funding.models import AuditEngagement, AuditFinding
from funding.views.frame import bind
from portal.admin_base import CheckedAdmin, CheckedInline


class FindingInline(CheckedInline):
    """Questions and answers."""

    model = AuditFinding
    fields = ["line", "text", "answer", "answered_by"]


@admin.register(AuditEngagement)
class AuditEngagementAdmin(CheckedAdmin):
    """Who audits which project, until when, and what came of it."""

    menu_order = 46
    list_display = ["project", "firm", "auditor", "starts_on", "ends_on", badge]
    list_filter = ["state"]
    search_fields = ["project__number", "project__title", "firm", "auditor__name"]
    list_select_related = ["project", "auditor"]
    inlines = [FindingInline]
    fields = ["project", "auditor", "firm", "starts_on", "ends_on", badge, "paper", "opinion", "engaged_by"]
    readonly_fields = fields
    change_list_template = "admin/funding/audit_list.html"

    @admin.display(description="审计报告")
    def paper(self, obj):
        """Link to the report."""
        return file_link(obj.report)

    def get_urls(self):
        """A new engagement."""
        view = self.admin_site.admin_view(self.engage_view)
        return [path("engage/", view, name="funding_auditengagement_engage"), *super().get_urls()]

    def engage_view(self, request):
        """Choose project, person and days; the reading right follows the days."""
        require(request, "funding.engage_auditor")
        return form_page(
            self,
            request,
            bind(EngageForm, request),
            lambda **data: engage_auditor(by=request.user, **data),
            title="委托审计",
            done="已委托，审计人员在委托期内可以查看该项目。",
            back=reverse("admin:funding_auditengagement_changelist"),
        )
