"""The queue of KPI evidence in the admin (article 10)."""

from django.contrib import admin
from django.utils.html import format_html_join

from portal import access
from portal.admin_base import CheckedAdmin, NamedFilter, WorkflowAdmin
from portal.editions import codes, edition
from projects.actions.evidence import reject_evidence, verify_evidence
from projects.admin.shared import ReasonActionForm, badge, each, file_links, page_link
from projects.models import Evidence, WorkLogEntry
from projects.queries.evidence import shown_facts


class KpiFilter(NamedFilter):
    """By indicator; the newest edition's name of a code wins."""

    title = "指标"
    parameter_name = "kpi_code"

    def lookups(self, request, model_admin):
        """Indicators of all editions."""
        return list({kpi.code: kpi.name for code in codes() for kpi in edition(code).kpis}.items())


@admin.register(Evidence)
class EvidenceAdmin(WorkflowAdmin):
    """Verify or reject, one by one or many at once."""

    menu_order = 17
    acts = {"verify": verify_evidence, "reject": reject_evidence}
    needs_note = frozenset({"reject"})
    action_form = ReasonActionForm
    actions = ["verify_selected", "reject_selected"]
    list_display = ["number", "title", "project", "kpi", badge, "remarks", "claimed_at"]
    list_filter = ["state", KpiFilter, "project__call"]
    search_fields = ["number", "title", "project__number", "project__title", "project__lead_unit__name"]
    list_select_related = ["project__call"]
    fields = [
        "number", "project", "kpi", "title", "facts", "sent", "check_list", "claimed_by", "claimed_at",
        "verified_by", "verified_at", "reason", "page",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="自动检查")
    def remarks(self, obj):
        """How many remarks the automatic checks made."""
        blocking = sum(1 for row in obj.checks if row["severity"] == "block")
        return f"{blocking} 项须改正" if blocking else f"{len(obj.checks)} 项提示" if obj.checks else "无问题"

    @admin.display(description="指标", ordering="kpi_code")
    def kpi(self, obj):
        """The indicator's name in the project's edition."""
        return edition(obj.project.call.edition).kpi(obj.kpi_code).name

    @admin.display(description="要素")
    def facts(self, obj):
        """The facts of its kind."""
        kind = edition(obj.project.call.edition).kpi(obj.kpi_code).kind
        rows = ((row["label"], str(row["value"])[:2000]) for row in shown_facts(obj, kind))
        return format_html_join("", "<p><strong>{}</strong>：{}</p>", rows)

    @admin.display(description="证明材料")
    def sent(self, obj):
        """Links to the files."""
        return file_links(obj.files.select_related("file"))

    @admin.display(description="自动检查结果")
    def check_list(self, obj):
        """Findings with article and fact."""
        rows = ((row["article"], row["message"]) for row in obj.checks)
        return format_html_join("", "<p>第 {} 条：{}</p>", rows) or "没有发现问题"

    @admin.display(description="佐证页面")
    def page(self, obj):
        """Link to the portal page."""
        return page_link("查看", "evidence", obj.project.public_id, obj.pk)

    def get_actions(self, request):
        """Only officers judge."""
        found = super().get_actions(request)
        return found if access.allowed(request.user, "projects.verify_evidence", None) else {}

    @admin.action(description="核实通过所选佐证")
    def verify_selected(self, request, queryset):
        """Verify each; refusals are shown with their reasons."""
        note = request.POST.get("note", "").strip()[:300]
        each(self, request, queryset, lambda row: verify_evidence(row, by=request.user, note=note), "已核实")

    @admin.action(description="不予认定所选佐证（须填意见）")
    def reject_selected(self, request, queryset):
        """Reject each with the same reason."""
        note = request.POST.get("note", "").strip()[:300]
        each(self, request, queryset, lambda row: reject_evidence(row, by=request.user, note=note), "已退回")


@admin.register(WorkLogEntry)
class WorkLogEntryAdmin(CheckedAdmin):
    """The work ledgers of all projects, to read."""

    menu_order = 18
    list_display = ["happened_on", "kind", "title", "project", "entered_by"]
    list_filter = ["kind", "project__call"]
    search_fields = ["title", "project__number", "project__title"]
    list_select_related = ["project", "entered_by"]
