"""Acceptance packages in the admin (11, 18)."""

from django.contrib import admin

from portal.admin_base import WorkflowAdmin
from projects.actions import packages
from projects.admin.shared import badge, file_links, page_link
from projects.models import AcceptancePackage


@admin.register(AcceptancePackage)
class AcceptancePackageAdmin(WorkflowAdmin):
    """Read, and return for more."""

    menu_order = 20
    acts = {"send_back": packages.send_back_package}
    needs_note = frozenset({"send_back"})
    list_display = ["project", badge, "submitted_by", "submitted_at"]
    list_filter = ["state", "project__call"]
    search_fields = ["project__number", "project__title"]
    list_select_related = ["project", "submitted_by"]
    fields = [
        "project", "work_summary", "self_assessment", "final_accounts_note", "sent", "sha256", "submitted_by",
        "submitted_at", "return_reason", "page",
    ]  # fmt: skip
    readonly_fields = fields

    def transitions(self, request, obj):
        """Nothing is returned once the evaluation has begun."""
        return super().transitions(request, obj) if obj.project.state == "final_submitted" else []

    @admin.display(description="文件")
    def sent(self, obj):
        """Links to the files."""
        return file_links(obj.files.select_related("file"))

    @admin.display(description="材料页面")
    def page(self, obj):
        """Link to the portal page."""
        return page_link("查看", "package", obj.project.public_id)
