"""Nouns of the acceptance package: what is handed in, what is missing, by which article (11, 18)."""

from portal.editions import edition
from portal.measures.closing import PackageFacts, package_complete, targets_reached
from portal.measures.counting import count_strict
from portal.measures.findings import Finding, Severity, run_rules
from portal.measures.process import ExecutionFacts
from projects import extensions
from projects.queries.evidence import progress
from projects.states import EvidenceState

# Part of the edition's package -> kind of file that hands it in.
FILE_KINDS = {
    "work_summary": "work_summary",
    "case_report": "case_report",
    "industry_map": "map",
    "final_accounts": "final_accounts",
    "self_assessment": "self_assessment",
    "audit_report": "audit",
}


def handed_in(package) -> frozenset[str]:
    """Codes of the edition's parts that lie in the package, as files or as text."""
    kinds = {file.kind for file in package.files.all()} if package.pk else set()
    parts = {code for code, kind in FILE_KINDS.items() if kind in kinds}
    if package.work_summary.strip():
        parts.add("work_summary")
    if package.self_assessment.strip():
        parts.add("self_assessment")
    return frozenset(parts)


def package_findings(package) -> list[Finding]:
    """Everything that is missing or doubtful, with articles; money is asked of the app that keeps it."""
    project = package.project
    year = edition(project.call.edition)
    facts = PackageFacts(
        handed_in=handed_in(package),
        kpis=progress(project),
        evidence_waiting=project.evidence.filter(state=EvidenceState.CLAIMED).count(),
        ledger_lines_waiting=None,
        execution=ExecutionFacts(project.grant_amount, project.grant_amount, project.end_on, project.end_on, True),
    )
    found = list(run_rules((package_complete, targets_reached), facts, year))
    return [*found, *_summary(package, year), *extensions.ask(extensions.PACKAGE_CHECKS, project)]


def _summary(package, year) -> list[Finding]:
    """The work summary is long enough by the strict count (10(1)6)."""
    floor, length = year.targets.summary_min_chars, count_strict(package.work_summary)
    if length >= floor:
        return []
    message = f"工作总结为 {length} 字（不计标点和空格），办法第十条（一）6 要求不少于 {floor} 字。"
    place = "package.work_summary"
    return [Finding("10(1)6", Severity.BLOCK, "package_summary_length", message, place, "请在本页补充工作总结。")]
