"""Rectification in the admin (20)."""

from django.contrib import admin

from portal import documents
from portal.admin_base import WorkflowAdmin
from projects.actions import rectifications
from projects.admin.shared import badge, file_links, page_link
from projects.models import Rectification


@admin.register(Rectification)
class RectificationAdmin(WorkflowAdmin):
    """Re-check a reply; orders are made on the page of the project."""

    menu_order = 21
    acts = {"fulfil": rectifications.fulfil_rectification, "miss": rectifications.miss_rectification}
    needs_note = frozenset({"fulfil", "miss"})
    list_display = ["project", badge, "articles", "due_on", "ordered_by", "replied_at", "rechecked_at"]
    list_filter = ["state", "project__call"]
    search_fields = ["project__number", "project__title"]
    list_select_related = ["project", "ordered_by"]
    fields = [
        "project", "problems", "articles", "due_on", "ordered_by", "ordered_at", "paper", "reply", "sent",
        "replied_by", "replied_at", "recheck", "rechecked_by", "rechecked_at",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="整改通知 PDF")
    def paper(self, obj):
        """Link to the notice."""
        document = documents.latest("rectification_notice", obj)
        return page_link(document.get_state_display(), "document", document.verification_code) if document else "—"

    @admin.display(description="整改佐证")
    def sent(self, obj):
        """Links to the files of the reply."""
        return file_links(obj.files.select_related("file"))
