"""Nouns of the formality check."""

from portal.measures.findings import Finding
from portal.measures.formality import FAILED, FormalityResult, formality_table
from projects import extensions
from projects.queries.applications import applicant_facts, application_facts, edition_of, whole_application

CLAWBACK_ROW = "no_open_clawback"


def automatic_results(application) -> tuple[FormalityResult, ...]:
    """What the rules say of every row, as of the moment of submitting (8(1)); manual rows come out open."""
    current = whole_application(pk=application.pk).get()
    edition = edition_of(current.call)
    applicant = applicant_facts(
        call=current.call,
        consortium=current.consortium,
        unit=current.lead_unit,
        now=current.submitted_at,
        besides=current,
    )
    rows = formality_table(applicant, application_facts(current, edition), {}, edition)
    obstacles = tuple(extensions.ask(extensions.APPLICATION_OBSTACLES, current.lead_unit))
    return tuple(_with_obstacles(row, obstacles) for row in rows)


def _with_obstacles(row: FormalityResult, obstacles: tuple[Finding, ...]) -> FormalityResult:
    """Clawbacks live above this app: what they have to say belongs to the row about them (17)."""
    if row.rule.code != CLAWBACK_ROW or not obstacles:
        return row
    return FormalityResult(row.rule, FAILED, (*row.findings, *obstacles), row.note)
