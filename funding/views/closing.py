"""Pages of the months of a ledger: what stands in each, closing, opening again (15)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from funding.actions.closing import close_months, reopen_month
from funding.forms.ledger import CloseForm, ReopenForm
from funding.queries.closing import closed_until, closing_findings, months_of, reopened
from funding.views.frame import KEEPERS, attempt, bind
from portal import access
from portal.access import page
from portal.measures.findings import blocks
from portal.measures.rmb import format_money
from projects.views.frame import READERS, project_frame, project_of

_SHOWN_MONTHS = 6
_CONSEQUENCES = (
    "结账的月份不能再登记、冲销或导入凭证；需要更正的，用未结账月份的日期冲销后重新登记。",
    "中心财务的认定和复核不受影响。",
)


@page(*READERS)
def ledger_months(request, public_id):
    """Every month with its sums, closed or open, newest first."""
    project = project_of(request, public_id)
    months = months_of(project)
    may_close = access.allowed(request.user, "funding.close_month", project)
    context = project_frame(
        request,
        project,
        "ledger",
        months=months[::-1],
        reopened=reopened(project)[:20],
        next=next((month for month in months if month.closing is None), None) if may_close else None,
        may_reopen=access.allowed(request.user, "funding.reopen_month", project),
    )
    return render(request, "funding/months.html", context)


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_close(request, public_id):
    """Close the open months up to a chosen one, after seeing what that means."""
    project = project_of(request, public_id)
    access.require(request.user, "funding.close_month", project)
    months = [month for month in months_of(project) if month.closing is None]
    ready = _ready(project, months)
    form = bind(CloseForm, request, months=ready)
    done, status = attempt(form, lambda until: close_months(project=project, until=until, by=request.user))
    if done:
        messages.success(request, f"已结账至{done[-1]}，共 {len(done)} 个月。")
        return redirect("ledger_months", public_id=public_id)
    return render(request, "components/confirm.html", _closing_context(project, months, ready, form), status=status)


def _ready(project, months) -> list:
    """The open months, oldest first, as far as nothing forbids closing them."""
    found = []
    for month in months:
        if blocks(closing_findings(project, month)):
            break
        found.append(month)
    return found


def _closing_context(project, months, ready, form) -> dict:
    held = months[len(ready) : len(ready) + 1]
    why = [finding.sentence for month in held for finding in blocks(closing_findings(project, month))]
    return {
        "title": "月度结账",
        "subject": project.title,
        "rows": [{"label": str(month), "value": _month_words(month)} for month in ready[-_SHOWN_MONTHS:]],
        "consequences": [*_CONSEQUENCES, *why],
        "missing": [] if ready else why or ["没有可以结账的月份。"],
        "irreversible": "只有中心财务可以重新打开已结账的月份，并须写明理由。",
        "submit_label": "结账",
        "cancel_url": reverse("ledger_months", args=[project.public_id]),
        "form": form,
    }


def _month_words(month) -> str:
    waiting = f"，其中待核 {month.waiting} 条" if month.waiting else ""
    return f"{month.line_count} 条{waiting}；财政专项 {format_money(month.grant)}，自筹 {format_money(month.matching)}"


@page("finance", methods=("GET", "POST"))
def ledger_reopen(request, public_id, pk):
    """Open a closed month and all later ones again."""
    project = project_of(request, public_id)
    closing = get_object_or_404(project.closings.select_related("project"), pk=pk)
    access.require(request.user, "funding.reopen_month", closing)
    form = bind(ReopenForm, request)
    done, status = attempt(form, lambda reason: reopen_month(closing, by=request.user, reason=reason))
    if done:
        messages.success(request, f"已重新打开 {len(done)} 个月：{'、'.join(map(str, done[::-1]))}。")
        return redirect("ledger_months", public_id=public_id)
    newest = closed_until(project)
    if newest is None and status == 200:
        raise Http404
    return render(request, "components/confirm.html", _reopening_context(project, closing, newest, form), status=status)


def _reopening_context(project, closing, newest, form) -> dict:
    later = f"至{newest}" if newest and newest.first_day > closing.first_day else ""
    return {
        "title": "重新打开已结账的月份",
        "subject": f"{project.number}：{closing}{later}",
        "rows": [{"label": "结账", "value": f"{closing.closed_by} · {closing.line_count} 条"}],
        "consequences": ["该月及以后各月恢复为未结账，单位可以登记、冲销和导入。", "理由通知单位，并记入办理记录。"],
        "submit_label": "重新打开",
        "cancel_url": reverse("ledger_months", args=[project.public_id]),
        "form": form,
    }
