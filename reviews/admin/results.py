"""Pages of a closed round: ranking, workbook, the list to be decided, all sheets on paper (D5, D6)."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from portal import sheets
from portal.errors import Refused
from reviews.actions import conclusions, proposals
from reviews.admin.pages import form_page, page, workbook
from reviews.forms.decisions import ProposalForm
from reviews.queries import results
from reviews.queries.charts import ranking_chart
from reviews.queries.proposals import granted_elsewhere


class ResultPages:
    """Mixed into the admin of rounds."""

    def ranking_view(self, request, pk):
        """Figures, flags and the chart of a closed round."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        items = list(results.ranking(round)) if round.state == "closed" else []
        context = {"round": round, "items": items, "chart": ranking_chart(items), "back_url": back}
        return page(self, request, "admin/reviews/ranking.html", title="评审排名", **context)

    def ranking_xlsx_view(self, request, pk):
        """The same as a workbook."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        if round.state != "closed":
            return HttpResponseRedirect(back)
        data = sheets.write_xlsx({"排名": results.ranking_sheet(round)})
        return workbook(data, f"ranking-{round.pk}-{timezone.localdate():%Y%m%d}.xlsx")

    def proposal_view(self, request, pk):
        """Choose outcomes beside the ranking; leaving the order needs a reason."""
        round, back = self._round(request, pk, "reviews.propose")
        items = list(results.ranking(round)) if round.state == "closed" and round.kind == "selection" else []
        taken = granted_elsewhere(round.call, [item.application_id for item in items])
        left = max(round.call.number_of_grants - taken, 0)
        form = ProposalForm(items, request.POST or None, initial=_outcomes(items, left))

        def run(data):
            made = proposals.propose(round=round, outcomes=form.outcomes(), by=request.user)
            return reverse("admin:reviews_proposal_change", args=[made.pk])

        response = form_page(
            self,
            request,
            form,
            run,
            title="拟定拟支持名单",
            submit="提交拟支持名单",
            back=back,
            done="名单已提交，待中心负责人确认。",
            round=round,
            taken=taken,
            left=left,
        )
        if hasattr(response, "template_name"):
            response.template_name = "admin/reviews/proposal.html"
        return response

    def sheets_view(self, request, pk):
        """One PDF with all submitted sheets."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        if request.method != "POST":
            return HttpResponseRedirect(back)
        try:
            document = conclusions.request_score_sheets(round, by=request.user)
        except Refused as refusal:
            self.message_user(request, refusal.message, level="error")
            return HttpResponseRedirect(back)
        return HttpResponseRedirect(reverse("document", args=[document.verification_code]))


def _outcomes(items, grants: int) -> dict:
    """The order of rank as a start, or what was proposed before."""
    initial = {}
    for place, item in enumerate(items):
        earlier = getattr(item, "proposal_item", None)
        initial[f"outcome_{item.pk}"] = earlier.outcome if earlier else "support" if place < grants else "reserve"
        initial[f"reason_{item.pk}"] = earlier.reason if earlier else ""
    return initial
