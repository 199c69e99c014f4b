"""Celery tasks of the life cycle: thin, idempotent, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from portal.errors import Refused
from projects.actions.calls import close_call
from projects.actions.notices import close_notice
from projects.actions.reminders import remind_of_deadlines, remind_of_reports, remind_of_supplements
from projects.queries.calls import calls_over
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


@shared_task(name="projects.tasks.send_reminders")
def send_reminders() -> int:
    """Close calls whose deadline is over, then remind of deadlines and reports; returns how many people were told."""
    for call in calls_over(timezone.now()):
        try:
            close_call(call)
        except Refused:
            continue  # another worker was faster
    return remind_of_deadlines() + remind_of_supplements() + remind_of_reports()
