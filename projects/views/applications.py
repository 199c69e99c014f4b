"""Pages to read an application and to start one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone

from portal import access, documents, editions, events
from portal.access import page, roles_of
from portal.errors import Refused
from portal.measures.findings import blocks
from projects.actions import application_editing as editing
from projects.actions import applications
from projects.documents.applications import FIRST_STEPS
from projects.forms.applications import ApplicationFilter, StartForm
from projects.models import Call
from projects.queries import application_duties as duties
from projects.queries import application_summaries as summaries
from projects.queries.application_duties import WORKING
from projects.queries.application_snapshots import snapshot
from projects.queries.application_tasks import address, parts
from projects.queries.applications import completeness, findings, is_declared
from projects.queries.decisions import DECISION_VERBS, Shown, shown_state
from projects.views.application_base import READERS, UNIT, fetch, trail_of, url_of
from projects.views.application_errors import show_refusal
from projects.views.application_steps import bar

PAGE_SIZE = 20


@page(*READERS)
def application_list(request):
    """The unit's applications, newest first, with filters; the center has its list in the admin."""
    if not roles_of(request.user) & frozenset(UNIT):
        return redirect("admin:projects_application_changelist")
    calls = list(Call.objects.exclude(state="draft").only("title", "closes_at", "state").order_by("-year", "-id"))
    form = ApplicationFilter(request.GET, calls=calls)
    values = form.cleaned_data if form.is_valid() else {}
    rows = Paginator(duties.listed(request.user, **values), PAGE_SIZE).get_page(request.GET.get("page"))
    for row in rows:
        row.shown, row.duty = Shown(row.shown_state), duties.next_duty(row, row.shown_state)
    may_start = access.allowed(request.user, "projects.start_application")
    running = [call for call in calls if call.state == "published" and call.closes_at > timezone.now()]
    context = {"page": rows, "calls": running if may_start else []}
    context |= {"filter_form": form, "filtered": any(values.values()), "may_start": may_start}
    return render(request, "projects/application/list.html", context)


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
    """The start page: where it stands, what to do next, lights, papers, history."""
    application = fetch(request, public_id)
    user = request.user
    remarks = findings(application) if application.state in WORKING else ()
    lights = completeness(application, remarks)
    context = _standing(application, remarks, lights, user) | _told(application, user)
    context |= {
        "actions": bar(application, user, resume(application, lights, user)),
        "papers": documents.readable(user, application),
        "trail": trail_of(application)[:1],
        "declared": is_declared(application),
        "may_discard": editing.can_discard(application, user),
    }
    return render(request, "projects/application/overview.html", context)


def _standing(application, remarks, lights, user) -> dict:
    """How far it is, and who is to act."""
    return {
        "application": application,
        "tasks": [*tasks(application, lights, user), last_task(application, remarks)],
        "progress": duties.progress(lights) if application.state in WORKING else None,
        "steps": duties.steps(application, remarks),
        "obstacles": duties.obstacles(remarks),
    }


def _told(application, user) -> dict:
    """Its state and history, without a decision that is not told yet."""
    shown = shown_state(application, user)
    return {"shown": Shown(shown), "events": history(application, is_told=shown == application.state)}


def resume(application, lights, user):
    """The part to go on with, for whoever may edit now."""
    if not editing.can_edit(application, user):
        return None
    return duties.resume_at(application, lights, user, editing.open_places(application))


def tasks(application, lights, user) -> list[dict]:
    """Rows of the task list; a part is a link while it may be edited."""
    may_edit = editing.can_edit(application, user)
    places = editing.open_places(application)
    working = application.state in WORKING
    return [
        {
            "label": light.label,
            "status": light.status if working else "已冻结",
            "tone": light.tone if working else "quiet",
            "hint": light.hint if working else "",
            "url": address(application, light.code) if may_edit and (places is None or light.code in places) else "",
        }
        for light in lights
    ]


def last_task(application, remarks) -> dict:
    """The last row: check everything and go on, or read what was handed in."""
    if application.state not in WORKING:
        url = url_of(application, "application_versions")
        return {"label": "已提交的版本", "status": "可查看", "tone": "info", "url": url}
    count = len(blocks(remarks))
    status, tone = (f"{count} 项未办妥", "warn") if count else ("可以提交", "ok")
    return {"label": "检查与提交", "status": status, "tone": tone, "url": url_of(application, "application_check")}


def history(application, *, is_told: bool):
    """What happened to it; neither the many saves and refused tries nor the officer's single answers.

    Nor the decision while it is not told yet.
    """
    rows = events.of(application).exclude(verb__startswith="formality")
    rows = rows if is_told else rows.exclude(verb__in=DECISION_VERBS)
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
    remarks = findings(application)
    context = {"application": application, "groups": groups, "actions": buttons, "trail": trail_of(application)}
    context |= {"places": by_place(application, remarks), "refused": len(blocks(remarks)), "others": unrefused(remarks)}
    return render(request, "projects/application/check.html", context)


def by_place(application, remarks) -> list[tuple[str, list]]:
    """Findings under the name of their part, in the order of the form; those of no part come last."""
    places = {part.code: (part.label, []) for part in parts(editions.edition(application.call.edition))}
    places[""] = ("申报通知、申报资格与声明", [])
    for remark in remarks:
        places.get(remark.place, places[""])[1].append(remark)
    return [(label, rows) for label, rows in places.values() if rows]


def unrefused(remarks) -> int:
    """How many findings are to be looked at, but refuse nothing."""
    return len(remarks) - len(blocks(remarks))


@page(*READERS)
def receipt(request, public_id):
    """Number, time, digest, what happens next."""
    application = fetch(request, public_id)
    version = application.versions.select_related("submitted_by").first()
    if version is None:
        messages.info(request, "这份申报书还没有提交，没有回执。")
        return redirect(url_of(application))
    context = {"application": application, "version": version, "trail": trail_of(application)}
    context |= {"paper": documents.latest("application_receipt", application), "next_steps": FIRST_STEPS}
    context |= {"file_count": len(version.snapshot.get("attachments", []))}
    context["shown"] = Shown(shown_state(application, request.user))
    return render(request, "projects/application/receipt.html", context)
