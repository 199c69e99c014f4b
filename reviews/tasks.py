"""Celery tasks of judgement: thin, idempotent, ids in."""

from celery import shared_task

from portal import documents
from reviews.actions import draws
from reviews.actions.feedback import make_letters
from reviews.models import ExpertDraw
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


@shared_task(name="reviews.tasks.compute_draw")
def compute_draw(draw_id: int) -> None:
    """Draw experts for one round; nothing is seated before a person confirms it."""
    draws.compute_draw(draw_id)


@shared_task(name="reviews.tasks.recompute_draw")
def recompute_draw(draw_id: int) -> None:
    """Draw again from the stored snapshot and compare."""
    draws.recompute_draw(ExpertDraw.objects.select_related("round").get(pk=draw_id))


@shared_task(name="reviews.tasks.sweep_draws")
def sweep_draws() -> int:
    """Wake draws whose message was lost or whose worker died; returns how many."""
    rows = list(draws.stuck().values_list("pk", flat=True)[:20])
    for pk in rows:
        documents.send_task("reviews.tasks.compute_draw", pk)
    return len(rows)
