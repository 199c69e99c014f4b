"""Celery tasks of judgement: thin, idempotent, ids in."""

from celery import shared_task

from portal import documents
from reviews.actions.feedback import make_letters
from reviews.queries.feedback import rounds_waiting


@shared_task(name="reviews.tasks.make_feedback_letters")
def make_feedback_letters(round_id: int) -> None:
    """Make a batch of a round's letters, then call itself for the next one."""
    if make_letters(round_id):
        documents.send_task("reviews.tasks.make_feedback_letters", round_id)


@shared_task(name="reviews.tasks.sweep_feedback")
def sweep_feedback() -> None:
    """Go on with rounds whose letters were released but not all made: a lost message loses no letter."""
    for round_id in rounds_waiting():
        make_letters(round_id)
