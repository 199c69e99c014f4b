"""Applications in the admin: the center's list by progress of the check, its filters, its table to take away."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from portal import access, events, sheets
from portal.admin_base import NamedFilter, WorkflowAdmin
from portal.templatetags.ui import beijing, tone
from projects.actions import formality
from projects.admin.formality import FormalityPages
from projects.admin.formality_bulk import FormalityBulk
from projects.models import Application
from projects.queries.formality import STAGES, in_stage, overdue, stage_counts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
FACTS = (
    "title", "number", "state", "call", "consortium", "lead_unit", "field", "district", "start_on", "end_on", "leader",
    "supervisor_name", "submitted_at", "frozen",
)  # fmt: skip
COLUMNS = (
    "申报编号", "项目名称", "申报通知", "状态", "牵头单位", "统一社会信用代码", "联合体", "领域", "服务区域",
    "项目负责人", "提交时间", "已通过事项", "未通过或未审查的事项", "补正截止", "补正提交时间",
)  # fmt: skip


class StageFilter(NamedFilter):
    """How far the formality check is."""

    title, parameter_name = "审查进度", "stage"

    def lookups(self, request, model_admin):
        """The stages in their order."""
        return [(code, words) for code, (words, _) in STAGES.items()]

    def queryset(self, request, queryset):
        """Rows of the stage."""
        return in_stage(queryset, self.value()) if self.value() else queryset


class OverdueFilter(NamedFilter):
    """补正 that never came."""

    title, parameter_name = "补正期限", "overdue"

    def lookups(self, request, model_admin):
        """One question."""
        return [("yes", "已逾期未补正")]

    def queryset(self, request, queryset):
        """Rows whose term is over."""
        return overdue(queryset) if self.value() == "yes" else queryset


@admin.register(Application)
class ApplicationAdmin(FormalityPages, FormalityBulk, WorkflowAdmin):
    """Submitted applications; drafts stay with their unit."""

    menu_order = 11
    change_list_template = "admin/projects/application/change_list.html"
    list_display = ("title", "badge", "check_link", "term", "number", "lead_unit", "submitted_at")
    list_filter = (StageFilter, OverdueFilter, "state", "call", "field", "district")
    list_select_related = ("lead_unit", "call", "supplement_request")
    search_fields = ("title", "number", "lead_unit__name", "consortium__name")
    ordering = ("-submitted_at", "-id")
    fields = readonly_fields = FACTS
    actions = ("run_rules_of", "ask_supplement_of", "pass_formality_of", "start_review_of")
    acts = {
        "pass_formality": formality.pass_formality,
        "fail_formality": formality.fail_formality,
        "reopen_formality": formality.reopen_formality,
        "start_review": formality.start_review,
    }
    needs_note = frozenset({"reopen_formality"})

    @admin.display(description="状态", ordering="state")
    def badge(self, application):
        """The state with its shape."""
        return format_html(
            '<span class="badge badge-{}">{}</span>', tone(application.state), application.get_state_display()
        )

    @admin.display(description="形式审查")
    def check_link(self, application):
        """The way to the desk."""
        return format_html(
            '<a href="{}">{}<span class="visually-hidden">：{}</span></a>',
            reverse("admin:projects_application_formality", args=[application.pk]),
            "审查" if application.state in ("submitted", "supplement") else "查看",
            application.title,
        )

    @admin.display(description="补正截止", ordering="supplement_request__due_at")
    def term(self, application):
        """Until when the unit may mend, or that it did."""
        request = getattr(application, "supplement_request", None)
        if request is None:
            return "—"
        return "已补正" if request.supplied_at else f"{timezone.localtime(request.due_at):%m-%d %H:%M}"

    @admin.display(description="已提交的内容")
    def frozen(self, application):
        """The frozen versions on the portal."""
        return format_html(
            '<a href="{}">查看已提交的版本</a>', reverse("application_versions", args=[application.public_id])
        )

    def get_urls(self):
        """The pages of the check and the table to take away."""
        export = path("export/", self.admin_site.admin_view(self.export_view), name="projects_application_export")
        return [export, *self.formality_urls(), *super().get_urls()]

    def transitions(self, request, obj) -> list[dict]:
        """The moves of the state table, with the desk first and 补正 on pages of their own."""
        buttons = super().transitions(request, obj)
        pages = [{"label": "形式审查", "name": "formality", "url": _page("formality", obj), "danger": False}]
        asked = getattr(obj, "supplement_request", None)
        if not access.allowed(request.user, "projects.check_application", obj):
            return pages + buttons
        if obj.state == "submitted" and asked is None:
            buttons.append(
                {"label": "要求补正", "name": "supplement", "url": _page("supplement", obj), "danger": False}
            )
        if obj.state == "supplement" and asked.first_due_at is None:
            buttons.append({"label": "延长补正期限", "name": "extend", "url": _page("extend", obj), "danger": False})
        return pages + buttons

    def confirm_facts(self, obj, move):
        """Before a refusal: what the letter will list."""
        if move != "fail_formality":
            return []
        lines = [f"{row['item']}：{row['fact']}" for row in formality.reasons(obj)]
        return [
            {"label": "通知书列明的理由", "value": "\n".join(lines) or "（没有判为不通过的事项，请在下面写明理由）"}
        ]

    def changelist_view(self, request, extra_context=None):
        """Head the list with the number in each stage, under all other filters."""
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        links = [("导出 xlsx", reverse("admin:projects_application_export") + query)]
        if access.allowed(request.user, "projects.check_application"):
            links.insert(0, ("审查下一份", reverse("admin:projects_application_next") + query))
        response = super().changelist_view(request, (extra_context or {}) | {"sheet_links": links})
        listed = getattr(response, "context_data", {}).get("cl")
        if listed is not None:
            response.context_data["stages"] = self._stages(request, listed)
        return response

    def _stages(self, request, listed) -> list[dict]:
        counts = stage_counts(listed.get_queryset(request, exclude_parameters=["stage"]))
        chosen = request.GET.get("stage", "")
        return [
            {
                "label": words,
                "count": counts[code],
                "url": listed.get_query_string({"stage": code}, ["p", "stage"]),
                "chosen": code == chosen,
            }
            for code, (words, _) in STAGES.items()
        ]

    def export_view(self, request):
        """The filtered list as xlsx with what is still open of each; logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.filtered_rows(request).select_related(
            "lead_unit", "call", "consortium", "leader", "supplement_request"
        )
        listed = list(rows.prefetch_related("formality_items")[:MOST_ROWS])
        book = sheets.write_xlsx({"申报书": (COLUMNS, map(_cells, listed))})
        events.record("application.export", "导出申报书", None, by=request.user, after={"rows": len(listed)})
        response = HttpResponse(book, content_type=XLSX)
        response["Content-Disposition"] = 'attachment; filename="applications.xlsx"'
        response["Cache-Control"] = "private, no-store"
        return response


def _cells(row) -> list:
    items = list(row.formality_items.all())
    left = [f"{item.title}：{item.get_result_display()}" for item in items if item.result != "pass"]
    asked = getattr(row, "supplement_request", None)
    return [
        row.number or "", row.title, row.call.title, row.get_state_display(), row.lead_unit.name,
        row.lead_unit.credit_code, row.consortium.name, row.field, row.district, row.leader.name if row.leader else "",
        beijing(row.submitted_at), f"{len(items) - len(left)}/{len(items)}", "；".join(left),
        beijing(asked.due_at) if asked else "", beijing(asked.supplied_at) if asked and asked.supplied_at else "",
    ]  # fmt: skip


def _page(name: str, application) -> str:
    return reverse(f"admin:projects_application_{name}", args=[application.pk])
