"""Tasks of money: thin, idempotent."""

from celery import shared_task

from funding.actions.audits import refresh_audit_grants


@shared_task(name="funding.tasks.refresh_audit_grants")
def refresh_grants() -> None:
    """Give and take auditors' reading rights as their days begin and end."""
    refresh_audit_grants()
