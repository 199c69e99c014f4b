"""Approved projects as the public sees them: named facts only, no people, no money beyond the fixed grant (I7, N2)."""

from dataclasses import dataclass

from django.db.models import Q

from projects.models import Project
from projects.states import ConclusionCode, ProjectState

RESULTS = {
    ConclusionCode.PASSED: ("通过验收", "ok"),
    ConclusionCode.PASSED_AFTER: ("整改后通过验收", "ok"),
}
ENDED = (ProjectState.FAILED, ProjectState.TERMINATED, ProjectState.CLOSED)


@dataclass(frozen=True)
class FundedProject:
    """One line of the public list."""

    number: str
    title: str
    lead_unit: str
    consortium: str
    field: str
    call: str
    status: str
    tone: str


def funded_projects(q: str = ""):
    """All approved projects, newest first, filtered by text; the rows become `public_line`s."""
    rows = Project.objects.select_related("application", "call", "consortium", "lead_unit").order_by("-number")
    if q:
        rows = rows.filter(Q(number__icontains=q) | Q(title__icontains=q) | Q(lead_unit__name__icontains=q))
    return rows


def public_line(project: Project) -> FundedProject:
    """What the public may read of a project; how one failed is between the center and the unit."""
    running = ("已结束", "quiet") if project.state in ENDED else ("执行中", "info")
    status, tone = RESULTS.get(project.conclusion, running)
    return FundedProject(
        number=project.number,
        title=project.title,
        lead_unit=project.lead_unit.name,
        consortium=project.consortium.name,
        field=project.application.field,
        call=project.call.title,
        status=status,
        tone=tone,
    )
