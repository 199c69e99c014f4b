"""Two people confirm draws, or seat by hand, at the same moment: one wins, nobody is seated twice."""

from collections import Counter

import pytest

from reviews.actions import draws, rounds
from reviews.models import Assignment, Expert, ExpertDraw
from tests import races
from tests.factories import make_expert, make_user
from tests.reviews.worlds import applications_under_review, selection_round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
ROUNDS = 5


def _prepared():
    round = selection_round(applications_under_review(2))
    for _ in range(6):
        make_expert()
    made = [draws.request_draw(round, by=round.created_by, seed=seed) for seed in "12"]
    for draw in made:
        draws.compute_draw(draw.pk)
        draw.refresh_from_db()
    return round, made


def _commit(draw, officer) -> str:
    return draws.commit_draw(ExpertDraw.objects.get(pk=draw.pk), by=officer).state


def test_of_two_confirmations_of_one_draw_one_counts(tmp_path):
    for _ in range(ROUNDS):
        round, (draw, _) = _prepared()
        officers = [make_user("officer"), make_user("officer")]
        with races.real_database(tmp_path):
            told = races.race([lambda who=who, draw=draw: _commit(draw, who) for who in officers])
        assert told == ["committed", "refused"]
        assert Assignment.objects.filter(item__round=round).count() == 6


def test_of_two_draws_confirmed_at_once_one_is_out_of_date(tmp_path):
    for _ in range(ROUNDS):
        round, pair = _prepared()
        officer = make_user("officer")
        with races.real_database(tmp_path):
            told = races.race([lambda draw=draw, by=officer: _commit(draw, by) for draw in pair])
        assert told == ["committed", "queued"]
        assert Assignment.objects.filter(item__round=round).count() == 6
        states = Counter(round.draws.values_list("state", flat=True))
        assert states == {"committed": 1, "stale": 1, "queued": 1}


def test_a_seat_by_hand_at_the_same_moment_is_never_given_twice(tmp_path):
    for _ in range(ROUNDS):
        round, (draw, _) = _prepared()
        officer, item = make_user("officer"), round.items.first()
        expert = Expert.objects.get(pk=draw.result["seats"][str(item.pk)][0])
        hand = {"item": item, "expert": expert, "by": officer}
        with races.real_database(tmp_path):
            jobs = [lambda d=draw, by=officer: _commit(d, by), lambda h=hand: rounds.assign_expert(**h).state]
            told = races.race(jobs)
        # Either the draw was first and the seat is there already, or the hand was and the draw is out of date.
        assert told in (["committed", "refused"], ["assigned", "queued"])
        assert Assignment.objects.filter(item=item, expert=expert).count() == 1
