"""Proposals in the admin: confirm, approve, return (D6)."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from portal.admin_base import CheckedInline, WorkflowAdmin
from reviews.actions import proposals
from reviews.admin.pages import DUTIES, badge
from reviews.models import Proposal, ProposalItem


class ProposalItemInline(CheckedInline):
    """The list, in order of rank, to be read."""

    model = ProposalItem
    fields = readonly_fields = ["rank", "subject", "score", "outcome", "leaves_order", "reason"]

    def get_queryset(self, request):
        """With what the columns name."""
        return super().get_queryset(request).select_related("item__application__lead_unit", "item__project")

    @admin.display(description="项目")
    def subject(self, row):
        """The project with its unit."""
        return format_html("{}（{}）", row.item, row.item.application.lead_unit)

    @admin.display(description="与排名")
    def leaves_order(self, row):
        """In words."""
        return "不一致" if row.deviates else "一致"

    @admin.display(description="排名")
    def rank(self, row):
        """Rank of the item."""
        return row.item.rank

    @admin.display(description="得分")
    def score(self, row):
        """Score of the item."""
        return row.item.score


@admin.register(Proposal)
class ProposalAdmin(WorkflowAdmin):
    """Three people, three steps."""

    menu_order = 32
    view_roles = DUTIES
    acts = {
        "confirm": proposals.confirm_proposal,
        "approve": proposals.approve_proposal,
        "send_back": proposals.send_back_proposal,
        "reopen": proposals.reopen_proposal,
    }
    needs_note = frozenset({"send_back", "reopen"})
    list_display = ["round", badge, "proposed_by", "confirmed_by", "approved_by", "approved_at"]
    list_filter = ["state"]
    list_select_related = ["round", "proposed_by", "confirmed_by", "approved_by"]
    inlines = [ProposalItemInline]

    def more_buttons(self, request, obj) -> list[dict]:
        """The ranking behind it; a list that came back is put up anew."""
        rows = [{"label": "查看排名", "url": reverse("admin:reviews_round_ranking", args=[obj.round_id])}]
        if request.user.duty == "officer" and proposals.is_open(obj.round):
            rows.insert(0, {"label": "重新拟定", "url": reverse("admin:reviews_round_proposal", args=[obj.round_id])})
        return rows
