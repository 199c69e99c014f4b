"""Projects on their way through acceptance, with their newest conclusion and report: constant queries."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, Subquery

from portal.models import Document
from projects.models import Project
from reviews.models import AcceptanceConclusion

STATES = ("final_submitted", "evaluating", "rectifying", "accepted", "accepted_after", "failed")


def board():
    """Projects from the package on, with `last_state` and `last_code` of their newest conclusion."""
    last = AcceptanceConclusion.objects.filter(project=OuterRef("pk")).order_by("-attempt")
    rows = Project.objects.filter(state__in=STATES).select_related("lead_unit").order_by("state", "number")
    return rows.annotate(last_state=Subquery(last.values("state")[:1]), last_code=Subquery(last.values("code")[:1]))


def with_reports(projects) -> list[dict]:
    """{project, report} for a page of projects; one query for all reports."""
    rows = list(projects)
    documents = Document.objects.filter(
        kind="acceptance_report",
        subject_type=ContentType.objects.get_for_model(Project),
        subject_id__in=[project.pk for project in rows],
    ).defer("snapshot")
    newest: dict[int, Document] = {}
    for document in documents.order_by("subject_id", "version"):
        newest[document.subject_id] = document
    return [{"project": project, "report": newest.get(project.pk)} for project in rows]
