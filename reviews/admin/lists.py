"""Drafting the list of a closed selection round in the browser, page by page (D6)."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from portal.errors import Conflict, Refused
from reviews.actions import lists, proposals
from reviews.admin.pages import page, paged
from reviews.forms.lists import ChoicesForm, FillForm, ShowForm
from reviews.models import Proposal
from reviews.queries import proposals as queries

PAGE_SIZE = 50


class ListPages:
    """Mixed into the admin of rounds."""

    def proposal_view(self, request, pk):
        """The draft beside the ranking: a page of rows at a time; leaving the order needs a reason."""
        round, back = self._round(request, pk, "reviews.propose")
        proposal = Proposal.objects.filter(round=round).first()
        if round.state != "closed" or round.kind != "selection":
            return page(
                self, request, "admin/reviews/proposal.html", title="拟定拟支持名单", back_url=back, round=round
            )
        if proposal is not None and proposal.state not in queries.EDITABLE:
            raise Conflict(f"名单目前的状态是“{proposal.get_state_display()}”，不能修改。", article="8(2)")
        return self._drafting(request, round, proposal, back)

    def _drafting(self, request, round, proposal, back):
        rows = queries.choices(proposal) if proposal else []
        found = queries.standing(rows)
        shown = ShowForm(request.GET)
        status, form, listed = 200, None, None
        if rows:
            values = shown.cleaned_data if shown.is_valid() else {}
            listed = paged(request, queries.shown_rows(proposal, found, **values), PAGE_SIZE)
            form = ChoicesForm(listed, request.POST or None)
            if request.method == "POST":
                answer, status = self._save(request, round, form, proposal)
                if answer is not None:
                    return answer
        taken = queries.granted_elsewhere(round.call, round)
        left = max(round.call.number_of_grants - taken, 0)
        fill = FillForm(initial={"supports": left, "reserves": lists.default_reserves(left)})
        context = {"round": round, "proposal": proposal, "found": found, "form": form, "page": listed, "shown": shown}
        context |= {"taken": taken, "left": left, "fill": fill, "back_url": back, "total": len(rows)}
        context |= {"fallen": queries.fallen_out(rows), "seen": request.POST.get("seen") or found.digest}
        return page(self, request, "admin/reviews/proposal.html", status, title="拟定拟支持名单", **context)

    def _save(self, request, round, form, proposal):
        """(answer, status): the page again with everything typed when the save is refused."""
        if not form.is_valid():
            return None, 400
        here = f"{request.path}?{request.GET.urlencode()}"
        seen = request.POST.get("seen", "")
        try:
            kept = lists.choose(round=round, wanted=form.wanted(), seen=seen, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return None, refusal.status
        if "submit_list" not in request.POST:
            messages.success(request, "本页的选择已保存。")
            return HttpResponseRedirect(here), 302
        try:
            proposals.submit_list(round=round, seen=kept.digest, by=request.user)
        except Refused as refusal:
            messages.error(request, f"本页的选择已保存，名单没有提交：{refusal.message}")
            return HttpResponseRedirect(f"{request.path}?show=silent" if "理由" in refusal.message else here), 302
        messages.success(request, "名单已提交，待中心负责人确认。")
        return HttpResponseRedirect(reverse("admin:reviews_proposal_change", args=[proposal.pk])), 302

    def proposal_fill_view(self, request, pk):
        """Begin a list, or choose anew by rank."""
        round, _ = self._round(request, pk, "reviews.propose")
        back = reverse("admin:reviews_round_proposal", args=[pk])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        form = FillForm(request.POST)
        if not form.is_valid():
            messages.error(request, "；".join(text for errors in form.errors.values() for text in errors))
            return HttpResponseRedirect(back)
        seen = request.POST.get("seen", "")
        if not Proposal.objects.filter(round=round, items__isnull=False).exists():
            seen = lists.start_list(round=round, by=request.user).digest
        lists.fill_list(round=round, seen=seen, by=request.user, **form.cleaned_data)
        messages.success(request, "已按排名设定。可以逐项调整，与排名不一致的须填写理由。")
        return HttpResponseRedirect(back)

    def proposal_up_view(self, request, pk):
        """Reserves take the places of what was not approved."""
        round, _ = self._round(request, pk, "reviews.propose")
        back = reverse("admin:reviews_round_proposal", args=[pk])
        if request.method == "POST":
            lists.move_up(round=round, seen=request.POST.get("seen", ""), by=request.user)
            messages.success(request, "候补项目已按次序递补为拟支持，请核对后提交。")
        return HttpResponseRedirect(back)
