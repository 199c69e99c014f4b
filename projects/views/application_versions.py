"""Frozen versions: the list, one version as handed in, two of them side by side."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render

from portal.access import page
from projects.queries import application_summaries as summaries
from projects.queries.application_comparison import compare
from projects.queries.versions import file_history, frozen_files, problems_of
from projects.views.application_base import READERS, fetch, trail_of, url_of


@page(*READERS)
def versions(request, public_id):
    """Frozen versions; two of them side by side when ?old= and ?new= name them."""
    application = fetch(request, public_id)
    rows = {str(version.number): version for version in application.versions.select_related("submitted_by")}
    chosen = sorted(
        (row for name in ("old", "new") if (row := rows.get(request.GET.get(name, "")))), key=lambda row: row.number
    )
    context = {"application": application, "versions": list(rows.values()), "trail": trail_of(application)}
    context["file_history"] = file_history(rows.values())
    context["same_twice"] = len(chosen) == 2 and chosen[0] is chosen[1]
    if len(chosen) == 2 and not context["same_twice"]:
        parts = compare(chosen[0].snapshot, chosen[1].snapshot)
        context |= {"old": chosen[0], "new": chosen[1], "parts": parts, "total": sum(part.count for part in parts)}
    return render(request, "projects/application/versions.html", context)


@page(*READERS)
def version(request, public_id, number):
    """One frozen version as it was handed in; ?verify reads every file of it again."""
    application = fetch(request, public_id)
    if number > 2**15:
        raise Http404
    frozen = get_object_or_404(application.versions.select_related("submitted_by"), number=number)
    attached, contents = frozen_files(frozen), "verify" in request.GET
    groups = [group for group in summaries.groups(frozen.snapshot) if group.code != "attachments"]
    context = {"application": application, "version": frozen, "groups": groups, "files": attached}
    context |= {"problems": problems_of(frozen, attached, contents=contents), "contents": contents}
    context["trail"] = trail_of(application, ("版本", url_of(application, "application_versions")))
    return render(request, "projects/application/version.html", context)
