"""Reviews in which two people act at the same moment: invariants R2 and R6, over HTTP from threads (C)."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from portal.errors import Refused
from reviews import scoring
from reviews.actions import experts, rounds, schemes
from reviews.models import Assignment, ReviewItem, Round, ScoreEntry, ScoreSheet
from tests.races import ask, race, real_database
from tests.reviews import worlds

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 8


def posts(user, path: str, typed: dict | None = None):
    """A job that sends a form as a signed-in person and says the status of the answer; to be made before the race,
    since the threads of `real_database` know only who had signed in by then.
    """
    client = Client()
    client.force_login(user)

    def job():
        answer = client.post(path, typed or {})
        return "login" if answer.get("Location", "").startswith("/login/") else str(answer.status_code)

    return job


def acts(function, *args, **kwargs):
    """A job that calls an action and says how it went."""

    def job():
        try:
            function(*args, **kwargs)
        except Refused as refusal:
            return type(refusal).__name__
        return "done"

    return job


def _ready(round, people):
    """All but the first have submitted; the first's sheet is complete."""
    for expert, share in zip(people[1:], (90, 60), strict=True):
        worlds.score(worlds.seat_of(round, expert), share)
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    worlds.save(seat, 75)
    return Assignment.objects.get(pk=seat.pk)


def test_r2_a_conflict_recorded_while_a_score_is_sent_leaves_no_live_seat(tmp_path):
    round, people, officer = worlds.open_world(applications=TIMES)
    seats = [worlds.accept(worlds.seat_of(round, people[0], place)) for place in range(TIMES)]
    applications = [seat.item.application for seat in seats]
    for seat in seats:
        worlds.save(seat, 80)
    submits = [posts(people[0].user, reverse("review_submit", args=[seat.pk])) for seat in seats]
    client = Client()
    client.force_login(people[0].user)
    with real_database(tmp_path):
        for seat, application, submit in zip(seats, applications, submits, strict=True):
            pin = acts(experts.pin_conflict, expert=people[0], by=officer, kind="family", application=application)
            said = race([submit, pin])
            # Submitted first and voided after it, or turned away: refused (409), not there any more (404).
            assert said in (["302", "done"], ["404", "done"], ["400", "done"], ["409", "done"], ["403", "done"]), said
            state = ask(lambda seat=seat: Assignment.objects.get(pk=seat.pk).state)
            assert state == "voided", said
        pages = [
            ask(lambda seat=seat: client.get(reverse("review_seat", args=[seat.pk])).status_code) for seat in seats
        ]
    assert pages == [404] * TIMES


def test_r2_a_conflict_that_waits_for_the_seat_voids_what_was_submitted_first(tmp_path):
    round, people, officer = worlds.open_world()
    seat = _ready(round, people)
    submit = posts(people[0].user, reverse("review_submit", args=[seat.pk]))
    with real_database(tmp_path):
        assert race([submit]) == ["302"]
        pin = acts(experts.pin_conflict, expert=people[0], by=officer, kind="family", application=seat.item.application)
        assert race([pin]) == ["done"]
        assert race([acts(rounds.close_round, round, by=officer)]) == ["done"]
        assert ask(lambda: ReviewItem.objects.get().n) == 2


def test_r6_closing_and_the_last_score_agree_on_what_counts(tmp_path):
    outcomes = set()
    for _ in range(TIMES):
        round, people, officer = worlds.open_world(quorum=2)
        seat = _ready(round, people)
        submit = posts(people[0].user, reverse("review_submit", args=[seat.pk]))
        with real_database(tmp_path):
            said = race([submit, acts(rounds.close_round, round, by=officer, note="一位专家迟交，已书面说明")])
            stored = ask(lambda round=round: _figures(round))
        assert stored["state"] == "closed"
        assert stored["n"] == len(stored["totals"]) == (3 if "302" in said else 2), said
        assert stored["mean"] == scoring.mean_of(stored["totals"])
        outcomes.add(tuple(said))
    assert outcomes <= {("302", "done"), ("400", "done"), ("409", "done")}, outcomes


