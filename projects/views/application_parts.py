"""Pages of the parts: one editor, one save by button or by itself, findings beside the fields."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from portal.access import page
from portal.errors import Refused
from portal.measures.findings import blocks
from projects.actions import application_editing as editing
from projects.actions.application_editing import StaleEdit
from projects.forms.application_editors import Editor, open_editor
from projects.queries import application_summaries as summaries
from projects.queries.application_snapshots import snapshot
from projects.queries.application_tasks import ATTACHMENTS, BUDGET, part_of
from projects.queries.applications import findings, remarks_of
from projects.queries.whole import whole_application
from projects.views import application_conflicts, application_files
from projects.views.application_base import UNIT as READERS
from projects.views.application_base import WRITERS, fetch, url_of
from projects.views.application_frame import budget_facts, neighbours, panel, show_part


@page(*READERS, methods=("GET", "POST"))
def part(request, public_id, code):
    """One part: read-only for those who may not edit it now."""
    application = fetch(request, public_id)
    section = part_of(application, code)
    if section is None:
        raise Http404
    if request.method == "POST" and (fields := editing.smuggled(request.POST)):
        editing.note_smuggled(application, fields=fields, by=request.user)
    if request.method == "GET" and not editing.can_edit(application, request.user, code):
        messages.info(request, "这一部分现在不能修改。内容可在“检查与提交”页查看。")
        return redirect(url_of(application))
    return _answer(request, application, section)


def _answer(request, application, section):
    if section.code == ATTACHMENTS:
        return application_files.attachments(request, application, section)
    if "merge" in request.POST:
        return _merge(request, application, section)
    editor = open_editor(application, section, request.POST if request.method == "POST" else None)
    if editor is None:
        rows = summaries.unit_rows(snapshot(application, version=0, status_label=""))
        return show_part(request, application, section, None, unit_rows=rows)
    return _save(request, editor) if request.method == "POST" else show_part(request, application, section, editor)


def _merge(request, application, section):
    """What a person decided on the page of two contents: saved like any other content, or refused and shown again."""
    outcome = application_conflicts.settle(request, application, section)
    return _save(request, outcome) if isinstance(outcome, Editor) else outcome


def _save(request, editor):
    try:
        if not editor.is_valid():
            return _keep(request, editor)
        editor.save(by=request.user)
    except StaleEdit as stale:
        return _stale(request, editor, stale)
    except Refused as refusal:
        editor.refuse(refusal)
        if request.headers.get("HX-Request"):
            return _autosaved(request, editor, refusal=refusal, status=refusal.status)
        return show_part(request, editor.application, editor.part, editor, status=refusal.status)
    return _saved(request, editor)


def _keep(request, editor):
    """Not whole yet: kept as typed, so that nothing is lost, and shown with what is wrong."""
    if not editor.counts_its_rows:
        return show_part(request, editor.application, editor.part, editor, status=422)
    editor.keep(by=request.user)
    if request.headers.get("HX-Request"):
        return _autosaved(request, editor)
    if "add" in request.POST:
        return redirect(request.path)
    fresh = whole_application(editor.application.pk)
    revision = editing.part_revision(fresh, editor.part.code)
    return show_part(request, fresh, editor.part, editor, status=422, kept=True, revision=revision)


def _stale(request, editor, stale: StaleEdit):
    fresh = open_editor(whole_application(editor.application.pk), editor.part)
    found = application_conflicts.differences(fresh, editor)
    if not found:
        # A second click, or the autosave a moment ago: what was typed is what is stored.
        return _saved(request, editor)
    if request.headers.get("HX-Request"):
        return render(request, "projects/application/_stale.html", {"stale": stale}, status=409)
    return application_conflicts.show(request, fresh, editor, found)


def _saved(request, editor):
    if request.headers.get("HX-Request"):
        return _autosaved(request, editor)
    _tell_saved(request, editor)
    if "continue" not in request.POST:
        return redirect(request.path)
    return redirect(_next(editor))


def _autosaved(request, editor, *, refusal=None, status=200):
    """The fragment after an autosave: revision, who saved when, problems and findings; nothing of the form itself."""
    fresh = whole_application(editor.application.pk)
    stored = open_editor(fresh, editor.part)
    found = findings(fresh)
    context = panel(fresh, editor.part, stored, found) | {"application": fresh, "part": editor.part}
    context |= {"revision": stored.stored_revision, "refusal": refusal, "editor": stored, "swap": True}
    return render(request, "projects/application/_autosaved.html", context, status=status)


def _tell_saved(request, editor) -> None:
    """A draft may be saved with gaps; whoever goes on is told what is left."""
    fresh = whole_application(editor.application.pk)
    left = blocks(remarks_of(editor.part.code, findings(fresh)))
    if left:
        more = f"等 {len(left)} 处" if len(left) > 1 else ""
        messages.warning(request, f"“{editor.part.label}”已保存，提交前还须改正：{left[0].message}{more}")
    else:
        messages.success(request, f"“{editor.part.label}”已保存。")


def _next(editor) -> str:
    following = neighbours(editor.application, editor.part)["following"]
    return following["url"] if following else url_of(editor.application, "application_check")


@page(*WRITERS, methods=("POST",))
def budget_check(request, public_id):
    """The fragment with sums and the verdict of the ban check on what is typed now; saves nothing."""
    application = fetch(request, public_id)
    editor = open_editor(application, part_of(application, BUDGET), request.POST)
    editor.is_valid()
    context = budget_facts(application, editor) | {"application": application, "swap": True}
    return render(request, "projects/application/_budget_check.html", context)
