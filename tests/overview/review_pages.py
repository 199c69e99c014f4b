"""The pages of experts and of a round's setup, in every state, for the list in tests/overview/pages.py."""

from datetime import timedelta

from django.utils import timezone

from portal import files
from reviews.actions import sheets
from reviews.models import Assignment
from tests.factories import make_project
from tests.projects import applying
from tests.reviews import worlds


def add(shelf, people: dict) -> None:
    """One expert with seats in every state, and rounds in preparation and running."""
    round, experts, officer = worlds.open_world(applications=4, hide_applicants=False)
    expert = experts[0]
    people["expert"] = expert.user
    new, begun, done, gone = (worlds.seat_of(round, expert, place) for place in range(4))
    begun.item.version.files.add(files.store(applying.PDF, "实施方案.pdf", by=officer))
    for seat in (begun, done):
        worlds.accept(seat)
    worlds.save(begun, 50, comments={})
    worlds.save(Assignment.objects.get(pk=done.pk), 80)
    sheets.submit_sheet(Assignment.objects.get(pk=done.pk), by=expert.user)
    sheets.recuse(gone, by=expert.user, kind="teacher", note="与负责人是师生关系")
    shelf.add("review_desk", "expert")
    shelf.add("review_undertaking", "expert", round.pk)
    for seat in (new, begun, done):
        shelf.add("review_seat", "expert", seat.pk)
        shelf.add("review_recuse", "expert", seat.pk)
    shelf.add("review_recuse", "expert", begun.pk, typed={}, status=400)
    shelf.add("review_submit", "expert", begun.pk)
    for seat in (begun, done):
        shelf.add("review_print", "expert", seat.pk)
    shelf.add("review_seat", "expert", begun.pk, typed={"points_goals": "99"}, status=400)
    shelf.add("review_conflicts", "expert")
    _hidden(shelf, people)
    _setup(shelf, people, round)


def _hidden(shelf, people) -> None:
    """A round that hides applicants and has not begun to score, before its undertaking and after."""
    round, experts, _ = worlds.open_world(hide_applicants=True, opens_at=timezone.now() + timedelta(days=1))
    people["newcomer"], people["reader"] = experts[0].user, experts[1].user
    shelf.add("review_desk", "newcomer")
    shelf.add("review_undertaking", "newcomer", round.pk)
    shelf.add("review_undertaking", "newcomer", round.pk, typed={}, status=400)
    seat = worlds.accept(worlds.seat_of(round, experts[1]))
    shelf.add("review_seat", "reader", seat.pk)


def _setup(shelf, people, round) -> None:
    """What the center fills in."""
    make_project(state="evaluating")
    draft = worlds.selection_round(worlds.applications_under_review(1), people["officer"])
    shelf.add("admin:reviews_round_add", "officer")
    shelf.add("admin:reviews_round_add", "officer", typed={}, status=400)
    for name in ("edit", "scheme", "extend"):
        shelf.add(f"admin:reviews_round_{name}", "officer", draft.pk)
    shelf.add("admin:reviews_round_scheme", "officer", draft.pk, typed={"criteria-0-maximum": "1"}, status=400)
    shelf.add("admin:reviews_round_scheme", "officer", round.pk)
    shelf.add("admin:reviews_round_edit", "officer", draft.pk, typed={"title": ""}, status=400)
    shelf.add("admin:reviews_round_extend", "officer", draft.pk, typed={}, status=400)
    shelf.add("admin:reviews_round_move", "officer", draft.pk, "cancel")
