"""The ledger in the admin: queue of lines to decide, bulk decision, recheck, clawback from chosen lines (14, 17)."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html

from funding.actions import ledger as actions
from funding.actions.ledger import ITEMS
from funding.admin.shared import amount, file_link, form_page, require, verdict_badge
from funding.admin.workbench import WorkbenchPages
from funding.forms.center import DecideForm
from funding.models import BanDecision, BanFinding, LedgerImport, LedgerLine
from funding.queries.ledger import category_names, direction_names, with_reasons
from funding.views.frame import bind
from portal import access
from portal.admin_base import CheckedAdmin, CheckedInline, NamedFilter, WorkflowAdmin
from portal.errors import Invalid, Refused
from portal.measures.articles import article_label

BULK = 200


class FindingInline(CheckedInline):
    """What the check said, newest first."""

    model = BanFinding
    fields = ["found_at", "verdict", "article_item", "reason", "lexicon"]
    readonly_fields = ["found_at"]


class DecisionInline(CheckedInline):
    """What people decided."""

    model = BanDecision
    fields = ["decided_at", "verdict", "article_item", "reason", "decided_by"]
    readonly_fields = ["decided_at"]


class ArticleFilter(NamedFilter):
    """By clause, as officials cite it."""

    title, parameter_name = "条款", "article_item"

    def lookups(self, request, model_admin):
        """The clauses of the ban check."""
        return [(item, article_label(item)) for item in ("13", *ITEMS)]


@admin.register(LedgerLine)
class LedgerLineAdmin(WorkbenchPages, WorkflowAdmin):
    """All lines of all projects; waiting ones are decided one by one or many with one reason."""

    menu_order = 41
    list_display = ["what", "voucher", amount, verdict_badge, "told"]
    list_display_links = ["what"]
    list_filter = ["verdict", "source", ArticleFilter]
    search_fields = ["project__number", "project__title", "summary", "payee", "voucher_no", "invoice_no"]
    list_select_related = ["project__call"]
    ordering = ["-id"]
    inlines = [DecisionInline, FindingInline]
    actions = ["decide_many", "recheck", "open_clawback"]
    change_list_template = "admin/funding/ledger_list.html"
    fields = [
        "project", "voucher_date", "voucher_no", "line_no", "summary", "account", "payee", amount, "invoice_no",
        "source", "category_name", "direction_name", "reverses", verdict_badge, "entered_by", "entered_at", "page",
    ]  # fmt: skip
    readonly_fields = fields

    def get_actions(self, request):
        """Only what the person's duty allows."""
        needed = {
            "decide_many": "funding.decide_line",
            "recheck": "funding.recheck_ledger",
            "open_clawback": "funding.manage_clawback",
        }
        found = super().get_actions(request).items()
        return {key: row for key, row in found if access.allowed(request.user, needed[key])}

    def get_queryset(self, request):
        """With the newest reason of check and person."""
        return with_reasons(super().get_queryset(request))

    @admin.display(description="摘要、收款方与项目", ordering="summary")
    def what(self, line):
        """What was paid to whom, in which project."""
        return format_html("{}<br>{} {}", line.summary, line.payee, line.project.number)

    @admin.display(description="凭证", ordering="voucher_date")
    def voucher(self, line):
        """Day and number."""
        return format_html("{}<br>{}", line.voucher_date.isoformat(), line.voucher_no)

    @admin.display(description="理由")
    def told(self, line):
        """The person's reason, else the check's."""
        return (line.decision_reason or line.finding_reason or "")[:90]

    @admin.display(description="预算科目")
    def category_name(self, line):
        """The category's name in the project's edition."""
        return category_names(line.project).get(line.category, "—")

    @admin.display(description="第十三条方向")
    def direction_name(self, line):
        """The direction's name in the project's edition."""
        return direction_names(line.project).get(line.direction, "—")

    @admin.display(description="凭证页面")
    def page(self, line):
        """The line's own page, with its voucher."""
        return format_html('<a href="{}">查看</a>', reverse("ledger_line", args=[line.project.public_id, line.pk]))

    def transitions(self, request, obj) -> list[dict]:
        """A line has no states; finance decides it."""
        if not access.allowed(request.user, "funding.decide_line", obj) or obj.reverses_id or obj.is_reversed:
            return []
        return [{"name": "decide", "label": "认定", "danger": False, "url": f"{self._decide_url()}?ids={obj.pk}"}]

    def move_view(self, request, object_id, move):
        """There is nothing to move."""
        raise Http404

    def _decide_url(self) -> str:
        return reverse("admin:funding_ledgerline_decide")

    def get_urls(self):
        """The page of decisions."""
        view = self.admin_site.admin_view(self.decide_view)
        decide = path("decide/", view, name="funding_ledgerline_decide")
        return [decide, *self.workbench_urls(), *super().get_urls()]

    @admin.action(description="认定所选凭证")
    def decide_many(self, request, queryset):
        """Go to the page of decisions with the chosen lines."""
        return HttpResponseRedirect(f"{self._decide_url()}?{urlencode({'ids': _ids(queryset)})}")

    @admin.action(description="重新核查所选凭证所在项目")
    def recheck(self, request, queryset):
        """Run the check again over the projects of the chosen lines."""
        projects = {line.project_id: line.project for line in queryset.select_related("project")[:BULK]}
        for project in projects.values():
            try:
                changed = actions.recheck_project(project, by=request.user)
            except Refused as refusal:
                self.message_user(request, refusal.message, messages.ERROR)
            else:
                self.message_user(request, f"{project}：重新核查完成，{changed} 条结论有变化，原核查记录保留。")

    @admin.action(description="以所选凭证立案追回")
    def open_clawback(self, request, queryset):
        """Go to the form of a new case; the lines must be of one project."""
        projects = set(queryset.values_list("project", flat=True))
        if len(projects) != 1:
            self.message_user(request, "追回案以一个项目为单位，请只选择同一项目的凭证。", messages.ERROR)
            return None
        query = urlencode({"project": projects.pop(), "lines": _ids(queryset)})
        return HttpResponseRedirect(f"{reverse('admin:funding_clawback_open')}?{query}")

    def decide_view(self, request):
        """One reason for one or many lines; all or none."""
        require(request, "funding.decide_line")
        keys = [int(key) for key in request.GET.get("ids", "").split(",") if key.isdecimal() and len(key) < 18][:BULK]
        lines = list(self.get_queryset(request).filter(pk__in=keys))
        back = reverse("admin:funding_ledgerline_changelist") + "?verdict__exact=needs-review"
        return form_page(
            self,
            request,
            bind(DecideForm, request, initial={"seen": BanDecision.objects.filter(line__in=lines).count()}),
            lambda **data: _decide(lines, by=request.user, **data),
            title="认定支出",
            done=f"已认定 {len(lines)} 条，已通知单位。",
            back=back,
            lines=lines,
        )


def _ids(queryset) -> str:
    return ",".join(map(str, queryset.values_list("pk", flat=True)[:BULK]))


def _decide(lines, **data):
    if not lines:
        raise Invalid("没有选中凭证，请返回列表勾选。")
    return actions.decide_lines(lines=lines, **data)


@admin.register(LedgerImport)
class LedgerImportAdmin(CheckedAdmin):
    """Files that were booked."""

    menu_order = 42
    list_display = ["project", "file", "row_count", "imported_by", "imported_at"]
    fields = ["project", "sheet", "sha256", "row_count", "skipped_lines", "imported_by", "imported_at"]
    readonly_fields = fields
    search_fields = ["project__number", "sha256"]
    list_select_related = ["project", "file", "imported_by"]

    @admin.display(description="文件")
    def sheet(self, obj):
        """Link to the table that was booked."""
        return file_link(obj.file)

    @admin.display(description="跳过的行")
    def skipped_lines(self, obj):
        """Sums and empty rows, by their place in the table."""
        return "；".join(f"第 {line} 行：{why}" for line, why in obj.skipped) or "没有"
