"""Nouns of rectification (20)."""

from django.utils import timezone

from portal import documents
from projects.documents.rectifications import project_facts
from projects.models import Rectification
from projects.states import RectificationState


def failed_of(consortium) -> list[dict]:
    """Records of failed rectifications of a consortium's projects, newest first (seam of consortia.extensions)."""
    rows = Rectification.objects.filter(project__consortium=consortium, state=RectificationState.UNFULFILLED)
    return [_record(row) for row in rows.select_related("project__application", "project__lead_unit").order_by("-id")]


def _record(row) -> dict:
    paper = documents.latest("rectification_notice", row)
    return {
        "project": project_facts(row.project),
        "number": paper.snapshot["doc"]["number"] if paper else f"第{row.pk}号",
        "ordered_on": timezone.localdate(row.ordered_at).isoformat(),
        "due_on": row.due_on.isoformat(),
        "rechecked_on": timezone.localdate(row.rechecked_at).isoformat() if row.rechecked_at else "",
        "recheck": row.recheck,
    }
