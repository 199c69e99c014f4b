"""Objections in the admin (8(3)): the list counts, the handler reads (N5, N6)."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from portal import access
from portal.admin_base import WorkflowAdmin
from projects.actions import objections
from projects.admin.shared import badge, file_links
from projects.models import Objection

HIDDEN = "承办人受理后可见"


@admin.register(Objection)
class ObjectionAdmin(WorkflowAdmin):
    """Take a case, decide it; identity and files are for its handler only."""

    menu_order = 13
    acts = {
        "accept": objections.accept_objection,
        "decline": objections.decline_objection,
        "uphold": objections.uphold_objection,
        "dismiss": objections.dismiss_objection,
    }
    needs_note = frozenset({"decline", "uphold", "dismiss"})
    list_display = ["query_code", "application", badge, "kind", "filed_at", "handler", "decided_at"]
    list_filter = ["state", "notice"]
    search_fields = ["query_code", "application__title"]
    list_select_related = ["application", "notice", "handler"]

    def has_view_permission(self, request, obj=None):
        """The list for officers and director; a case for its handler, or for anybody who may still take it."""
        perm = "projects.list_objections" if obj is None else "projects.view_objection"
        return access.allowed(request.user, perm, obj)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A case of somebody else is listed but stays closed: say why instead of a bare refusal."""
        case = self.get_object(request, object_id)
        if case is not None and self.has_view_permission(request) and not self.has_view_permission(request, case):
            messages.warning(request, _why_closed(request.user, case))
            return HttpResponseRedirect(reverse("admin:projects_objection_changelist"))
        return super().change_view(request, object_id, form_url, extra_context)

    def lookup_allowed(self, lookup, value, request=None):
        """Filters by what the list shows only: a question about a hidden column would answer who objects (W9)."""
        return lookup.split("__")[0] in ("state", "notice") and super().lookup_allowed(lookup, value, request)

    def get_fields(self, request, obj=None):
        """The text for all who may open the case, the person only for its handler."""
        common = ["query_code", "notice", "application", "kind", "text", "filed_at", "handler"]
        own = ["objector_name", "objector_contact", "sent"] if _is_own(request, obj) else ["identity"]
        return [*common, *own, "findings", "answer", "decided_at"]

    def get_readonly_fields(self, request, obj=None):
        """Nothing is edited here."""
        return self.get_fields(request, obj)

    @admin.display(description="异议人")
    def identity(self, obj):
        """Hidden until the case is taken."""
        return HIDDEN

    @admin.display(description="材料")
    def sent(self, obj):
        """Links to the files of the case."""
        return file_links(obj.files.select_related("file"))


def _why_closed(user, case) -> str:
    if case.handler_id not in (None, user.pk):
        return f"异议 {case.query_code} 由{case.handler.name}承办，内容只对承办人开放。"
    return f"异议 {case.query_code} 涉及您作出或发布的决定，须由其他经办或主任承办。"


def _is_own(request, obj) -> bool:
    return obj is not None and obj.handler_id == request.user.pk
