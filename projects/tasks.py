"""Celery tasks of the life cycle: thin, idempotent, safe to run twice."""

from celery import shared_task

from portal.errors import Refused
from projects.actions.notices import close_notice
from projects.queries.notices import due_notices


@shared_task(name="projects.tasks.close_due_notices")
def close_due_notices() -> int:
    """Close every notice whose last day in Beijing is over; returns how many were closed."""
    closed = 0
    for notice in due_notices():
        try:
            close_notice(notice)
        except Refused:
            continue  # another worker was faster
        closed += 1
    return closed
