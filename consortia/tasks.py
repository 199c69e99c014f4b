"""Celery tasks: thin, idempotent, ids in."""

from celery import shared_task

from consortia.actions import imports
from portal import documents


@shared_task(name="consortia.tasks.run_import")
def run_import(run_id: int) -> None:
    """Check or write one imported table."""
    imports.work(run_id)


@shared_task(name="consortia.tasks.sweep_imports")
def sweep_imports() -> int:
    """Wake runs whose message was lost or whose worker died; returns how many."""
    rows = list(imports.stuck().values_list("pk", flat=True)[:20])
    for pk in rows:
        documents.send_task("consortia.tasks.run_import", pk)
    return len(rows)
