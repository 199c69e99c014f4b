"""Pages of a project: the list, the overview, the confirmation of a member unit."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render

from consortia.actions import consortia
from portal import access
from portal.access import page
from projects import extensions
from projects.forms.projects import ProjectFilter
from projects.queries.evidence import kpi_bars
from projects.queries.projects import duties, listed, membership_rows, recent_log, risks
from projects.views.frame import PAGE_SIZE, READERS, WRITERS, project_frame, project_of


@page(*READERS)
def project_list(request):
    """Projects that the person may see."""
    form = ProjectFilter(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    rows = Paginator(listed(request.user, **values), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "projects/project/list.html", {"page": rows, "filter_form": form})


@page(*READERS)
def project_detail(request, public_id):
    """Indicators, next duties, risks, members and the log."""
    project = project_of(request, public_id)
    context = project_frame(request, project, "project_detail", bars=kpi_bars(project))
    context |= {"duties": duties(project, request.user), "risks": risks(project, context["bars"])}
    context |= {
        "members": membership_rows(project, request.user),
        "figures": extensions.figures(project),
        "papers": extensions.papers(project, request.user),
        "events": recent_log(project),
    }
    return render(request, "projects/project/detail.html", context)


@page(*WRITERS, methods=("POST",))
def member_confirm(request, public_id, pk):
    """A member unit confirms its part of the project (9)."""
    project = project_of(request, public_id)
    membership = get_object_or_404(project.consortium.memberships.select_related("unit"), pk=pk)
    access.require(request.user, "consortia.confirm_membership", membership)
    consortia.confirm_membership(membership, by=request.user)
    messages.success(request, f"已确认{membership.unit.name}在项目中承担的任务。")
    return redirect("project_detail", public_id=public_id)
