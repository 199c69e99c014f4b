"""The public list of approved projects."""

from django.core.paginator import Paginator
from django.shortcuts import render

from portal.access import PUBLIC, page
from projects.forms.notices import FundedFilter
from projects.queries.funded import funded_projects, public_line

PAGE_SIZE = 20


@page(PUBLIC)
def funded_list(request):
    """Approved projects with their result."""
    form = FundedFilter(request.GET)
    rows = Paginator(funded_projects(**(form.cleaned_data if form.is_valid() else {})), PAGE_SIZE)
    shown = rows.get_page(request.GET.get("page"))
    context = {"page": shown, "lines": [public_line(row) for row in shown], "filter_form": form}
    return render(request, "projects/project/funded.html", context)
