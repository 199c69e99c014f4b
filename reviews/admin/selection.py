"""Proposals in the admin: the list, its attempts, and the steps of three people over exactly what they saw (D6)."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import path, reverse

from portal import access, documents
from portal.admin_base import WorkflowAdmin
from portal.errors import Conflict, NotAllowed
from reviews.actions import papers, proposals
from reviews.admin.pages import DUTIES, badge, paged, require
from reviews.forms.lists import ShowForm
from reviews.models import Proposal
from reviews.queries import proposals as queries

PAGE_SIZE = 50
# Acts that agree to a list: they carry the digest of what was shown.
AGREEING = ("confirm", "approve")


@admin.register(Proposal)
class ProposalAdmin(WorkflowAdmin):
    """Three people, three steps."""

    menu_order = 32
    view_roles = DUTIES
    acts = {
        "confirm": proposals.confirm_proposal,
        "approve": proposals.approve_proposal,
        "recall": proposals.recall_proposal,
        "send_back": proposals.send_back_proposal,
        "reopen": proposals.reopen_proposal,
    }
    needs_note = frozenset({"recall", "send_back", "reopen"})
    list_display = ["round", badge, "proposed_by", "confirmed_by", "approved_by", "approved_at"]
    list_filter = ["state"]
    list_select_related = ["round", "proposed_by", "confirmed_by", "approved_by"]
    fields = [
        "round",
        ("proposed_by", "proposed_at"),
        ("confirmed_by", "confirmed_at"),
        ("approved_by", "approved_at"),
        "note",
        "digest",
    ]
    change_form_template = "admin/reviews/proposal_change.html"

    def get_queryset(self, request):
        """With what the page of a list names."""
        rows = super().get_queryset(request)
        return rows.select_related("round__call", "proposed_by", "confirmed_by", "approved_by")

    def get_urls(self):
        """The printable list."""
        view = self.admin_site.admin_view(self.print_view)
        return [path("<int:pk>/print/", view, name="reviews_proposal_print"), *super().get_urls()]

    def more_buttons(self, request, obj) -> list[dict]:
        """The ranking behind it; a list that came back is put up anew; the paper; what units are told."""
        rows = [{"label": "查看排名", "url": reverse("admin:reviews_round_ranking", args=[obj.round_id])}]
        if request.user.duty == "officer" and obj.state in queries.EDITABLE:
            rows.insert(0, {"label": "重新拟定", "url": reverse("admin:reviews_round_proposal", args=[obj.round_id])})
        if obj.digest and obj.state not in queries.EDITABLE:
            url = reverse("admin:reviews_proposal_print", args=[obj.pk])
            rows.append({"label": "打印名单（PDF）", "url": url, "post": True})
        if obj.state == "approved":
            rows.append({"label": "评审意见反馈", "url": reverse("admin:reviews_round_feedback", args=[obj.round_id])})
        return rows

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The list a page at a time, and every attempt."""
        proposal = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if proposal is not None:
            context |= _list_context(request, proposal)
            people = ("proposed_by", "confirmed_by", "approved_by", "ended_by")
            context |= {"attempts": proposal.attempts.select_related(*people).defer("rows")}
            context |= {"paper": documents.latest("selection_list", proposal)}
        return super().change_view(request, object_id, form_url, context)

    def move_view(self, request, object_id, move):
        """Agreeing shows the list and carries its digest; a second window, or a changed list, gets 409."""
        if move not in AGREEING:
            return super().move_view(request, object_id, move)
        proposal = self.row_or_404(request, object_id)
        edge = proposal.TRANSITIONS[move]
        if not access.allowed(request.user, edge.perm, proposal):
            raise NotAllowed(f"您的账号不能执行“{edge.label}”。", article=edge.article)
        if proposal.state not in edge.sources:
            raise Conflict(
                f"不能{edge.label}：名单目前的状态是“{proposal.get_state_display()}”，可能已由他人或另一个窗口办理。",
                article=edge.article,
            )
        if request.method != "POST":
            return self._agree_page(request, proposal, move)
        note, digest = request.POST.get("note", "").strip()[:2000], request.POST.get("digest", "")
        self.acts[move](proposal, by=request.user, note=note, digest=digest)
        self.message_user(request, f"已办理：{edge.label}。")
        return HttpResponseRedirect(reverse("admin:reviews_proposal_change", args=[proposal.pk]))

    def _agree_page(self, request, proposal, move):
        button = next(entry for entry in self.transitions(request, proposal) if entry["name"] == move)
        response = self.confirm_page(request, proposal, button, missing=False)
        response.template_name = "admin/reviews/proposal_agree.html"
        response.context_data |= _list_context(request, proposal)
        return response

    def print_view(self, request, pk):
        """Queue the printable list and go to it."""
        proposal = self.row_or_404(request, pk)
        require(request, "reviews.view_proposal", proposal)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:reviews_proposal_change", args=[pk]))
        document = papers.request_list(proposal, by=request.user)
        return HttpResponseRedirect(reverse("document", args=[document.verification_code]))


def _list_context(request, proposal) -> dict:
    """Figures of the whole list, and the page of it that is asked for."""
    rows = queries.choices(proposal)
    found = queries.standing(rows)
    shown = ShowForm(request.GET)
    values = shown.cleaned_data if shown.is_valid() else {}
    listed = paged(request, queries.shown_rows(proposal, found, **values), PAGE_SIZE)
    return {"found": found, "shown": shown, "page": listed, "rows": list(listed), "total": len(rows)}
