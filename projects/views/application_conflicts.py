"""Two contents of one part: the page that shows both, and what a person decided on it (A15)."""

from django.contrib import messages
from django.shortcuts import redirect, render

from projects.forms.application_editors import open_editor
from projects.forms.application_merges import MINE, THEIRS, differences, merged
from projects.views.application_base import trail_of, url_of
from projects.views.application_frame import show_part

__all__ = ["differences", "settle", "show"]


def show(request, fresh, mine, found, *, asked=False):
    """Both contents side by side with a choice for every difference; `asked`: the choices were sent and some lack."""
    rows = [{"row": row, "choice": request.POST.get(row.key, "") if asked else ""} for row in found]
    context = {
        "application": fresh.application,
        "part": mine.part,
        "rows": rows,
        "unsettled": [row for row in found if asked and request.POST.get(row.key) not in (THEIRS, MINE)],
        "typed": mine.typed(),
        "revision": fresh.stored_revision,
        "saved": next((row for row in fresh.application.sections.all() if row.code == mine.part.code), None),
        "back_url": url_of(fresh.application),
        "trail": trail_of(fresh.application),
    }
    return render(request, "projects/application/conflict.html", context, status=409)


def settle(request, application, section):
    """An editor to be saved, or an answer: back to what is stored, the form to merge by hand, or the page once more."""
    fresh, mine = open_editor(application, section), open_editor(application, section, request.POST)
    if fresh is None:
        return redirect(request.path)
    found = differences(fresh, mine)
    if request.POST["merge"] == THEIRS:
        messages.info(request, f"已采用“{section.label}”已保存的内容，您这次的修改没有写入。")
        return redirect(request.path)
    if mine.revision != fresh.stored_revision:
        return show(request, fresh, mine, found)
    if request.POST["merge"] == "edit":
        mine.is_valid()
        return show_part(request, application, section, mine, status=409, revision=mine.revision, conflict=found)
    return mine if request.POST["merge"] == MINE else _merged(request, fresh, mine, found)


def _merged(request, fresh, mine, found):
    chosen = {row.key: request.POST.get(row.key, "") for row in found}
    if not set(chosen.values()) <= {THEIRS, MINE}:
        return show(request, fresh, mine, found, asked=True)
    data = merged(fresh, mine, chosen) | {"revision": str(fresh.stored_revision)}
    return open_editor(fresh.application, fresh.part, data)
