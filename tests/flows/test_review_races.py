"""Decisions of a round at the same moment, on PostgreSQL: one counts, the others get a sentence (D6, D7, R6)."""

import pytest

from portal import events
from projects.models import Application
from reviews.actions import closing, feedback, lists, proposals, reassigning, reminders, sheets
from reviews.models import Assignment, FeedbackLetter, Proposal, ProposalAttempt, Round
from tests import factories
from tests.races import race
from tests.reviews import wide, worlds

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 4


@pytest.fixture
def listed():
    """A closed round with a list that waits for the director."""
    round, officer = wide.wide_round(6, experts=2, grants=2)
    proposal = lists.start_list(round=round, by=officer)
    return round, officer, proposals.submit_list(round=round, seen=proposal.digest, by=officer)


def test_many_directors_confirm_and_many_of_bast_approve_one_of_each_counts(listed):
    round, _, proposal = listed
    for act, duty in ((proposals.confirm_proposal, "director"), (proposals.approve_proposal, "bast")):
        people = [factories.make_user(duty) for _ in range(CROWD)]
        jobs = [
            lambda by=by, act=act: act(Proposal.objects.get(pk=proposal.pk), by=by, digest=proposal.digest)
            for by in people
        ]
        assert race(jobs) == ["ok"] + ["refused"] * (CROWD - 1)
    stored = Application.objects.filter(review_items__round=round).values_list("state", flat=True)
    assert sorted(stored) == ["not_selected"] * 3 + ["proposed"] * 2 + ["reserve"]
    assert events.first_break() is None


def test_an_approval_that_races_with_a_return_never_counts_for_a_returned_list(listed):
    _, _, proposal = listed
    director, bast, other = (factories.make_user(duty) for duty in ("director", "bast", "bast"))
    proposals.confirm_proposal(proposal, by=director, digest=proposal.digest)
    jobs = [
        lambda: proposals.approve_proposal(Proposal.objects.get(pk=proposal.pk), by=bast, digest=proposal.digest),
        lambda: proposals.send_back_proposal(Proposal.objects.get(pk=proposal.pk), by=other, note="请再核实"),
    ]
    assert race(jobs) == ["ok", "refused"]
    stored, attempt = Proposal.objects.get(), ProposalAttempt.objects.get()
    moved = Application.objects.filter(state="proposed").exists()
    assert (stored.state, moved, attempt.ended_at is None) in (("approved", True, True), ("returned", False, False))


def test_two_windows_of_a_draft_do_not_write_over_each_other():
    round, officer = wide.wide_round(6, experts=2, grants=2)
    proposal = lists.start_list(round=round, by=officer)
    items = list(round.items.values_list("pk", flat=True))
    jobs = [
        lambda pk=pk: lists.choose(
            round=Round.objects.get(pk=round.pk),
            wanted={pk: ("decline", "退出", None)},
            seen=proposal.digest,
            by=officer,
        )
        for pk in items[:CROWD]
    ]
    assert race(jobs) == ["ok"] + ["refused"] * (CROWD - 1)


def test_a_round_closed_by_many_is_closed_once_with_the_scores_that_are_stored():
    for _ in range(3):
        round, people, officer = worlds.open_world(experts=3, experts_per_item=3, quorum=2)
        for expert in people[:2]:
            worlds.score(worlds.seat_of(round, expert), 80)
        late = worlds.accept(worlds.seat_of(round, people[2]))
        worlds.save(late, 60)
        jobs = [
            lambda round=round, officer=officer: closing.close_round(
                Round.objects.get(pk=round.pk), by=officer, note="一名专家未按时提交"
            )
        ] * CROWD
        jobs.append(lambda late=late: sheets.submit_sheet(Assignment.objects.get(pk=late.pk), by=late.expert.user))
        results = race(jobs)
        assert set(results) <= {"ok", "refused"}
        item = round.items.get()
        submitted = list(Assignment.objects.filter(item=item, state="submitted").values_list("sheet__total", flat=True))
        assert item.n == len(submitted)
        assert abs(item.mean * item.n - sum(submitted)) < 1


def test_one_seat_reassigned_by_many_gets_one_successor():
    round, people, officer = worlds.open_world()
    for _ in range(CROWD):
        factories.make_expert()
    seat = worlds.seat_of(round, people[0])
    jobs = [
        lambda: reassigning.reassign(Round.objects.get(pk=round.pk), seats=[seat.pk], note="出国", by=officer) and "ok"
    ] * CROWD
    assert race(jobs) == ["ok"] + ["refused"] * (CROWD - 1)
    assert Assignment.objects.live().filter(item=seat.item_id).count() == 3


def test_reminders_sent_by_many_reach_each_expert_once():
    round, people, officer = worlds.open_world()
    jobs = [lambda: reminders.remind_experts(Round.objects.get(pk=round.pk), by=officer) and "ok"] * CROWD
    assert race(jobs) == ["ok"] * CROWD
    assert [person.user.notifications.filter(title="请完成评审").count() for person in people] == [1, 1, 1]


def test_letters_released_by_many_leave_once(listed):
    round, officer, proposal = listed
    proposals.confirm_proposal(proposal, by=factories.make_user("director"), digest=proposal.digest)
    proposals.approve_proposal(proposal, by=factories.make_user("bast"), digest=proposal.digest)
    item = round.items.first()
    text = "专家组认为项目需求真实，成果转化的承接单位尚未落实，建议先签订意向协议。"
    feedback.save_feedback(item=item, text=text, revision=0, by=officer)
    Application.objects.filter(state="proposed").update(state="in_notice")
    jobs = [lambda: str(feedback.release_feedback(Round.objects.get(pk=round.pk), by=officer))] * CROWD
    assert race(jobs) == ["1"] + ["refused"] * (CROWD - 1)
    assert FeedbackLetter.objects.get().revision == 2
