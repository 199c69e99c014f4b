"""Proposals in the admin: confirm, approve, return (D6)."""

from django.contrib import admin

from portal.admin_base import WorkflowAdmin
from reviews.actions import proposals
from reviews.admin.pages import DUTIES
from reviews.models import Proposal, ProposalItem


class ProposalItemInline(admin.TabularInline):
    """The list, in order of rank, to be read."""

    model = ProposalItem
    fields = readonly_fields = ["rank", "item", "score", "outcome", "deviates", "reason"]
    extra = 0
    can_delete = False

    def get_queryset(self, request):
        """With what the columns name."""
        return super().get_queryset(request).select_related("item__application", "item__project")

    @admin.display(description="排名")
    def rank(self, row):
        """Rank of the item."""
        return row.item.rank

    @admin.display(description="得分")
    def score(self, row):
        """Score of the item."""
        return row.item.score

    def has_view_permission(self, request, obj=None):
        """As the proposal."""
        return request.user.duty in DUTIES

    def has_add_permission(self, request, obj=None):
        """Made by the page of the round only."""
        return False

    def has_change_permission(self, request, obj=None):
        """Never edited: proposed anew."""
        return False


@admin.register(Proposal)
class ProposalAdmin(WorkflowAdmin):
    """Three people, three steps."""

    view_roles = DUTIES
    acts = {
        "confirm": proposals.confirm_proposal,
        "approve": proposals.approve_proposal,
        "send_back": proposals.send_back_proposal,
        "reopen": proposals.reopen_proposal,
    }
    needs_note = frozenset({"send_back", "reopen"})
    list_display = ["round", "state", "proposed_by", "confirmed_by", "approved_by", "approved_at"]
    list_filter = ["state"]
    list_select_related = ["round", "proposed_by", "confirmed_by", "approved_by"]
    inlines = [ProposalItemInline]
