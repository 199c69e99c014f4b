"""Attachments: one form a kind, replacing keeps the old file on record."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from portal.access import page
from portal.errors import Refused
from projects.actions import applications
from projects.forms.applications import AttachmentForm
from projects.queries.application_files import kind_rows
from projects.queries.application_tasks import ATTACHMENTS
from projects.queries.applications import findings
from projects.views.application_base import UNIT, WRITERS, fetch, trail_of, url_of
from projects.views.application_errors import show_refusal
from projects.views.application_frame import neighbours, panel


def attachments(request, application, section):
    """All kinds with their files; a POST names the kind it is for."""
    kinds = {kind.code: kind for kind in application.call.attachment_kinds.all()}
    chosen = kinds.get(request.POST.get("kind", ""))
    form, status = None, 200
    if request.method == "POST":
        if chosen is None:
            raise Http404
        form = AttachmentForm(request.POST, request.FILES, kind=chosen, prefix=chosen.code)
        status = _upload(request, application, chosen, form)
        if status == 200:
            return redirect(f"{url_of(application, 'application_part', ATTACHMENTS)}#kind-{chosen.code}")
    return _show(request, application, section, bound=(chosen, form), status=status)


def _upload(request, application, kind, form) -> int:
    if not form.is_valid():
        return 400
    given = {name: form.cleaned_data.get(name, False) for name in ("signed", "sealed")}
    upload = form.cleaned_data["file"]
    try:
        attachment = applications.add_attachment(
            application, kind=kind, data=upload.read(), name=upload.name, by=request.user, **given
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return refusal.status
    _tell(request, attachment)
    return 200


def _tell(request, attachment) -> None:
    messages.success(request, f"已上传“{attachment.kind.name}”。")
    if not attachment.file.is_usable:
        messages.warning(request, f"“{attachment.kind.name}”{attachment.file.scan_words}，查毒通过后才能提交申报。")


def _show(request, application, section, *, bound, status):
    rows = kind_rows(application)
    for row in rows:
        row.form = bound[1] if bound[0] == row.kind else AttachmentForm(kind=row.kind, prefix=row.kind.code)
    context = {"application": application, "part": section, "rows": rows, "form": bound[1]}
    context |= panel(application, section, None, findings(application)) | neighbours(application, section)
    context |= {"trail": trail_of(application), "back_url": url_of(application)}
    return render(request, "projects/application/attachments.html", context, status=status)


@page(*WRITERS, methods=("GET", "POST"))
def remove(request, public_id, file_id):
    """Confirm, then take the file out; the address carries the file's random id, which counts nothing (A16)."""
    application = fetch(request, public_id)
    current = application.attachments.filter(replaced_at__isnull=True).select_related("kind", "file")
    attachment = get_object_or_404(current, file__public_id=file_id)
    back = url_of(application, "application_part", ATTACHMENTS)
    if request.method == "POST":
        applications.remove_attachment(attachment, by=request.user)
        messages.success(request, f"已移除“{attachment.kind.name}”的文件。")
        return redirect(back)
    return _confirm_removal(request, application, attachment, back)


def _confirm_removal(request, application, attachment, back: str):
    context = {"title": "移除附件", "subject": f"{attachment.kind.name}：{attachment.file.name}", "cancel_url": back}
    context |= {
        "consequences": ["文件不再属于这份申报书，原文件留存备查。"],
        "submit_label": "移除附件",
        "danger": True,
    }
    return render(request, "components/confirm.html", context | {"trail": trail_of(application)})


@page(*UNIT, methods=("POST",))
def print_undertaking(request, public_id):
    """Make the commitment letter with names filled in, and show its progress."""
    document = applications.print_undertaking(fetch(request, public_id), by=request.user)
    return redirect("document", code=document.verification_code)
