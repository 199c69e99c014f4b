"""Pages of a closed round: ranking with its charts, workbook, one item's panel, the experts' scales (D5)."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from portal import documents, sheets
from portal.errors import Refused
from reviews import scoring
from reviews.actions import papers
from reviews.admin.pages import back_to, chosen_keys, page, paged, workbook
from reviews.forms.results import RankingFilter
from reviews.queries import panels, progress, results
from reviews.queries.charts import distribution, ranking_chart
from reviews.queries.workbooks import round_workbook

PAGE_SIZE = 25
HISTORY = 30


class ResultPages:
    """Mixed into the admin of rounds."""

    def ranking_view(self, request, pk):
        """Figures, flags and charts of a closed round, a page at a time."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        context = {"round": round, "back_url": back, "title": "评审排名", "page": None}
        if round.state == "closed":
            bins = results.score_bins(round)
            form = RankingFilter(request.GET, fields=results.fields_of(round))
            wanted = form.values()
            filtered = any(value for name, value in wanted.items() if name != "sort")
            count = None if filtered else sum(row["count"] for row in bins)
            rows = paged(request, results.ranking(round, **wanted), PAGE_SIZE, count=count)
            items = results.ranked(rows.object_list, round)
            context |= {"form": form, "page": rows, "items": items, "chart": ranking_chart(items)}
            context |= {"distribution": distribution(bins), "tie_rule": _tie_rule(round), "filtered": filtered}
            context |= {"trim_from": scoring.scheme_of(round.scheme).trim_from}
        return page(self, request, "admin/reviews/ranking.html", wide=True, **context)

    def ranking_xlsx_view(self, request, pk):
        """Ranking and all scores as a workbook."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        if round.state != "closed":
            return HttpResponseRedirect(back)
        data = sheets.write_xlsx(round_workbook(round))
        return workbook(data, f"ranking-{round.pk}-{timezone.localdate():%Y%m%d}.xlsx")

    def item_view(self, request, pk, item):
        """All sheets of an item side by side, what is odd about them, and what happened."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        row = get_object_or_404(results.with_subjects(round.items.all(), round), pk=item)
        row.round = round
        context = panels.panel_of(row) | {"item": row, "round": round, "back_url": back, "title": row.title}
        context |= {"events": progress.item_history(row)[:HISTORY], "tie_rule": _tie_rule(round)}
        context |= {"paper": documents.latest("item_sheets", row)}
        return page(self, request, "admin/reviews/item.html", wide=True, **context)

    def scales_view(self, request, pk):
        """Leniency of each expert and the agreement of the round: to be read, never to rank by."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        found, rows = panels.scale_rows(round)
        context = {"round": round, "back_url": back, "scales": found, "page": paged(request, rows, PAGE_SIZE)}
        return page(self, request, "admin/reviews/scales.html", title="评分尺度与一致性", **context)

    def sheets_view(self, request, pk):
        """One PDF with all submitted sheets."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        if request.method != "POST":
            return HttpResponseRedirect(back)
        try:
            document = papers.request_score_sheets(round, by=request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(back)
        return HttpResponseRedirect(reverse("document", args=[document.verification_code]))

    def item_sheets_view(self, request, pk):
        """A PDF of the sheets of each chosen item."""
        round, _ = self._round(request, pk, "reviews.view_ranking")
        back = back_to(request, reverse("admin:reviews_round_ranking", args=[pk]))
        if request.method != "POST":
            return HttpResponseRedirect(back)
        try:
            made = papers.request_item_sheets(round, items=chosen_keys(request, "item"), by=request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(back)
        if len(made) == 1:
            return HttpResponseRedirect(reverse("document", args=[made[0].verification_code]))
        messages.success(request, f"已安排生成 {len(made)} 个项目的评分表 PDF，可在各项目页查看进度和下载。")
        return HttpResponseRedirect(back)


def _tie_rule(round) -> str:
    return scoring.tie_rule(scoring.scheme_of(round.scheme))
