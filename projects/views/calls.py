"""Public pages of calls."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render

from portal import access, documents, papers
from portal.access import PUBLIC, page
from portal.editions import edition
from projects.queries import calls

PAGE_SIZE = 20


@page(PUBLIC)
def call_list(request):
    """All published calls, newest first."""
    rows = Paginator(calls.public_calls(), PAGE_SIZE).get_page(request.GET.get("page"))
    items = [{"call": call, "phase": calls.phase(call), "over": calls.is_over(call)} for call in rows]
    return render(request, "projects/call/list.html", {"page": rows, "items": items})


@page(PUBLIC)
def call_detail(request, pk):
    """One call: text, dates, attachments, corrections, PDF, how to apply."""
    call = get_object_or_404(calls.public_calls(), pk=pk)
    words, tone = calls.phase(call)
    context = calls.page_of(call) | {
        "phase": words,
        "phase_tone": tone,
        "year": edition(call.edition),
        "document": documents.latest("call_notice", call),
        "contact": papers.contact(),
        "may_apply": words == "申报中" and access.allowed(request.user, "projects.start_application"),
    }
    return render(request, "projects/call/detail.html", context)
