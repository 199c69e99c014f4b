"""Public pages of calls."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from portal import access, documents, papers
from portal.access import PUBLIC, page
from portal.editions import edition
from projects.queries import calls
from projects.queries.call_calendar import calendar_of

PAGE_SIZE = 20


@page(PUBLIC)
def call_list(request):
    """All published calls: those that take applications first, then those to come, then the others."""
    rows = Paginator(calls.public_calls(), PAGE_SIZE).get_page(request.GET.get("page"))
    items = [{"call": call, "phase": calls.phase(call), "over": calls.is_over(call)} for call in rows]
    groups = [
        (title, [item for item in items if item["phase"][0] in words])
        for title, words in (("申报中", ("申报中",)), ("即将开始", ("即将开始",)), ("已截止", ("已截止", "已归档")))
    ]
    return render(request, "projects/call/list.html", {"page": rows, "groups": [pair for pair in groups if pair[1]]})


@page(PUBLIC)
def call_detail(request, pk):
    """One call: text, dates, attachments, corrections, PDF, how to apply."""
    call = get_object_or_404(calls.public_calls(), pk=pk)
    return render(request, "projects/call/detail.html", detail_context(call, request.user))


def detail_context(call, user) -> dict:
    """What the page of a call shows; also of a draft, which its officer sees before it is published."""
    words, tone = calls.phase(call)
    return calls.page_of(call) | {
        "phase": words,
        "phase_tone": tone,
        "year": edition(call.edition),
        "document": documents.latest("call_notice", call),
        "contact": papers.contact(),
        "may_apply": words == "申报中" and access.allowed(user, "projects.start_application"),
    }


@page(PUBLIC)
def call_calendar(request, pk):
    """The dates of a call for a calendar program."""
    call = get_object_or_404(calls.public_calls(), pk=pk)
    response = HttpResponse(calendar_of(call), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="call-{call.pk}.ics"'
    return response
