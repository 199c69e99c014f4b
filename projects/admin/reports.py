"""Progress reports in the admin (6(4), 7(4))."""

from django.contrib import admin

from portal.admin_base import WorkflowAdmin
from projects.actions import reports
from projects.admin.shared import badge
from projects.models import ProgressReport


@admin.register(ProgressReport)
class ProgressReportAdmin(WorkflowAdmin):
    """Read and answer."""

    menu_order = 19
    acts = {"review": reports.review_report, "send_back": reports.send_back_report}
    needs_note = frozenset({"review", "send_back"})
    list_display = ["title", "project", "kind", badge, "due_on", "submitted_at", "reviewed_by"]
    list_filter = ["state", "kind", "project__call"]
    search_fields = ["title", "project__number", "project__title"]
    list_select_related = ["project", "reviewed_by"]
    date_hierarchy = "due_on"
    fields = [
        "project", "kind", "title", "due_on", "happened_on", "done", "problems", "next_steps", "submitted_by",
        "submitted_at", "answer", "reviewed_by", "reviewed_at",
    ]  # fmt: skip
    readonly_fields = fields
