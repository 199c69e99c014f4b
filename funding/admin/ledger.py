"""The ledger in the admin: queue of lines to decide, bulk decision, recheck, clawback from chosen lines (14, 17)."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html

from funding.actions import ledger as actions
from funding.admin.shared import amount, form_page, require, verdict_badge
from funding.forms.center import DecideForm
from funding.models import BanDecision, BanFinding, LedgerImport, LedgerLine
from funding.queries.ledger import category_names, direction_names, with_reasons
from funding.views.frame import bind
from portal import access
from portal.admin_base import CheckedAdmin, WorkflowAdmin
from portal.errors import Invalid, Refused

BULK = 200


class ReadOnlyInline(admin.TabularInline):
    """Rows that are only shown."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request, obj=None):
        """As the page itself."""
        return True

    def has_add_permission(self, request, obj=None):
        """Never here."""
        return False

    has_change_permission = has_add_permission


class FindingInline(ReadOnlyInline):
    """What the check said, newest first."""

    model = BanFinding
    fields = ["found_at", "verdict", "article_item", "reason", "lexicon"]
    readonly_fields = ["found_at"]


class DecisionInline(ReadOnlyInline):
    """What people decided."""

    model = BanDecision
    fields = ["decided_at", "verdict", "article_item", "reason", "decided_by"]
    readonly_fields = ["decided_at"]


@admin.register(LedgerLine)
class LedgerLineAdmin(WorkflowAdmin):
    """All lines of all projects; waiting ones are decided one by one or many with one reason."""

    list_display = ["what", "voucher", amount, verdict_badge, "told"]
    list_display_links = ["what"]
    list_filter = ["verdict", "source", "article_item"]
    search_fields = ["project__number", "project__title", "summary", "payee", "voucher_no", "invoice_no"]
    list_select_related = ["project__call"]
    ordering = ["-id"]
    inlines = [DecisionInline, FindingInline]
    actions = ["decide_many", "recheck", "open_clawback"]
    fields = [
        "project", "voucher_date", "voucher_no", "line_no", "summary", "account", "payee", amount, "invoice_no",
        "source", "category_name", "direction_name", "reverses", verdict_badge, "entered_by", "entered_at", "page",
    ]  # fmt: skip
    readonly_fields = fields

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
        return [path("decide/", view, name="funding_ledgerline_decide"), *super().get_urls()]

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
            bind(DecideForm, request),
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

    list_display = ["project", "file", "row_count", "imported_by", "imported_at"]
    search_fields = ["project__number", "sha256"]
    list_select_related = ["project", "file", "imported_by"]
