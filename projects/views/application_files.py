"""Attachments: one form a kind, replacing keeps the old file on record."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from portal.access import page
from portal.errors import Refused
from portal.files import INLINE
from projects.actions import applications
from projects.forms.applications import AttachmentForm
from projects.queries.application_tasks import ATTACHMENTS
from projects.queries.applications import current_attachments, findings
from projects.views.application_base import WRITERS, fetch, trail_of, url_of
from projects.views.application_errors import show_refusal


def attachments(request, application, section):
    """All kinds with their files; a POST names the kind it is for."""
    kinds = list(application.call.attachment_kinds.all())
    chosen = next((kind for kind in kinds if kind.code == request.POST.get("kind")), None)
    form, status = None, 200
    if request.method == "POST":
        if chosen is None:
            raise Http404
        form = AttachmentForm(request.POST, request.FILES, kind=chosen, prefix=chosen.code)
        status = _upload(request, application, chosen, form)
        if status == 200:
            return redirect(url_of(application, "application_part", ATTACHMENTS))
    return _show(request, application, section, kinds, bound=(chosen, form), status=status)


def _upload(request, application, kind, form) -> int:
    if not form.is_valid():
        return 400
    given = {name: form.cleaned_data.get(name, False) for name in ("signed", "sealed")}
    upload = form.cleaned_data["file"]
    try:
        applications.add_attachment(
            application, kind=kind, data=upload.read(), name=upload.name, by=request.user, **given
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return refusal.status
    messages.success(request, f"已上传“{kind.name}”。")
    return 200


def _file(attachment) -> dict:
    if attachment is None:
        return {"attachment": None}
    marks = [word for word, given in (("已签字", attachment.signed), ("已盖章", attachment.sealed)) if given]
    shown = attachment.file.content_type in INLINE
    preview = f"{reverse('file', args=[attachment.file.public_id])}?inline" if shown else ""
    return {"attachment": attachment, "marks": "，".join(marks), "preview": preview}


def _show(request, application, section, kinds, *, bound, status):
    current = {row.kind_id: row for row in current_attachments(application)}
    rows = [
        {"kind": kind, "form": bound[1] if bound[0] == kind else AttachmentForm(kind=kind, prefix=kind.code)}
        | _file(current.get(kind.pk))
        for kind in kinds
    ]
    remarks = [row for row in findings(application) if row.place == ATTACHMENTS]
    context = {"application": application, "part": section, "rows": rows, "form": bound[1], "remarks": remarks}
    context |= {"trail": trail_of(application), "back_url": url_of(application)}
    return render(request, "projects/application/attachments.html", context, status=status)


@page(*WRITERS, methods=("GET", "POST"))
def remove(request, public_id, file_id):
    """Confirm, then take the file out; the address carries the file's random id, which counts nothing (A16)."""
    application = fetch(request, public_id)
    attachment = get_object_or_404(application.attachments.filter(replaced_at__isnull=True), file__public_id=file_id)
    back = url_of(application, "application_part", ATTACHMENTS)
    if request.method == "POST":
        applications.remove_attachment(attachment, by=request.user)
        messages.success(request, f"已移除“{attachment.kind.name}”的文件。")
        return redirect(back)
    context = {"title": "移除附件", "subject": f"{attachment.kind.name}：{attachment.file.name}", "cancel_url": back}
    context |= {
        "consequences": ["文件不再属于这份申报书，原文件留存备查。"],
        "submit_label": "移除附件",
        "danger": True,
    }
    return render(request, "components/confirm.html", context | {"trail": trail_of(application)})
