"""Revocation cases in the admin (20)."""

from django.contrib import admin
from django.utils.html import format_html

from consortia.actions import revocations
from consortia.models import Revocation
from portal.admin_base import WorkflowAdmin
from portal.templatetags.ui import tone


@admin.register(Revocation)
class RevocationAdmin(WorkflowAdmin):
    """The association decides; cases are opened on the page of the project."""

    menu_order = 55
    acts = {"revoke": revocations.decide_revocation, "dismiss": revocations.dismiss_revocation}
    needs_note = frozenset({"revoke", "dismiss"})
    list_display = ["consortium", "project_number", "badge", "hearing_until", "opened_by", "decided_by", "decided_at"]
    list_filter = ["state"]
    search_fields = ["consortium__name", "project_number"]
    list_select_related = ["consortium", "opened_by", "decided_by"]
    fields = [
        "consortium", "project_number", "facts", "hearing_until", "statement", "opened_by", "created_at",
        "decided_by", "decided_at",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="状态", ordering="state")
    def badge(self, obj):
        """The state as word and shape."""
        return format_html('<span class="badge badge-{}">{}</span>', tone(obj.state), obj.get_state_display())
