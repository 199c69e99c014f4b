"""Tasks of money: thin, idempotent."""

from celery import shared_task

from funding.actions import audit_packages, ledger_import, lexicon_tests
from funding.actions.audits import refresh_audit_grants
from funding.actions.budget import tell_alerts
from funding.queries.budget import projects_to_watch
from portal import documents


@shared_task(name="funding.tasks.refresh_audit_grants")
def refresh_grants() -> None:
    """Take auditors' reading grants back when their days are over; the predicate looks at the days anyway."""
    refresh_audit_grants()


@shared_task(name="funding.tasks.run_import")
def run_import(job_id: int) -> None:
    """Judge or book one ledger file."""
    ledger_import.work(job_id)


@shared_task(name="funding.tasks.sweep_imports")
def sweep_imports() -> int:
    """Wake jobs whose message was lost or whose worker died, forget files nobody confirmed; returns how many woke."""
    rows = list(ledger_import.stuck().values_list("pk", flat=True)[:20])
    for pk in rows:
        documents.send_task(ledger_import.TASK, pk)
    ledger_import.forget_old()
    return len(rows)


@shared_task(name="funding.tasks.test_lexicon")
def test_lexicon(test_id: int) -> None:
    """Run a draft of the lexicon over past decisions."""
    lexicon_tests.run_test(test_id)


@shared_task(name="funding.tasks.sweep_lexicon_tests")
def sweep_lexicon_tests() -> int:
    """Wake tests whose message was lost or whose worker died; returns how many."""
    rows = list(lexicon_tests.stuck().values_list("pk", flat=True)[:20])
    for pk in rows:
        documents.send_task("funding.tasks.test_lexicon", pk)
    return len(rows)


@shared_task(name="funding.tasks.build_audit_package")
def build_audit_package(package_id: int) -> None:
    """Build one zip for an auditor."""
    audit_packages.work(package_id)


@shared_task(name="funding.tasks.sweep_audit_packages")
def sweep_audit_packages() -> int:
    """Wake zips whose message was lost or whose worker died; returns how many."""
    rows = list(audit_packages.stuck_packages().values_list("pk", flat=True)[:20])
    for pk in rows:
        documents.send_task("funding.tasks.build_audit_package", pk)
    return len(rows)


@shared_task(name="funding.tasks.tell_budget_alerts")
def tell_budget_alerts() -> int:
    """Tell units and officers of missed thresholds of execution, once each; returns how many people were told."""
    return sum(tell_alerts(project) for project in projects_to_watch())
