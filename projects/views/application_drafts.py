"""Pages about drafts as a whole: copy an earlier application, delete a draft that was never submitted."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from consortia.seats import unit_ids
from portal.access import page
from portal.errors import Refused
from projects.actions import application_editing as editing
from projects.actions.application_copies import copy_from
from projects.forms.applications import CopyForm
from projects.queries.application_duties import copyable
from projects.views.application_base import fetch, trail_of, url_of
from projects.views.application_errors import show_refusal

DRAFTING = ("drafter", "unitadmin")


@page(*DRAFTING, methods=("GET", "POST"))
def copy(request):
    """Choose an earlier application (?from= names one) and an open call; says what is copied and what is not."""
    earlier = copyable(request.user, unit_ids(request.user, *DRAFTING))
    chosen = {"source": request.GET.get("from", ""), "call": request.GET.get("call", "")}
    form = CopyForm(request.POST if request.method == "POST" else None, earlier=earlier, initial=chosen)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            copied = copy_from(form.cleaned_data.pop("source"), **form.cleaned_data, by=request.user)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = refusal.status
        else:
            return _copied(request, copied)
    return render(request, "projects/application/copy.html", {"form": form}, status=status)


def _copied(request, copied):
    messages.success(request, "已复制为新的草稿。附件须重新上传，“数字科协”承诺和负责人声明须重新作出。")
    for line in copied.changes:
        messages.warning(request, line)
    return redirect(url_of(copied.draft))


@page(*DRAFTING)
def copy_this(request, public_id):
    """The same page with this application chosen."""
    application = fetch(request, public_id)
    response = redirect("application_copy_from")
    response["Location"] += f"?from={application.public_id}"
    return response


@page(*DRAFTING, methods=("GET", "POST"))
def discard(request, public_id):
    """Confirm, then delete a draft that was never submitted."""
    application = fetch(request, public_id)
    if request.method == "POST":
        title = application.title
        editing.discard_draft(application, by=request.user)
        messages.success(request, f"已删除草稿“{title}”。")
        return redirect("application_list")
    if not editing.can_discard(application, request.user):
        raise Http404
    return render(request, "components/confirm.html", _deletion(application))


def _deletion(application) -> dict:
    return {
        "title": "删除草稿",
        "subject": application.title,
        "consequences": [
            "全部文字、表格和附件记录一并删除，同事也不再能看到。",
            "办理记录保留谁在何时删除了哪份草稿。",
        ],
        "irreversible": "删除后不能恢复。提交过的申报书不能删除，只能撤回。",
        "submit_label": "删除这份草稿",
        "danger": True,
        "cancel_url": url_of(application),
        "trail": trail_of(application),
    }
