"""Tasks of money: thin, idempotent."""

from celery import shared_task

from funding.actions import ledger_import, lexicon_tests
from funding.actions.audits import refresh_audit_grants
from portal import documents


@shared_task(name="funding.tasks.refresh_audit_grants")
def refresh_grants() -> None:
    """Give and take auditors' reading rights as their days begin and end."""
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