def _figures(round) -> dict:
    item = ReviewItem.objects.get(round=round)
    totals = (
        ScoreSheet.objects.filter(assignment__item=item, locked=True).order_by("pk").values_list("total", flat=True)
    )
    return {"state": Round.objects.get(pk=round.pk).state, "n": item.n, "mean": item.mean, "totals": list(totals)}


def test_r6_two_tabs_submit_the_same_sheet_once(tmp_path):
    round, people, _ = worlds.open_world()
    seat = _ready(round, people)
    path = reverse("review_submit", args=[seat.pk])
    jobs = [posts(people[0].user, path) for _ in range(4)]
    with real_database(tmp_path):
        said = race(jobs)
        assert ask(lambda: Assignment.objects.get(pk=seat.pk).state) == "submitted"
    assert said.count("302") >= 1
    assert set(said) <= {"302", "400", "409"}


def test_r6_a_sheet_is_scored_by_one_scheme_whatever_comes_first(tmp_path):
    round, people, officer = worlds.open_world(quorum=2)
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    worlds.save(seat, 100)
    scheme = {**round.scheme, "criteria": [dict(row) for row in round.scheme["criteria"]]}
    scheme["criteria"][0]["maximum"] -= 5
    scheme["criteria"][1]["maximum"] += 5
    change = acts(schemes.change_scheme, round, scheme=scheme, revision=round.revision, by=officer, note="调整权重")
    submit = posts(people[0].user, reverse("review_submit", args=[seat.pk]))
    with real_database(tmp_path):
        said = race([submit, change])
        stored = ask(lambda: (Round.objects.get(pk=round.pk).scheme, Assignment.objects.get(pk=seat.pk).state))
        entries = ask(lambda: list(ScoreEntry.objects.filter(sheet__assignment=seat).values_list("points", "maximum")))
    assert said in (["302", "Refused"], ["400", "done"]), said
    assert stored == ((round.scheme, "submitted") if "302" in said else (scheme, "accepted"))
    assert all(points is None or points <= maximum for points, maximum in entries)


@pytest.mark.postgres
def test_r6_saving_waits_for_a_closing_that_came_first():
    round, people, officer = worlds.open_world(quorum=2)
    seat = _ready(round, people)
    typed = {f"points_{code}": "1" for code in worlds.points(seat, 80)} | {"revision": "1"}
    save = posts(people[0].user, reverse("review_seat", args=[seat.pk]), typed)
    said = []
    with transaction.atomic():
        rounds.close_round(round, by=officer, note="一位专家迟交，已书面说明")
        thread = threading.Thread(target=lambda: (said.append(save()), connection.close()))
        thread.start()
        thread.join(1.5)
        assert said == []
    thread.join(30)
    assert said == ["409"]


@pytest.mark.postgres
def test_r6_experts_do_not_wait_for_each_other_while_they_save():
    round, people, _ = worlds.open_world()
    one, two = (worlds.accept(worlds.seat_of(round, expert)) for expert in people[:2])
    save = posts(people[1].user, reverse("review_seat", args=[two.pk]), {"points_goals": "9", "revision": "0"})
    with transaction.atomic():
        worlds.save(one, 80)
        assert race([save]) == ["302"]


def test_a_saved_sheet_is_never_half_of_two_windows(tmp_path):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    codes = list(worlds.points(seat, 80))
    path = reverse("review_seat", args=[seat.pk])
    jobs = [
        posts(people[0].user, path, {f"points_{code}": str(value) for code in codes} | {"revision": "0"})
        for value in (1, 2, 3, 4)
    ]
    with real_database(tmp_path):
        said = race(jobs)
        points = ask(lambda: set(ScoreEntry.objects.filter(sheet__assignment=seat).values_list("points", flat=True)))
    assert said == ["302", "409", "409", "409"]
    assert len(points) == 1
