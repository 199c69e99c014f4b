"""Change requests in the admin (17(4))."""

from django.contrib import admin
from django.utils.html import format_html_join

from portal.admin_base import WorkflowAdmin
from projects.actions import changes
from projects.admin.shared import badge
from projects.models import ChangeRequest


@admin.register(ChangeRequest)
class ChangeRequestAdmin(WorkflowAdmin):
    """Approve or refuse; each approval makes the next version of the contract."""

    menu_order = 16
    acts = {"approve": changes.approve_change, "refuse": changes.refuse_change}
    needs_note = frozenset({"refuse"})
    list_display = ["project", "kind", badge, "requested_by", "created_at", "decided_by"]
    list_filter = ["state", "kind"]
    search_fields = ["project__number", "project__title"]
    list_select_related = ["project", "requested_by", "decided_by"]
    fields = [
        "project", "kind", "reason", "comparison", "requested_by", "created_at", "decided_by", "decided_at",
        "decision_note",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="变更前后")
    def comparison(self, obj):
        """Before and after, one line each."""
        rows = ((name, value, obj.after.get(name, "—")) for name, value in obj.before.items())
        return format_html_join("", "<p><strong>{}</strong>：{} → {}</p>", rows) or "—"
