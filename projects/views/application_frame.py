"""What every page of a part shows around its fields: way on and back, who saved last, problems and findings, sums."""

from django.shortcuts import render

from portal.measures.findings import blocks
from projects.actions import application_editing as editing
from projects.forms.application_tables import is_whole
from projects.queries.application_tasks import BUDGET, address, parts
from projects.queries.applications import edition_of, findings, remarks_of, verdicts
from projects.views.application_base import trail_of, url_of


def show_part(request, application, section, editor, *, status=200, **more):
    """The page of a part with its editor (None for a part that is only read)."""
    template = editor.template if editor else "projects/application/unit.html"
    found = findings(application)
    context = {"application": application, "part": section, "editor": editor, "back_url": url_of(application)}
    context |= neighbours(application, section) | {"trail": trail_of(application)}
    context |= panel(application, section, editor, found)
    if editor:
        # A page after a refused save starts from what it started from: only a save moves it on.
        revision = max(editor.revision, 0) if request.method == "POST" else editor.stored_revision
        context |= {"form": editor.form, "revision": revision} | editor.formsets
    if section.code == BUDGET:
        context |= budget_facts(application, editor)
    return render(request, template, context | more, status=status)


def neighbours(application, section) -> dict:
    """Place of a part in the form and the parts before and after it that may be edited now."""
    places = editing.open_places(application)
    rows = [part for part in parts(edition_of(application.call)) if places is None or part.code in places]
    codes = [part.code for part in rows]
    here = codes.index(section.code) if section.code in codes else -1
    return {
        "position": here + 1,
        "part_count": len(rows),
        "previous": _link(application, rows[here - 1]) if here > 0 else None,
        "following": _link(application, rows[here + 1]) if 0 <= here < len(rows) - 1 else None,
    }


def _link(application, part) -> dict:
    return {"label": part.label, "url": address(application, part.code)}


def panel(application, section, editor, found) -> dict:
    """Problems of what is typed, counts of the findings, and who saved this part last."""
    remarks = remarks_of(section.code, found)
    refused = blocks(remarks)
    return {
        "problems": editor.problems() if editor is not None and editor.data is not None else [],
        "remarks": remarks,
        "faults": sum(not row.missing for row in refused),
        "gaps": sum(row.missing for row in refused),
        "hints": len(remarks) - len(refused),
        "saved": editing.section_row(application, section.code),
    }


def budget_facts(application, editor) -> dict:
    """Rows with amount and verdict, and the balance: of what is typed when something is, else of what is stored."""
    if editor.data is None:
        matching = [row.amount for row in application.funding_sources.all() if row.kind != "grant"]
        lines = list(application.budget_lines.all())
        found = verdicts(lines, edition_of(application.call))
        judged = list(zip(editor.formsets["lines"], lines, found, strict=False))
    else:
        matching = [form.cleaned_data["amount"] for form in editor.formsets["sources"] if is_whole(form)]
        judged = list(editor.judged)
    facts = _balance(application, judged, matching)
    return facts | {"all_lines": editor.formsets["lines"], "categories": _categories(edition_of(application.call))}


def _categories(edition) -> list[dict]:
    """Budget categories in words: what belongs in, and which directions of 13 they may serve."""
    names = {item.code: item.name for item in edition.directions}
    return [
        {
            "name": item.name,
            "hint": item.hint,
            "fits": "、".join(names[code] for code in item.directions) or "各个方向",
        }
        for item in edition.budget_categories
    ]


def _balance(application, judged, matching) -> dict:
    lines = [line for _, line, _ in judged]
    fixed, grant = application.call.fixed_grant, sum(line.amount for line in lines if line.source == "grant")
    income, spending = fixed + sum(matching), sum(line.amount for line in lines)
    sums = {"income": income, "matching": sum(matching), "spending": spending, "difference": income - spending}
    return sums | {"grant": grant, "grant_left": fixed - grant, "fixed_grant": fixed} | _flagged(judged)


def _flagged(judged) -> dict:
    """Every form gets its line and verdict; banned and doubtful ones are listed."""
    for form, line, found in judged:
        form.line, form.found = line, found
    return {
        "banned": [form for form, _, found in judged if found.verdict == "banned"],
        "doubtful": [form for form, _, found in judged if found.verdict == "needs-review"],
    }
