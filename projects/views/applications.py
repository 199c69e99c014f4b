"""Pages to read an application and to start one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from portal import access, documents, events
from portal.access import page, roles_of
from portal.errors import Refused
from portal.measures.findings import blocks
from projects.actions import application_editing as editing
from projects.actions import applications
from projects.forms.applications import StartForm, open_calls
from projects.models import Application
from projects.queries import application_summaries as summaries
from projects.queries.application_snapshots import snapshot
from projects.queries.application_tasks import address
from projects.queries.applications import completeness, findings, is_declared
from projects.views.application_base import READERS, UNIT, fetch, trail_of, url_of
from projects.views.application_errors import show_refusal
from projects.views.application_steps import bar

PAGE_SIZE = 20
WORKING = ("draft", "unit_review", "supplement")


@page(*READERS)
def application_list(request):
    """The unit's applications, newest first; the center has its list in the admin."""
    if not roles_of(request.user) & frozenset(UNIT):
        return redirect("admin:projects_application_changelist")
    rows = Application.objects.visible_to(request.user).select_related("call", "lead_unit", "leader")
    listed = Paginator(rows.order_by("-id"), PAGE_SIZE).get_page(request.GET.get("page"))
    calls = list(open_calls()) if access.allowed(request.user, "projects.start_application") else []
    return render(request, "projects/application/list.html", {"page": listed, "calls": calls})


@page("drafter", "unitadmin", methods=("GET", "POST"))
def start(request):
    """Choose call, consortium and title."""
    form = StartForm(
        request.POST if request.method == "POST" else None, user=request.user, initial={"call": request.GET.get("call")}
    )
    # A unit that leads none cannot even start (A6); anything else wrong is bad input.
    status = (422 if form.fields["consortium"].queryset else 409) if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            draft = applications.start_application(**form.cleaned_data, by=request.user)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = refusal.status
        else:
            return redirect(url_of(draft))
    return render(request, "projects/application/start.html", {"form": form}, status=status)


@page(*READERS)
def overview(request, public_id):
    """The start page: lights, what may be done, papers, history."""
    application = fetch(request, public_id)
    remarks = findings(application) if application.state in WORKING else ()
    context = {
        "application": application,
        "tasks": [*tasks(application, remarks, request.user), last_task(application, remarks)],
        "actions": bar(application, request.user),
        "supplement": getattr(application, "supplement_request", None),
        "papers": [paper for paper in documents.of(application) if documents.may_read(request.user, paper)],
        "events": history(application),
        "trail": trail_of(application)[:1],
        "declared": is_declared(application),
    }
    return render(request, "projects/application/overview.html", context)


def tasks(application, remarks, user) -> list[dict]:
    """Rows of the task list; a part is a link while it may be edited."""
    may_edit = editing.can_edit(application, user)
    places = editing.open_places(application)
    return [
        {
            "label": light.label,
            "status": light.status if application.state in WORKING else "已冻结",
            "tone": light.tone if application.state in WORKING else "quiet",
            "url": address(application, light.code) if may_edit and (places is None or light.code in places) else "",
        }
        for light in completeness(application, remarks)
    ]


def last_task(application, remarks) -> dict:
    """The last row: check everything and go on, or read what was handed in."""
    if application.state not in WORKING:
        url = url_of(application, "application_versions")
        return {"label": "已提交的版本", "status": "可查看", "tone": "info", "url": url}
    count = len(blocks(remarks))
    status, tone = (f"{count} 项须改正", "danger") if count else ("可以提交", "ok")
    return {"label": "检查与提交", "status": status, "tone": tone, "url": url_of(application, "application_check")}


def history(application):
    """What happened to it; neither the many saves and refused tries nor the officer's single answers."""
    rows = events.of(application).exclude(verb__startswith="formality")
    return rows.exclude(verb__in=["application.save", "application.attach", "application.detach"]).filter(outcome="ok")[
        :12
    ]


@page(*READERS)
def check(request, public_id):
    """The pre-check panel and check-your-answers."""
    application = fetch(request, public_id)
    may_edit = editing.can_edit(application, request.user)
    data = snapshot(application, version=application.versions.count() + 1, status_label="草稿")
    groups = summaries.groups(data)
    for group in groups:
        for row in group.rows:
            row["url"] = address(application, group.code) if may_edit else ""
    here = url_of(application, "application_check")
    buttons = [button for button in bar(application, request.user) if button["url"] != here]
    context = {"application": application, "groups": groups, "actions": buttons}
    context |= {"findings": findings(application), "trail": trail_of(application)}
    return render(request, "projects/application/check.html", context)


@page(*READERS)
def receipt(request, public_id):
    """Number, time, digest, what happens next."""
    application = fetch(request, public_id)
    version = application.versions.first()
    if version is None:
        messages.info(request, "这份申报书还没有提交，没有回执。")
        return redirect(url_of(application))
    paper = documents.latest("application_receipt", application)
    context = {"application": application, "version": version, "paper": paper, "trail": trail_of(application)}
    return render(request, "projects/application/receipt.html", context)


@page(*READERS)
def versions(request, public_id):
    """Frozen versions; two of them side by side when ?old= and ?new= name them."""
    application = fetch(request, public_id)
    rows = {str(version.number): version for version in application.versions.select_related("submitted_by")}
    old, new = (rows.get(request.GET.get(name, "")) for name in ("old", "new"))
    changes = summaries.differences(old.snapshot, new.snapshot) if old and new else None
    context = {"application": application, "versions": list(rows.values()), "old": old, "new": new}
    context |= {"changes": changes, "trail": trail_of(application)}
    return render(request, "projects/application/versions.html", context)


@page(*READERS)
def version(request, public_id, number):
    """One frozen version as it was handed in."""
    application = fetch(request, public_id)
    if number > 2**15:
        raise Http404
    frozen = get_object_or_404(application.versions, number=number)
    context = {"application": application, "version": frozen, "groups": summaries.groups(frozen.snapshot)}
    context["files"] = frozen.files.order_by("id")
    context["trail"] = trail_of(application, ("版本", url_of(application, "application_versions")))
    return render(request, "projects/application/version.html", context)
