"""The expert pool in the admin: cards, import, conflicts (D1)."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import path, reverse

from portal.admin_base import CheckedAdmin
from portal.sheets import SheetError, read_sheet
from reviews.actions import experts as actions
from reviews.admin.pages import DUTIES, form_page, page, require
from reviews.forms.pool import ConflictForm, ExpertForm, ImportForm
from reviews.models import Expert, ExpertConflict
from reviews.queries.imports import read_experts

CARD = ("unit", "unit_name", "title", "background", "fields", "max_load", "available", "term_until")


@admin.register(Expert)
class ExpertAdmin(CheckedAdmin):
    """Experts; people of the center are refused."""

    menu_order = 34
    view_roles = DUTIES
    list_display = ["name", "unit_name", "title", "background", "field_names", "max_load", "available", "term_until"]
    list_filter = ["background", "available"]
    search_fields = ["user__name", "unit_name"]
    list_select_related = ["user"]
    change_list_template = "admin/reviews/expert_list.html"

    @admin.display(description="姓名", ordering="user__name")
    def name(self, expert):
        """The person's name."""
        return expert.user.name

    @admin.display(description="熟悉领域")
    def field_names(self, expert):
        """Fields in one cell."""
        return "、".join(expert.fields)

    def has_add_permission(self, request):
        """Officers."""
        return self._may(request, "add")

    def has_change_permission(self, request, obj=None):
        """Officers; the page is ours."""
        return self._may(request, "change")

    def _may(self, request, verb):
        return request.user.duty == "officer" and self.has_view_permission(request)

    def get_urls(self):
        """The import page."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="reviews_expert_import"), *super().get_urls()]

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
            card = {key: data[key] for key in CARD}
            actions.save_expert(by=request.user, user=data["user"], expert=expert, posts=data["history"], **card)

        return form_page(
            self,
            request,
            form,
            run,
            title="修改专家" if expert else "新增专家",
            submit="保存专家",
            back=reverse("admin:reviews_expert_changelist"),
            done="专家信息已保存。",
        )

    def import_view(self, request):
        """Dry run first; cell-level errors; all or nothing."""
        require(request, "reviews.add_expert")
        form = ImportForm(request.POST or None, request.FILES or None)
        context = {"form": form, "title": "导入专家", "rows": None, "errors": []}
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                context["rows"], context["errors"] = read_experts(read_sheet(upload.read(), upload.name))
            except SheetError as problem:
                form.add_error("file", str(problem))
            else:
                if form.cleaned_data["commit"] and not context["errors"]:
                    return self._import(request, context)
        return page(self, request, "admin/reviews/import.html", 400 if form.errors else 200, **context)

    def _import(self, request, context):
        back = reverse("admin:reviews_expert_changelist")
        saved = actions.import_experts(rows=context["rows"], by=request.user)
        self.message_user(request, f"已导入 {len(saved)} 位专家。")
        return HttpResponseRedirect(back)


@admin.register(ExpertConflict)
class ExpertConflictAdmin(CheckedAdmin):
    """Declared and pinned conflicts; adding one voids running seats."""

    menu_order = 35
    view_roles = DUTIES
    list_display = ["expert", "kind", "subject", "source", "since", "until", "recorded_at"]
    list_filter = ["source", "kind"]
    search_fields = ["expert__user__name", "unit__name"]
    list_select_related = ["expert__user", "unit", "application"]

    @admin.display(description="单位或项目")
    def subject(self, row):
        """What the conflict is with."""
        return row.unit or row.application

    def has_add_permission(self, request):
        """Officers pin conflicts."""
        return request.user.duty == "officer" and self.has_view_permission(request)

    def add_view(self, request, form_url="", extra_context=None):
        """Pin a conflict."""
        require(request, "reviews.add_expertconflict")
        form = ConflictForm(request.POST or None)
        return form_page(
            self,
            request,
            form,
            lambda data: actions.pin_conflict(by=request.user, **data) and None,
            title="登记利益冲突",
            submit="登记并作废有关席位",
            back=reverse("admin:reviews_expertconflict_changelist"),
            done="利益冲突已登记，有关评审席位已作废。",
        )
