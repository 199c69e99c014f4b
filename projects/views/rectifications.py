"""Pages of rectification (20): the orders of a project, and the reply."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from portal import access, documents
from portal.access import page
from portal.errors import Refused
from projects.actions import rectifications as actions
from projects.forms.projects import RectificationReplyForm
from projects.forms.uploads import pairs
from projects.views.frame import READERS, project_frame, project_of, refused


@page(*READERS)
def rectification_list(request, public_id):
    """All orders of a project."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.view_rectification", project)
    rows = project.rectifications.select_related("ordered_by")
    context = project_frame(request, project, "rectification_list", rectifications=rows)
    return render(request, "projects/rectification/list.html", context)


@page(*READERS, methods=("GET", "POST"))
def rectification(request, public_id, pk):
    """One order: problems, term, reply, re-check."""
    project = project_of(request, public_id)
    row = get_object_or_404(project.rectifications.select_related("ordered_by", "rechecked_by", "project"), pk=pk)
    access.require(request.user, "projects.view_rectification", row)
    may_reply = row.state == "ordered" and access.allowed(request.user, "projects.reply_rectification", row)
    form, status = RectificationReplyForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST" and may_reply and form.is_valid():
        try:
            return _reply(request, project, row, form)
        except Refused as refusal:
            status = refused(form, refusal)
    context = _context(request, project, row, form if may_reply else None)
    return render(request, "projects/rectification/detail.html", context, status=status)


def _reply(request, project, row, form):
    values = form.cleaned_data
    actions.reply_rectification(row, reply=values["reply"], sent=pairs(values["files"]), by=request.user)
    messages.success(request, "整改报告已提交，等待复核。")
    return redirect("rectification", public_id=project.public_id, pk=row.pk)


def _context(request, project, row, form) -> dict:
    return project_frame(
        request,
        project,
        "rectification_list",
        rectification=row,
        files=row.files.select_related("file"),
        document=documents.latest("rectification_notice", row),
        form=form,
    )
