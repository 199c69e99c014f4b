"""Rounds in the admin: progress, draw, seats, reminders, ranking, proposal (D2, D5-D7)."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from portal.admin_base import WorkflowAdmin
from portal.measures.workdays import datetime_cn
from reviews.actions import proposals, reminders, rounds
from reviews.admin.draws import DrawPages
from reviews.admin.pages import DUTIES, act, badge, form_page, require
from reviews.admin.results import ResultPages
from reviews.forms.rounds import ExtendForm, RoundForm
from reviews.models import Round
from reviews.queries import draws, results

PAGES = ("draw", "assign", "extend", "remind", "ranking", "ranking_xlsx", "proposal", "sheets")


@admin.register(Round)
class RoundAdmin(DrawPages, ResultPages, WorkflowAdmin):
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
                "draws": draws.committed(round),
            }
        return super().change_view(request, object_id, form_url, context)

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
