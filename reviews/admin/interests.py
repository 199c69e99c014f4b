"""Conflicts of interest in the admin: the register, one application against the pool, ties between units (D1, D2)."""

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from portal.admin_base import CheckedAdmin, FilledFilter
from portal.editions import edition
from projects.models import Application
from reviews.actions import interests as actions
from reviews.admin.pages import DUTIES, form_page, page, require
from reviews.forms.pool import ConflictForm, EndForm, TieForm
from reviews.models import Expert, ExpertConflict, UnitTie
from reviews.queries import interests


class EndedFilter(FilledFilter):
    """Whether it still holds."""

    title, parameter_name, filled, empty = "是否解除", "ended_at", "已解除", "未解除"


@admin.register(ExpertConflict)
class ExpertConflictAdmin(CheckedAdmin):
    """Declared and pinned conflicts; adding one voids running seats, ending one keeps the record."""

    menu_order = 35
    view_roles = DUTIES
    list_display = ["expert", "kind", "subject", "source", "since", "until", "recorded_at", "standing"]
    list_filter = ["source", "kind", EndedFilter]
    search_fields = ["expert__user__name", "unit__name", "application__title", "application__number"]
    list_select_related = ["expert__user", "unit", "application"]

    @admin.display(description="单位或项目")
    def subject(self, row):
        """What the conflict is with."""
        return row.unit or row.application

    @admin.display(description="状态", ordering="ended_at")
    def standing(self, row):
        """Whether it holds."""
        word, tone = ("已解除", "quiet") if row.ended_at else ("有效", "warn")
        return format_html('<span class="badge badge-{}">{}</span>', tone, word)

    def has_add_permission(self, request):
        """Officers pin conflicts."""
        return request.user.duty == "officer" and self.has_view_permission(request)

    def get_urls(self):
        """One application against the pool; the end of one record."""
        wrap = self.admin_site.admin_view
        own = [
            path(
                "application/<int:pk>/", wrap(self.application_view), name="reviews_expertconflict_application"
            ),
            path("<int:pk>/end/", wrap(self.end_view), name="reviews_expertconflict_end"),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def add_view(self, request, form_url="", extra_context=None):
        """Pin a conflict; the page of an expert or an application brings him or it along."""
        require(request, "reviews.add_expertconflict")
        initial = {key: request.GET[key] for key in ("expert", "kind", "application") if key in request.GET}
        return form_page(
            self,
            request,
            ConflictForm(request.POST or None, initial=initial),
            lambda data: actions.pin_conflict(by=request.user, **data) and None,
            title="登记利益冲突",
            submit="登记并作废有关席位",
            back=reverse("admin:reviews_expertconflict_changelist"),
            done="利益冲突已登记，有关评审席位已作废。",
            lead="登记后，该专家不能再安排到有关项目，也看不到有关内容；进行中的席位随即作废，评分不计。",
        )

    def end_view(self, request, pk):
        """End a record, with its reason."""
        require(request, "reviews.add_expertconflict")
        row = get_object_or_404(interests.records(), pk=pk)
        return form_page(
            self,
            request,
            EndForm(request.POST or None),
            lambda data: actions.end_conflict(row, by=request.user, **data) and None,
            title="解除利益冲突",
            submit="解除这条利益冲突",
            back=reverse("admin:reviews_expert_interests", args=[row.expert_id]),
            done="利益冲突已解除，记录保留。",
            lead=f"{row.expert}与“{row.unit or row.application}”：{row.get_kind_display()}。"
            "解除后可以再安排，已作废的席位不恢复。",
        )

    def application_view(self, request, pk):
        """Who of the pool must not judge this application, why and since when; hints; letters of the lead unit."""
        require(request, "reviews.view_expertconflict")
        rows = Application.objects.exclude(state__in=["draft", "unit_review"]).select_related("call", "lead_unit")
        application = get_object_or_404(rows, pk=pk)
        experts = Expert.objects.select_related("user").order_by("pk")
        found, hints = interests.between(experts, [application])
        asked = [row for row in interests.records(application=application) if row.kind == "requested"]
        context = {
            "title": f"{application}的回避情况",
            "application": application,
            "found": found,
            "hints": hints,
            "asked": asked,
            "asked_most": edition(application.call.edition).review.excluded_experts_max,
            "asked_now": sum(row.ended_at is None for row in asked),
            "seated": {expert for expert, own in interests.live_seats() if own == application.pk},
            "pool": experts.count(),
            "is_officer": request.user.duty == "officer",
        }
        return page(self, request, "admin/reviews/interests_application.html", **context)


@admin.register(UnitTie)
class UnitTieAdmin(CheckedAdmin):
    """Parents and subsidiaries: experts of the one do not judge the other."""

    menu_order = 36
    view_roles = DUTIES
    list_display = ["parent", "child", "note", "recorded_by", "recorded_at", "ended_at"]
    list_filter = [EndedFilter]
    search_fields = ["parent__name", "child__name", "note"]
    list_select_related = ["parent", "child", "recorded_by"]

    def has_add_permission(self, request):
        """Officers."""
        return request.user.duty == "officer" and self.has_view_permission(request)

    def get_urls(self):
        """The end of one tie."""
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/end/", wrap(self.end_view), name="reviews_unittie_end"), *super().get_urls()]

    def add_view(self, request, form_url="", extra_context=None):
        """Tie two units."""
        require(request, "reviews.add_expertconflict")
        return form_page(
            self,
            request,
            TieForm(request.POST or None),
            lambda data: actions.tie_units(by=request.user, **data) and None,
            title="登记隶属关系",
            submit="登记隶属关系",
            back=reverse("admin:reviews_unittie_changelist"),
            done="隶属关系已登记，因此须回避的席位已作废。",
            lead="登记后，一方的专家不评审另一方牵头或参加的项目。",
        )

    def end_view(self, request, pk):
        """End a tie, with its reason."""
        require(request, "reviews.add_expertconflict")
        row = get_object_or_404(UnitTie.objects.select_related("parent", "child"), pk=pk)
        return form_page(
            self,
            request,
            EndForm(request.POST or None),
            lambda data: actions.untie_units(row, by=request.user, **data) and None,
            title="解除隶属关系",
            submit="解除隶属关系",
            back=reverse("admin:reviews_unittie_changelist"),
            done="隶属关系已解除，记录保留。",
            lead=str(row),
        )
