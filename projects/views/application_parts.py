"""Pages of the parts: one editor, one save, one page for what somebody else saved meanwhile."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from portal.access import page
from portal.errors import Refused
from portal.forms import PLAIN_NUMBER, normalise_number
from portal.measures.findings import blocks
from portal.measures.rmb import round_fen
from projects.actions import application_editing as editing
from projects.actions.application_editing import StaleEdit
from projects.forms.application_editors import open_editor
from projects.models import BudgetLine
from projects.queries import application_summaries as summaries
from projects.queries.application_snapshots import snapshot
from projects.queries.application_tasks import ATTACHMENTS, BUDGET, part_of, parts
from projects.queries.applications import edition_of, findings, remarks_of, verdicts
from projects.queries.whole import whole_application
from projects.views import application_files
from projects.views.application_base import UNIT as READERS
from projects.views.application_base import WRITERS, fetch, trail_of, url_of


@page(*READERS, methods=("GET", "POST"))
def part(request, public_id, code):
    """One part: read-only for those who may not edit it now."""
    application = fetch(request, public_id)
    section = part_of(application, code)
    if section is None:
        raise Http404
    if request.method == "POST":
        editing.note_smuggled(application, request.POST, by=request.user)
    if request.method == "GET" and not editing.can_edit(application, request.user, code):
        messages.info(request, "这一部分现在不能修改。内容可在“检查与提交”页查看。")
        return redirect(url_of(application))
    if code == ATTACHMENTS:
        return application_files.attachments(request, application, section)
    editor = open_editor(application, section, request.POST if request.method == "POST" else None)
    if editor is None:
        rows = summaries.unit_rows(snapshot(application, version=0, status_label=""))
        return _show(request, application, section, None, unit_rows=rows)
    return _save(request, editor) if request.method == "POST" else _show(request, application, section, editor)


def _save(request, editor):
    if not editor.is_valid():
        return _show(request, editor.application, editor.part, editor, status=422)
    try:
        editor.save(by=request.user)
    except StaleEdit:
        return _conflict(request, editor)
    except Refused as refusal:
        editor.refuse(refusal)
        return _show(request, editor.application, editor.part, editor, status=refusal.status)
    return _saved(request, editor)


def _saved(request, editor):
    if request.headers.get("HX-Request"):
        fresh = whole_application(editor.application.pk)
        revision = open_editor(fresh, editor.part).stored_revision
        return render(request, "projects/application/_revision.html", {"revision": revision})
    _tell_saved(request, editor)
    if "add" in request.POST:
        return redirect(request.path)
    return redirect(_next(editor) if "continue" in request.POST else url_of(editor.application))


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
    codes = [part.code for part in parts(edition_of(editor.application.call))]
    following = codes[codes.index(editor.part.code) + 1 :]
    places = editing.open_places(editor.application)
    code = next((code for code in following if places is None or code in places), "")
    return url_of(editor.application, "application_part", code) if code else url_of(editor.application)


def _conflict(request, editor):
    fresh = open_editor(whole_application(editor.application.pk), editor.part)
    differing = _differing(fresh.shown(), editor.shown())
    if not differing and not any(form.cleaned_data.get("DELETE") for form in editor.all_forms):
        # A second click, or the autosave a moment ago: what was typed is what is stored.
        return _saved(request, editor)
    context = {"conflict": differing, "revision": fresh.stored_revision}
    return _show(request, fresh.application, editor.part, editor, status=409, **context)


def _differing(theirs, mine) -> list[dict]:
    """Both contents side by side, label by label, where they are not the same."""
    rows = [
        {
            "label": label,
            "theirs": "\n".join(text for name, text in theirs if name == label),
            "mine": "\n".join(text for name, text in mine if name == label),
        }
        for label in dict.fromkeys(label for label, _ in (*theirs, *mine))
    ]
    return [row for row in rows if _plain(row["theirs"]) != _plain(row["mine"])]


def _plain(text: str) -> str:
    """Lines with numbers spelled alike, so that 350000 equals 350000.00."""
    return "\n".join(_number(normalise_number(line), line) for line in text.splitlines())


def _number(folded: str, line: str) -> str:
    return str(Decimal(folded).normalize()) if PLAIN_NUMBER.match(folded) else line.strip()


def _show(request, application, section, editor, *, status=200, **more):
    template = editor.template if editor else "projects/application/unit.html"
    context = {"application": application, "part": section, "editor": editor, "back_url": url_of(application)}
    if editor:
        context |= {"form": editor.form, "revision": editor.stored_revision} | editor.formsets
    if request.method == "POST" and editor:
        context["revision"] = max(editor.revision, 0)
    if section.code == BUDGET:
        context |= budget_facts(application, editor) if editor.data is not None else stored_budget(application)
    context["remarks"] = [row for row in findings(application) if row.place == section.code]
    return render(request, template, context | {"trail": trail_of(application)} | more, status=status)


@page(*WRITERS, methods=("POST",))
def budget_check(request, public_id):
    """The fragment with sums and the verdict of the ban check on what is typed now; saves nothing."""
    application = fetch(request, public_id)
    editor = open_editor(application, part_of(application, BUDGET), request.POST)
    editor.is_valid()
    return render(request, "projects/application/_budget_check.html", budget_facts(application, editor))


def budget_facts(application, editor) -> dict:
    """Rows with amount and verdict, and the balance, of the lines that are complete."""
    lines = [_line(row) for row in _whole_rows(editor.formsets["lines"])]
    return _balance(application, lines, [row["amount"] for row in _whole_rows(editor.formsets["sources"])])


def stored_budget(application) -> dict:
    """The same of what is saved, for the page as it opens."""
    matching = [row.amount for row in application.funding_sources.all() if row.kind != "grant"]
    return _balance(application, list(application.budget_lines.all()), matching)


def _balance(application, lines, matching) -> dict:
    income = application.call.fixed_grant + sum(matching)
    spending = sum(line.amount for line in lines)
    found = verdicts(lines, edition_of(application.call))
    grant = sum(line.amount for line in lines if line.source == "grant")
    totals = {"income": income, "spending": spending, "difference": income - spending, "grant": grant}
    return totals | {"rows": list(zip(lines, found, strict=True)), "fixed_grant": application.call.fixed_grant}


def _is_whole(form) -> bool:
    data = getattr(form, "cleaned_data", None)
    return bool(data) and not data.get("DELETE") and not form.errors


def _whole_rows(formset) -> list[dict]:
    return [form.cleaned_data for form in formset if _is_whole(form)]


def _line(data: dict) -> BudgetLine:
    given = {name: value for name, value in data.items() if name != "DELETE"}
    return BudgetLine(**given, amount=round_fen(data["unit_price"] * data["quantity"] * data["times"]))
