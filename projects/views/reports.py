"""Pages of progress reports and reports of major matters (6(4), 7(4))."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from portal import access
from portal.access import page
from portal.errors import Refused
from projects.actions import reports as actions
from projects.forms.projects import MajorReportForm, ReportForm
from projects.views.frame import READERS, WRITERS, project_frame, project_of, refused

OPEN_STATES = ("due", "returned")


@page(*READERS)
def report_list(request, public_id):
    """The schedule and all reports."""
    project = project_of(request, public_id)
    may_write = access.allowed(request.user, "projects.write_report", project)
    rows = project.reports.select_related("submitted_by", "reviewed_by")
    context = project_frame(request, project, "report_list", reports=rows, may_write=may_write)
    return render(request, "projects/report/list.html", context)


@page(*READERS, methods=("GET", "POST"))
def report(request, public_id, pk):
    """One report: its form while it is open to the writer, else its text and the answer."""
    project = project_of(request, public_id)
    row = get_object_or_404(project.reports.select_related("submitted_by", "reviewed_by"), pk=pk)
    may_write = row.state in OPEN_STATES and access.allowed(request.user, "projects.write_report", row)
    form, status = _form(request, row), 200
    if request.method == "POST" and may_write and form.is_valid():
        try:
            actions.submit_report(row, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            return _done(request, public_id)
    context = project_frame(request, project, "report_list", report=row, form=form if may_write else None)
    return render(request, "projects/report/detail.html", context, status=status)


def _form(request, row) -> ReportForm:
    initial = {"done": row.done, "problems": row.problems, "next_steps": row.next_steps}
    return ReportForm(request.POST or None, initial=initial)


def _done(request, public_id):
    messages.success(request, "报告已提交，中心审阅后会答复您。")
    return redirect("report_list", public_id=public_id)


@page(*WRITERS, methods=("GET", "POST"))
def report_major(request, public_id):
    """Report a major matter."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.write_report", project)
    form, status = MajorReportForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.report_major(project=project, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            return _done(request, public_id)
    context = project_frame(request, project, "report_list", report=None, form=form)
    return render(request, "projects/report/detail.html", context, status=status)
