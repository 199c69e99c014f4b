"""Nouns of the formality check."""

from portal.measures.findings import Finding
from portal.measures.formality import FAILED, FormalityResult, formality_table
from projects.queries.applications import applicant_of, application_facts, edition_of
from projects.queries.whole import whole_application

CLAWBACK_ROW = "no_open_clawback"


def automatic_results(application) -> tuple[FormalityResult, ...]:
    """What the rules say of every row, as of the moment of submitting (8(1)); manual rows come out open."""
    current = whole_application(application.pk)
    edition = edition_of(current.call)
    applicant = applicant_of(current, current.submitted_at)
    facts = application_facts(current, edition, leader_running_projects=applicant.leader_running_projects)
    rows = formality_table(applicant.facts, facts, {}, edition)
    return tuple(_with_obstacles(row, applicant.obstacles) for row in rows)


def _with_obstacles(row: FormalityResult, obstacles: tuple[Finding, ...]) -> FormalityResult:
    """Clawbacks live above this app: what they have to say belongs to the row about them (17)."""
    if row.rule.code != CLAWBACK_ROW or not obstacles:
        return row
    return FormalityResult(row.rule, FAILED, (*row.findings, *obstacles), row.note)
