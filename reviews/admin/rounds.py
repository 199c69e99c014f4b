"""Rounds in the admin: progress, reminders, and the pages that stand in mixins beside this (D2, D5-D7)."""

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from portal.admin_base import WorkflowAdmin
from reviews.actions import proposals, rounds
from reviews.admin.draws import DrawPages
from reviews.admin.feedback import FeedbackPages
from reviews.admin.lists import ListPages
from reviews.admin.pages import DUTIES, badge, require
from reviews.admin.progress import ProgressPages
from reviews.admin.results import ResultPages
from reviews.admin.setup import SETUP_PAGES, SetupPages
from reviews.models import Round
from reviews.queries import draws, progress

PAGES = (
    *SETUP_PAGES,
    *("draw", "assign", "items", "experts", "remind", "reassign", "log", "close"),
    *("ranking", "ranking_xlsx", "scales", "sheets", "item_sheets"),
    *("proposal", "proposal_fill", "proposal_up"),
    *("feedback", "feedback_draft", "feedback_release", "feedback_progress"),
)
ITEM_PAGES = ("item", "feedback_edit")


@admin.register(Round)
class RoundAdmin(SetupPages, DrawPages, ProgressPages, ResultPages, ListPages, FeedbackPages, WorkflowAdmin):
    """One round: open, close, and a page with everything that runs in it."""

    menu_order = 30
    view_roles = DUTIES
    acts = {"open": rounds.open_round, "cancel": rounds.cancel_round}
    needs_note = frozenset({"cancel"})
    list_display = ["title", "kind", "call", badge, "opens_at", "closes_at"]
    list_filter = ["kind", "state", "call"]
    search_fields = ["title"]
    list_select_related = ["call"]
    fields = [
        "title",
        "call",
        "kind",
        "recuse_until",
        ("opens_at", "closes_at"),
        ("experts_per_item", "quorum"),
        "aggregation",
        ("show_others_after_submit", "hide_applicants"),
        "scheme_frozen_at",
        "waiver",
    ]
    change_form_template = "admin/reviews/round.html"

    def more_buttons(self, request, obj) -> list[dict]:
        """What the officer does in a running round, and what follows a closed one."""
        closed, officer = obj.state == "closed", request.user.duty == "officer"
        lives, selection, running = obj.state in ("draft", "open"), obj.kind == "selection", obj.state == "open"
        rows = [
            ("close", "结束评审", officer and running, False),
            ("proposal", "拟定拟支持名单", closed and officer and selection and proposals.is_open(obj), False),
            ("ranking", "查看排名", closed, False),
            ("feedback", "评审意见反馈", closed and selection, False),
            ("sheets", "汇总打印评分表（PDF）", closed, True),
            ("draw", "抽取专家", officer and lives, False),
            ("assign", "指派专家", officer and lives, False),
            *self.setup_buttons(request, obj),
            ("remind", "提醒未完成的专家", officer and running, True),
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
        extra += [
            path(
                f"<int:pk>/{name.replace('_', '.')}/<int:item>/",
                wrap(getattr(self, f"{name}_view")),
                name=f"reviews_round_{name}",
            )
            for name in ITEM_PAGES
        ]
        return [*extra, *super().get_urls()]

    def _round(self, request, pk, perm="reviews.manage_round") -> tuple[Round, str]:
        round = get_object_or_404(Round.objects.select_related("call"), pk=pk)
        require(request, perm, round)
        return round, reverse("admin:reviews_round_change", args=[pk])

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Where the round stands: figures that lead to its pages, and the draws."""
        round = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if round is not None:
            context |= {
                "tiles": _tiles(round, progress.summary(round)),
                "draws": draws.committed(round),
            }
        return super().change_view(request, object_id, form_url, context)


def _tiles(round, found: dict) -> list[dict]:
    """The figures of a round, each a way to its rows; tones only for what needs somebody."""
    items, experts = (reverse(f"admin:reviews_round_{name}", args=[round.pk]) for name in ("items", "experts"))
    late = round.state not in ("closed", "cancelled")
    short = "warn" if late and found["short"] else ""
    overdue = "danger" if found["overdue"] else ""
    rows = [
        ("评审对象", f"{found['items']} 项", f"{found['finished']} 项已全部提交", items, ""),
        ("评分表", f"{found['submitted']} / {found['live']}", "已提交 / 在席", f"{items}?state=waiting", ""),
        ("待接受", found["assigned"], "尚未确认有无利益冲突", f"{experts}?state=unopened", ""),
        ("承诺书", f"{found['signed']} / {found['experts']}", "已签 / 在席专家", f"{experts}?state=unsigned", ""),
        ("席位不足", f"{found['short']} 项", f"回避 {found['recused']} 席", f"{items}?state=short", short),
        ("逾期未交", found["overdue"], "截止时间已过", f"{experts}?state=waiting", overdue),
    ]
    names = ("label", "value", "hint", "url", "tone")
    return [dict(zip(names, row, strict=True)) for row in rows]
