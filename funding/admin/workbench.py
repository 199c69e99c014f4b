"""The workbench of the ban check: one undecided line at a time with all that stands beside it (14, 17)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from funding.actions import ledger as actions
from funding.admin.shared import page, require
from funding.forms.workbench import BulkForm, QueueFilter, WorkForm
from funding.models import BanDecision
from funding.queries import workbench as queries
from funding.queries.ledger import category_names, direction_names
from funding.queries.spending import effective_lexicon
from funding.views.frame import active_filters, attempt, bind, download
from portal import access, events
from portal.errors import Invalid
from portal.measures.articles import article_label
from portal.sheets import write_xlsx

PAGE_SIZE = 30
BULK = 200


class WorkbenchPages:
    """Mixed into the admin of ledger lines."""

    def workbench_urls(self) -> list:
        """Queue, one line, many lines, statistics and their workbook."""
        wrap = self.admin_site.admin_view
        return [
            path("workbench/", wrap(self.queue_view), name="funding_ledgerline_workbench"),
            path("workbench/bulk/", wrap(self.bulk_view), name="funding_ledgerline_workbulk"),
            path("workbench/statistics/", wrap(self.statistics_view), name="funding_ledgerline_statistics"),
            path("workbench/statistics/xlsx/", wrap(self.statistics_xlsx), name="funding_ledgerline_statistics_export"),
            path("workbench/<int:pk>/", wrap(self.work_view), name="funding_ledgerline_work"),
        ]

    def queue_view(self, request):
        """The queue with its counters and filters; ticked lines go to one decision."""
        form, rows = _queue(request)
        listed = Paginator(rows.select_related("project__lead_unit"), PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"form": form, "page": listed, "lines": list(listed), "tiles": queries.counters(request.user)}
        context |= {"active": active_filters(request, form), "reset_url": request.path, "query": _kept(request)}
        context |= {"may_decide": access.allowed(request.user, "funding.decide_line")}
        return page(self, request, "admin/funding/workbench.html", title="支出认定工作台", **context)

    def work_view(self, request, pk):
        """One line: decide it and go on to the next, with the filters kept."""
        _, rows = _queue(request)
        lines = self.get_queryset(request).select_related(
            "project__lead_unit", "project__call", "attachment", "reversal", "entered_by"
        )
        line = get_object_or_404(lines, pk=pk)
        may_decide = _is_decidable(request.user, line)
        if request.method == "POST":
            require(request, "funding.decide_line", line)
        form = bind(WorkForm, request)
        done, status = attempt(form, lambda **data: actions.decide_lines(lines=[line], by=request.user, **data))
        place = queries.place_in(rows, pk)
        if done:
            messages.success(request, f"已认定：{line.voucher_no} {line.summary[:30]}。已通知单位。")
            return HttpResponseRedirect(_onwards(request, place))
        beside = queries.beside(line, request.user)
        form = _shown(request, form, beside) if may_decide else None
        context = _line_context(request, line, beside, place) | {"form": form, "title": "认定一笔支出"}
        return page(self, request, "admin/funding/work.html", status, **context)

    def bulk_view(self, request):
        """One decision with one reason for the ticked lines: first what would change, then for good."""
        require(request, "funding.decide_line")
        back = f"{reverse('admin:funding_ledgerline_workbench')}?{_kept(request)}"
        ids = request.POST.get("ids", "") or ",".join(request.POST.getlist("line")) or request.GET.get("ids", "")
        lines = queries.choosable(request.user, _keys(ids))
        is_first = "verdict" not in request.POST and "reason" not in request.POST
        seen = BanDecision.objects.filter(line__in=lines).count()
        start = {"seen": seen, "ids": ",".join(str(line.pk) for line in lines)}
        form = BulkForm(initial=start) if is_first else BulkForm(request.POST)
        confirmed = "confirmed" in request.POST
        done, status = attempt(form, lambda **data: _decide_many(lines, confirmed, by=request.user, **data))
        if done and confirmed:
            messages.success(request, f"已认定 {len(lines)} 条，已通知单位。")
            return HttpResponseRedirect(back)
        changes = _changes(lines, form) if done else None
        context = {"form": form, "lines": lines, "changes": changes, "back_url": back, "title": "批量认定"}
        return page(self, request, "admin/funding/workbulk.html", 200 if done else status, **context)

    def statistics_view(self, request):
        """Per clause and per unit: number, amount, decided, open, overturned."""
        context = {"title": "禁列核查统计", "columns": queries.STATISTICS_COLUMNS} | _statistics(request)
        return page(self, request, "admin/funding/statistics.html", **context)

    def statistics_xlsx(self, request):
        """The same as a workbook; logged."""
        found = _statistics(request)
        sheets = {
            name: ((head, *queries.STATISTICS_COLUMNS), [(row["name"], *row["figures"]) for row in found[key]])
            for name, head, key in (("按条款", "条款", "clauses"), ("按单位", "牵头单位", "units"))
        }
        events.record("ledger.statistics", "导出禁列核查统计", None, by=request.user, article="14")
        return download(write_xlsx(sheets), f"禁列核查统计{timezone.localdate():%Y%m%d}.xlsx")


def _queue(request):
    form = QueueFilter(request.GET)
    return form, queries.queue(request.user, form.wanted())


def _kept(request) -> str:
    """The filters of the address, without the page, to be carried from line to line."""
    names = QueueFilter.base_fields
    return urlencode([(name, value) for name, value in request.GET.items() if name in names and value])


def _keys(text: str) -> list[int]:
    return [int(key) for key in text.split(",") if key.isdecimal() and len(key) < 18][:BULK]


def _is_decidable(user, line) -> bool:
    reversed_or_reversal = line.reverses_id or hasattr(line, "reversal")
    return not reversed_or_reversal and access.allowed(user, "funding.decide_line", line)


def _onwards(request, place: dict) -> str:
    """The next line of the queue; at its end the queue itself."""
    name, args = ("work", [place["next"]]) if place["next"] else ("workbench", [])
    return f"{reverse(f'admin:funding_ledgerline_{name}', args=args)}?{_kept(request)}"


def _shown(request, form, beside):
    """The form with what is in view now; a decision of the past is taken over when the address names it."""
    seen = len(beside.decisions)
    if form.is_bound:
        # What somebody else decided meanwhile is on this page: the next sending knows of it.
        form.data = form.data.copy()
        form.data["seen"] = str(seen)
        return form
    found = [row["decision"] for row in beside.similar if str(row["decision"].pk) == request.GET.get("like")]
    start = {"article_item": beside.finding.article_item if beside.finding else "", "seen": seen}
    if found:
        start |= {name: getattr(found[0], name) for name in ("verdict", "article_item", "reason")}
    return WorkForm(initial=start)


def _line_context(request, line, beside, place: dict) -> dict:
    item = line.article_item or (beside.finding.article_item if beside.finding else "")
    clause = effective_lexicon(line.project.call.edition)[0].items.get(item)
    return {
        "line": line,
        "beside": beside,
        "place": place,
        "query": _kept(request),
        "paper": (clause.paper or clause.fix) if clause else "",
        "category": category_names(line.project).get(line.category, ""),
        "direction": direction_names(line.project).get(line.direction, ""),
        "days": (timezone.now() - line.entered_at).days,
    }


def _decide_many(lines, confirmed: bool, *, ids: str, **data):
    """Try the decision and take it back unless it is confirmed, so that the preview refuses what the act would."""
    if not lines:
        raise Invalid("没有勾选凭证。请返回工作台勾选。")
    return actions.decide_lines(lines=lines, dry_run=not confirmed, **data)


def _changes(lines, form) -> list[dict]:
    verdict, item = form.cleaned_data["verdict"], form.cleaned_data["article_item"]
    return [
        {"line": line, "changes": (line.verdict, line.article_item) != (verdict, item if verdict == "banned" else "")}
        for line in lines
    ]


def _statistics(request) -> dict:
    found = queries.statistics(request.user)
    names = {"clauses": "article_item", "units": "project__lead_unit__name"}
    return {
        key: [
            {"name": _name(row[names[key]], key), "figures": [row[name] for name in queries.KEYS]} for row in found[key]
        ]
        for key in names
    }


def _name(value: str, key: str) -> str:
    return value if key == "units" else (article_label(value) if value else "认定为可列支，无条款")
