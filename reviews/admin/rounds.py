"""Rounds in the admin: progress, draw, seats, reminders, ranking, proposal (D2, D5-D7)."""

from datetime import datetime

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from portal import sheets
from portal.admin_base import WorkflowAdmin
from portal.errors import Refused
from portal.measures.workdays import datetime_cn
from reviews.actions import conclusions, proposals, reminders, rounds
from reviews.admin.pages import DUTIES, act, badge, form_page, page, require, workbook
from reviews.forms.center import AssignForm, DrawForm, ExtendForm, ProposalForm, RoundForm
from reviews.models import Expert, Round
from reviews.queries import results
from reviews.queries.charts import ranking_chart
from reviews.queries.proposals import granted_elsewhere

PAGES = ("draw", "assign", "extend", "remind", "ranking", "ranking_xlsx", "proposal", "sheets")


@admin.register(Round)
class RoundAdmin(WorkflowAdmin):
    """One round: open, close, and a page with everything that runs in it."""

    menu_order = 30
    view_roles = DUTIES
    acts = {"open": rounds.open_round, "close": rounds.close_round}
    list_display = ["title", "kind", "call", badge, "opens_at", "closes_at"]
    list_filter = ["kind", "state", "call"]
    search_fields = ["title"]
    list_select_related = ["call"]
    fields = [
        "title",
        "call",
        "kind",
        ("opens_at", "closes_at"),
        ("experts_per_item", "quorum"),
        "aggregation",
        "show_others_after_submit",
        "waiver",
    ]
    change_form_template = "admin/reviews/round.html"

    def more_buttons(self, request, obj) -> list[dict]:
        """What the officer does in a running round, and what follows a closed one."""
        closed, officer = obj.state == "closed", request.user.duty == "officer"
        proposes = closed and officer and obj.kind == "selection" and proposals.is_open(obj)
        rows = [
            ("proposal", "拟定拟支持名单", proposes, False),
            ("ranking", "查看排名", closed, False),
            ("sheets", "汇总打印评分表（PDF）", closed, True),
            ("draw", "抽取专家", officer and not closed, False),
            ("assign", "指派专家", officer and not closed, False),
            ("extend", "调整截止时间", officer and not closed, False),
            ("remind", "提醒未完成的专家", officer and obj.state == "open", True),
        ]
        return [
            {"label": label, "url": reverse(f"admin:reviews_round_{name}", args=[obj.pk]), "post": post}
            for name, label, shown, post in rows
            if shown
        ]

    def has_add_permission(self, request):
        """Officers."""
        return request.user.duty == "officer" and self.has_view_permission(request)

    def get_queryset(self, request):
        """With what the page of a round names."""
        return super().get_queryset(request).select_related("call", "created_by")

    def get_urls(self):
        """A page for each thing that is done in a round."""
        wrap = self.admin_site.admin_view
        extra = [
            path(
                f"<int:pk>/{name.replace('_', '.')}/", wrap(getattr(self, f"{name}_view")), name=f"reviews_round_{name}"
            )
            for name in PAGES
        ]
        return [*extra, *super().get_urls()]

    def _round(self, request, pk, perm="reviews.manage_round") -> tuple[Round, str]:
        round = get_object_or_404(Round.objects.select_related("call"), pk=pk)
        require(request, perm, round)
        return round, reverse("admin:reviews_round_change", args=[pk])

    def add_view(self, request, form_url="", extra_context=None):
        """Our form: the action takes the rest from the call."""
        require(request, "reviews.add_round")
        form = RoundForm(request.POST or None)

        def run(data):
            made = rounds.create_round(by=request.user, **data)
            return reverse("admin:reviews_round_change", args=[made.pk])

        return form_page(
            self,
            request,
            form,
            run,
            title="建立评审轮次",
            submit="建立评审轮次",
            back=reverse("admin:reviews_round_changelist"),
            done="评审轮次已建立。请抽取或指派专家，然后开始评审。",
            lead="放入形式审查通过的申报书（立项评审）或已进入评价的项目（验收评价）；已在其他未结束轮次中的不列出。",
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Add seats, progress and the links of this round."""
        round = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if round is not None:
            context |= {
                "items": results.seat_table(round),
                "progress": results.expert_progress(round),
                "is_officer": request.user.duty == "officer",
                "draws": [row | {"at": datetime.fromisoformat(row["at"])} for row in _draws(round)],
            }
        return super().change_view(request, object_id, form_url, context)

    def draw_view(self, request, pk):
        """Dry run first; the same seed then commits the same draw."""
        round, back = self._round(request, pk, "reviews.manage_assignments")
        form = DrawForm(request.POST or None)
        context = {"form": form, "round": round, "back_url": back, "title": "抽取评审专家", "draw": None}
        if request.method == "POST" and form.is_valid():
            commit = "commit" in request.POST
            try:
                draw = rounds.draw_experts(round, by=request.user, seed=form.cleaned_data["seed"], dry_run=not commit)
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                if commit:
                    self.message_user(request, f"已安排 {len(draw.seats)} 个席位，种子 {draw.seed}。")
                    return HttpResponseRedirect(back)
                context |= _preview(round, draw)
        return page(self, request, "admin/reviews/draw.html", 400 if form.errors else 200, **context)

    def assign_view(self, request, pk):
        """One seat by hand."""
        round, back = self._round(request, pk, "reviews.manage_assignments")
        form = AssignForm(round, request.POST or None, initial={"item": request.GET.get("item")})
        return form_page(
            self,
            request,
            form,
            lambda data: rounds.assign_expert(by=request.user, **data) and None,
            title="指派专家",
            submit="指派专家",
            back=back,
            done="专家已指派。",
        )

    def extend_view(self, request, pk):
        """A new deadline with its reason."""
        round, back = self._round(request, pk)
        return form_page(
            self,
            request,
            ExtendForm(request.POST or None),
            lambda data: rounds.extend_round(round, by=request.user, **data) and None,
            title="调整截止时间",
            submit="调整并通知专家",
            back=back,
            done="截止时间已调整。",
            lead=f"目前的截止时间：{datetime_cn(round.closes_at)}",
        )

    def remind_view(self, request, pk):
        """Remind those who are late."""
        round, back = self._round(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(back)
        return act(request, back, "已提醒尚未完成评审的专家。", reminders.remind_experts, round)

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


def _draws(round) -> list[dict]:
    return round.draw_snapshot.get("draws", [])


def _preview(round, draw) -> dict:
    """Names for the ids of a dry run."""
    items = {item.pk: str(item) for item in round.items.select_related("application", "project")}
    experts = {expert.pk: expert for expert in Expert.objects.select_related("user")}
    return {
        "draw": draw,
        "seats": [(items[seat.subject], experts[seat.expert], seat.reason) for seat in draw.seats],
        "unfilled": [(items[item], missing, why) for item, missing, why in draw.unfilled],
    }


def _outcomes(items, grants: int) -> dict:
    """The order of rank as a start, or what was proposed before."""
    initial = {}
    for place, item in enumerate(items):
        earlier = getattr(item, "proposal_item", None)
        initial[f"outcome_{item.pk}"] = earlier.outcome if earlier else "support" if place < grants else "reserve"
        initial[f"reason_{item.pk}"] = earlier.reason if earlier else ""
    return initial
