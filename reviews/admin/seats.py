"""Seats in the admin: unlock, void, substitute (D2, D4, R14)."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from portal.admin_base import WorkflowAdmin
from reviews.actions import rounds, sheets
from reviews.admin.pages import DUTIES, act, badge, require
from reviews.models import Assignment


@admin.register(Assignment)
class AssignmentAdmin(WorkflowAdmin):
    """Seats; scores are never edited here, only given back or voided with a reason."""

    menu_order = 31
    view_roles = DUTIES
    acts = {"unlock": sheets.unlock_sheet, "void": sheets.void_assignment}
    needs_note = frozenset({"unlock", "void"})
    list_display = ["expert", "item", "round_title", badge, "origin", "is_chair", "submitted_at"]
    list_filter = ["state", "origin", "item__round"]
    search_fields = ["expert__user__name"]
    list_select_related = ["expert__user", "item__round", "item__application", "item__project"]

    @admin.display(description="轮次")
    def round_title(self, seat):
        """The round of the seat."""
        return seat.item.round.title

    def get_urls(self):
        """The act of substitution."""
        view = self.admin_site.admin_view(self.substitute_view)
        return [path("<int:pk>/substitute/", view, name="reviews_assignment_substitute"), *super().get_urls()]

    def substitute_view(self, request, pk):
        """Seat the best free expert instead."""
        seat = get_object_or_404(Assignment.objects.select_related("item__round"), pk=pk)
        require(request, "reviews.manage_assignments", seat.item.round)
        back = reverse("admin:reviews_round_items", args=[seat.item.round_id])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        return act(request, back, "已安排递补专家。", rounds.substitute, seat)
