"""Pages of the project ledger (14, 15): list with sums, one line, adding, checking, reversing, export."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from funding.actions import ledger as actions
from funding.documents.exports import ledger_book
from funding.forms.ledger import LedgerFilter, LineForm, ReverseForm
from funding.queries.answers import answers_of, is_answered, is_open
from funding.queries.closing import closed_until
from funding.queries.ledger import (
    category_names,
    closed_month,
    direction_names,
    filtered_lines,
    spending_accounts,
    totals,
)
from funding.queries.money import money_summary
from funding.queries.spending import Booking, check_booking
from funding.queries.tiles import money_tiles
from funding.views.exports import send_export
from funding.views.frame import KEEPERS, PAGE_SIZE, active_filters, attempt, bind
from portal import access, events
from portal.access import page
from portal.measures.rmb import format_money
from projects.views.frame import READERS, project_frame, project_of

BOOKING_FIELDS = ("voucher_date", "voucher_no", "summary", "account", "payee", "amount", "source", "invoice_no")


def _filtered(request, project):
    form = LedgerFilter(request.GET, project=project)
    wanted = form.cleaned_data if form.is_valid() else {}
    return form, wanted, filtered_lines(project, wanted)


@page(*READERS)
def ledger(request, public_id):
    """The ledger with sums, plan against spending, filters and reasons."""
    project = project_of(request, public_id)
    form, wanted, rows = _filtered(request, project)
    money = money_summary(project)
    context = project_frame(request, project, "ledger", filter_form=form, **_listed(request, rows, wanted, money))
    context |= {
        "tiles": money_tiles(money, request.path),
        "categories": category_names(project),
        "active_filters": active_filters(request, form),
        "may_keep": _may_keep(request, project),
        "closed": closed_until(project),
    }
    return render(request, "funding/ledger.html", context)


def _listed(request, rows, wanted, money) -> dict:
    """One page of rows and their sums; without a filter both are known from the summary."""
    paginator, is_filtered = Paginator(rows, PAGE_SIZE), any(wanted.values())
    if is_filtered:
        sums = totals(rows)
    else:
        paginator.count = money.line_count
        both = money.spent + money.spent_matching
        sums = {"grant": money.spent, "matching": money.spent_matching, "all": both}
    return {"page": paginator.get_page(request.GET.get("page")), "sums": sums, "is_filtered": is_filtered}


def _may_keep(request, project) -> bool:
    return project.state in actions.OPEN_STATES and access.allowed(request.user, "funding.keep_ledger", project)


@page(*READERS)
def ledger_export(request, public_id):
    """The filtered ledger as a workbook without live formulas; logged."""
    project = project_of(request, public_id)
    _, wanted, rows = _filtered(request, project)
    note = "、".join(f"{key}={value}" for key, value in wanted.items() if value)
    book = ledger_book(project, rows)
    return send_export(request, project, "ledger.export", "导出明细账", book, "明细账", rows=rows.count(), note=note)


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_add(request, public_id):
    """Book one line; the button 只核查 shows the verdict and books nothing."""
    project = project_of(request, public_id)
    access.require(request.user, "funding.keep_ledger", project)
    form = bind(LineForm, request, project=project)
    verdict, line, status = None, None, 200
    if "check" in request.POST:
        # What is still blank is no mistake while one only asks.
        verdict, form = _verdict(project, form), LineForm(initial=request.POST.dict(), project=project)
    else:
        line, status = attempt(form, lambda **data: actions.add_line(project=project, by=request.user, **data))
    if line:
        return _booked(request, line)
    accounts = spending_accounts(project)
    context = project_frame(request, project, "ledger", form=form, verdict=verdict, accounts=accounts)
    return render(request, "funding/line_form.html", context, status=status)


def _booked(request, line):
    told = "" if line.verdict == "allowed" else f"核查结论：{line.get_verdict_display()}，请查看理由。"
    (messages.success if not told else messages.warning)(request, f"已登记凭证 {line.voucher_no}。{told}")
    return redirect("ledger_line", public_id=line.project.public_id, pk=line.pk)


def _verdict(project, form):
    """The verdict on what is typed so far, or None while there is no summary."""
    form.is_valid()
    values = {name: form.cleaned_data.get(name) for name in BOOKING_FIELDS}
    if not values["summary"]:
        return None
    texts = {name: values[name] or "" for name in ("voucher_no", "summary", "account", "payee", "invoice_no")}
    booking = Booking(
        line_no=1,
        voucher_date=values["voucher_date"],
        amount=values["amount"] or 0,
        source=values["source"] or "grant",
        **texts,
    )
    return check_booking(project, booking)[0]


@page(*KEEPERS, methods=("POST",))
def ledger_check(request, public_id):
    """The verdict fragment that htmx asks for while a line is typed."""
    project = project_of(request, public_id)
    access.require(request.user, "funding.keep_ledger", project)
    verdict = _verdict(project, LineForm(request.POST, project=project))
    return render(request, "funding/_verdict.html", {"verdict": verdict})


def _line(request, public_id, pk):
    project = project_of(request, public_id)
    rows = project.ledger_lines.select_related("attachment", "entered_by", "reverses", "reversal", "imported__file")
    return project, get_object_or_404(rows, pk=pk)


@page(*READERS)
def ledger_line(request, public_id, pk):
    """One line: what was found, by which words, who decided, what cancels it."""
    project, line = _line(request, public_id, pk)
    context = project_frame(
        request,
        project,
        "ledger",
        line=line,
        **_names(project, line),
        findings=line.findings.order_by("-id"),
        events=events.of(line)[:20],
        may_reverse=_may_keep(request, project) and not line.reverses_id and not hasattr(line, "reversal"),
    )
    return render(request, "funding/line.html", context | _said(request, line))


def _said(request, line) -> dict:
    """What people decided and answered about a line, and whether the reader may answer."""
    decisions, answers = list(line.decisions.select_related("decided_by")), answers_of(line)
    may_answer = access.allowed(request.user, "funding.answer_line", line) and is_open(line, decisions)
    answered = is_answered(answers, decisions)
    return {"decisions": decisions, "answers": answers, "answered": answered, "may_answer": may_answer}


def _names(project, line) -> dict:
    return {
        "category": category_names(project).get(line.category, ""),
        "direction": direction_names(project).get(line.direction, ""),
        "closed_month": closed_month(project, line.voucher_date),
    }


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_reverse(request, public_id, pk):
    """Cancel a line by a red entry."""
    project, line = _line(request, public_id, pk)
    access.require(request.user, "funding.keep_ledger", project)
    form = bind(ReverseForm, request)
    entry, status = attempt(form, lambda **data: actions.reverse_line(line, by=request.user, **data))
    if entry:
        messages.success(request, f"已冲销凭证 {line.voucher_no}。")
        return redirect("ledger_line", public_id=public_id, pk=line.pk)
    return render(request, "components/confirm.html", _reversal_context(line, form), status=status)


def _reversal_context(line, form) -> dict:
    return {
        "title": "冲销凭证",
        "subject": f"{line.voucher_no} {line.summary}",
        "rows": [{"label": "冲销金额", "value": format_money(-line.amount)}],
        "consequences": ["登记一条金额相反的冲销行，原行保留。", "财政专项余额相应恢复。", *_dating(line)],
        "irreversible": "冲销行不能再次冲销；需要时请重新登记支出。",
        "submit_label": "登记冲销",
        "cancel_url": reverse("ledger_line", args=[line.project.public_id, line.pk]),
        "form": form,
    }


def _dating(line) -> list[str]:
    """What to mind about the day of a reversal when the month of the line is closed."""
    month = closed_month(line.project, line.voucher_date)
    return [f"{month}已结账，冲销凭证的日期须在未结账的月份。"] if month else []
