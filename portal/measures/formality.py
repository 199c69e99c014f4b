"""All checks of an application together, and the center's formality check built on them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from portal.measures.completeness import (
    ApplicationFacts,
    attachments_complete,
    basics_filled,
    check_completeness,
    digital_undertaking,
    leader_declared,
    leader_within_cap,
    plan_inside_period,
    sections_complete,
    supervisor_named,
)
from portal.measures.direction import check_budget
from portal.measures.edition_schema import Edition, FormalityRule
from portal.measures.eligibility import (
    ApplicantFacts,
    application_cap,
    call_published,
    check_applicant,
    inside_window,
    lead_of_consortium,
    no_open_clawback,
    no_overdue_acceptance,
    qualification_valid,
)
from portal.measures.findings import Check, Finding, Severity, blocks, run_rules
from portal.measures.targets import check_targets

PASSED, FAILED, OPEN = "passed", "failed", "open"

# Which checks answer which automatic row of the edition's formality list.
_APPLICANT_ROWS: dict[str, tuple[Check[ApplicantFacts], ...]] = {
    "lead_unit": (lead_of_consortium,),
    "qualification": (qualification_valid,),
    "application_cap": (application_cap,),
    "in_window": (call_published, inside_window),
    "no_open_clawback": (no_open_clawback, no_overdue_acceptance),
}
_APPLICATION_ROWS: dict[str, Callable[[ApplicationFacts, Edition], tuple[Finding, ...]]] = {
    "sections_complete": lambda facts, edition: run_rules(
        (basics_filled, sections_complete, leader_declared, supervisor_named, digital_undertaking, plan_inside_period),
        facts,
        edition,
    ),
    "attachments_complete": attachments_complete,
    "targets_at_floor": lambda facts, edition: check_targets(facts.targets, edition),
    "budget_sound": lambda facts, edition: check_budget(facts.budget, edition),
    "leader_within_cap": leader_within_cap,
}


@dataclass(frozen=True)
class FormalityAnswer:
    """An officer's word on a row: passed or not, with a note."""

    passed: bool
    note: str = ""


@dataclass(frozen=True)
class FormalityResult:
    """One row of the check; outcome is passed, failed or open, and open never counts as passed."""

    rule: FormalityRule
    outcome: str
    findings: tuple[Finding, ...]
    note: str = ""


def precheck(applicant: ApplicantFacts, application: ApplicationFacts, edition: Edition) -> tuple[Finding, ...]:
    """Return everything that stands in the way of submitting, or should be looked at, in reading order."""
    return (
        *check_applicant(applicant, edition),
        *check_completeness(application, edition),
        *check_targets(application.targets, edition),
        *check_budget(application.budget, edition),
    )


def formality_table(
    applicant: ApplicantFacts,
    application: ApplicationFacts,
    answers: Mapping[str, FormalityAnswer],
    edition: Edition,
) -> tuple[FormalityResult, ...]:
    """Return a row for each rule of the edition; `applicant.now` is the moment the version was submitted.

    A rule's refusal stands; what it leaves open, and every manual row, is settled only by an officer's answer.
    """
    return tuple(
        _result(row, _row_findings(row.code, applicant, application, edition), answers.get(row.code))
        for row in edition.formality
    )


def is_passed(results: Iterable[FormalityResult]) -> bool:
    """Whether every row passed."""
    return all(result.outcome == PASSED for result in results)


def _row_findings(
    code: str, applicant: ApplicantFacts, application: ApplicationFacts, edition: Edition
) -> tuple[Finding, ...] | None:
    if code in _APPLICANT_ROWS:
        return run_rules(_APPLICANT_ROWS[code], applicant, edition)
    if code in _APPLICATION_ROWS:
        return _APPLICATION_ROWS[code](application, edition)
    return None


def _result(
    row: FormalityRule, findings: tuple[Finding, ...] | None, answer: FormalityAnswer | None
) -> FormalityResult:
    note = answer.note if answer else ""
    found = findings or ()
    if blocks(found):
        return FormalityResult(row, FAILED, found, note)
    settled = findings is not None and not any(item.severity is Severity.ASK for item in found)
    if answer is not None and not (settled and answer.passed):
        return FormalityResult(row, PASSED if answer.passed else FAILED, found, note)
    return FormalityResult(row, PASSED if settled and row.mode != "manual" else OPEN, found, note)
