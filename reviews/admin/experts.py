"""The expert pool in the admin: list with loads, cards, import and export (D1)."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from consortia.admin.imports import SheetAdminMixin
from portal import editions
from portal.admin_base import CheckedAdmin, NamedFilter
from reviews.actions import experts as actions
from reviews.admin.hints import HintPages
from reviews.admin.pages import DUTIES, form_page, require
from reviews.forms.pool import ExpertForm
from reviews.models import Expert
from reviews.queries import interests, loads


class FieldFilter(NamedFilter):
    """By a field he knows."""

    title, parameter_name = "熟悉领域", "field"

    def lookups(self, request, model_admin):
        """Fields of the newest edition."""
        return [(choice.name, choice.name) for choice in editions.edition(editions.codes()[-1]).fields]

    def queryset(self, request, queryset):
        """Those who know it."""
        return loads.by_field(queryset, self.value())


class AvailabilityFilter(NamedFilter):
    """Whether he can be asked today, and why not."""

    title, parameter_name = "可否安排", "can"

    def lookups(self, request, model_admin):
        """Four kinds."""
        return loads.AVAILABILITY

    def queryset(self, request, queryset):
        """Those of the kind."""
        return loads.by_availability(queryset, self.value())


class LoadFilter(NamedFilter):
    """By the seats he has now."""

    title, parameter_name = "在评项数", "load"

    def lookups(self, request, model_admin):
        """Four kinds."""
        return loads.LOADS

    def queryset(self, request, queryset):
        """Those of the kind."""
        return loads.by_load(queryset, self.value())


class UnitFilter(NamedFilter):
    """By unit: those with several experts are offered, any other by the link in the list."""

    title, parameter_name = "单位", "unit_name"

    def lookups(self, request, model_admin):
        """Frequent units, and the chosen one."""
        chosen = request.GET.get(self.parameter_name)
        names = loads.frequent_units()
        return [(name, name) for name in ([chosen] if chosen and chosen not in names else []) + names]


@admin.register(Expert)
class ExpertAdmin(HintPages, SheetAdminMixin, CheckedAdmin):
    """Experts; people of the center are refused."""

    menu_order = 34
    view_roles = DUTIES
    sheet_kind = "expert"
    import_perm = "reviews.add_expert"
    list_display = ["name", "unit_link", "title", "background", "field_names", "standing", "now", "in_call", "ever"]
    list_filter = [FieldFilter, "background", AvailabilityFilter, LoadFilter, UnitFilter]
    search_fields = ["user__name", "user__username", "user__phone", "unit_name", "posts__unit_name"]
    list_select_related = ["user"]

    @admin.display(description="姓名", ordering="user__name")
    def name(self, expert):
        """The person's name."""
        return expert.user.name

    @admin.display(description="单位", ordering="unit_name")
    def unit_link(self, expert):
        """The unit, which leads to its experts."""
        return format_html('<a href="?{}">{}</a>', urlencode({"unit_name": expert.unit_name}), expert.unit_name)

    @admin.display(description="熟悉领域")
    def field_names(self, expert):
        """Fields in one cell."""
        return "、".join(expert.fields)

    @admin.display(description="可否安排")
    def standing(self, expert):
        """In words, with the day where there is one."""
        return interests.standing(expert)

    @admin.display(description="在评", ordering="now")
    def now(self, expert):
        """Seats in rounds that have not ended, of what he takes in one."""
        return f"{expert.now} / {expert.max_load}"

    @admin.display(description="本次申报", ordering="in_call")
    def in_call(self, expert):
        """Seats in the newest call that has rounds."""
        return expert.in_call

    @admin.display(description="累计", ordering="ever")
    def ever(self, expert):
        """All seats that counted."""
        return expert.ever

    def get_queryset(self, request):
        """With loads, absences and the account."""
        rows = super().get_queryset(request).select_related("user")
        return loads.with_loads(rows).prefetch_related("absences")

    def filtered_rows(self, request):
        """For the export: with history and unit."""
        return super().filtered_rows(request).select_related("user", "unit").prefetch_related("posts", "absences")

    def has_add_permission(self, request):
        """Officers."""
        return self._may(request)

    def has_change_permission(self, request, obj=None):
        """Officers; the page is ours."""
        return self._may(request)

    def _may(self, request):
        return request.user.duty == "officer" and self.has_view_permission(request)

    def add_view(self, request, form_url="", extra_context=None):
        """Our form, so that a refusal is shown in it."""
        require(request, "reviews.add_expert")
        return self._edit(request, None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The same form; others than officers read."""
        expert = self.get_object(request, object_id)
        if expert is None or not self.has_change_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        return self._edit(request, expert)

    def _edit(self, request, expert):
        form = ExpertForm(request.POST or None, instance=expert)

        def run(data):
            card = {key: data[key] for key in actions.CARD}
            lines = {"posts": data["history"], "absences": data["away"]}
            actions.save_expert(by=request.user, user=data["user"], expert=expert, **lines, **card)

        response = form_page(
            self,
            request,
            form,
            run,
            title=expert.user.name if expert else "新增专家",
            submit="保存专家",
            back=reverse("admin:reviews_expert_changelist"),
            done="专家信息已保存。",
            card=expert,
            standing=interests.standing(expert) if expert else "",
            accounts=interests.other_accounts(expert) if expert else [],
        )
        if hasattr(response, "template_name"):
            response.template_name = "admin/reviews/expert_form.html"
        return response
