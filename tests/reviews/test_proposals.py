"""Center proposes, director confirms, BAST approves (D6)."""

import pytest

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from projects.models import Application
from reviews.actions import proposals, rounds
from reviews.models import Proposal
from tests.factories import make_expert, make_user
from tests.reviews.worlds import applications_under_review, open_world, score, seat_of, selection_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed():
    """A closed round of three, ranked in the order of their ids, with two grants."""
    round, people, officer = open_world(applications=3, experts=2, experts_per_item=2)
    type(round.call).objects.filter(pk=round.call_id).update(number_of_grants=2)
    for index, share in enumerate((90, 80, 60)):
        for expert in people:
            score(seat_of(round, expert, index), share)
    rounds.close_round(round, by=officer)
    round.refresh_from_db()
    return round, list(round.items.order_by("rank")), officer


def _outcomes(items, *outcomes, **reasons):
    return {
        item.pk: (outcome, reasons.get(f"r{place}", ""))
        for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True), 1)
    }


def _states(items):
    rows = Application.objects.in_bulk([item.application_id for item in items])
    return [rows[item.application_id].state for item in items]


def test_three_people_decide_and_applications_follow(closed):
    round, items, officer = closed
    proposal = proposals.propose(round=round, outcomes=_outcomes(items, "support", "support", "decline"), by=officer)
    assert _states(items) == ["scored"] * 3
    proposals.confirm_proposal(proposal, by=make_user("director"))
    proposals.approve_proposal(proposal, by=make_user("bast"))
    assert _states(items) == ["proposed", "proposed", "not_selected"]


def test_leaving_the_order_of_rank_needs_a_reason(closed):
    round, items, officer = closed
    with pytest.raises(Refused, match="填写理由"):
        proposals.propose(round=round, outcomes=_outcomes(items, "support", "decline", "support"), by=officer)
    outcomes = _outcomes(items, "support", "decline", "support", r2="与在研项目重复", r3="区域布局需要")
    proposal = proposals.propose(round=round, outcomes=outcomes, by=officer)
    assert list(proposal.items.order_by("item__rank").values_list("deviates", flat=True)) == [False, True, True]


def test_more_grants_than_the_call_has_are_refused(closed):
    round, items, officer = closed
    with pytest.raises(Refused, match="超过本次申报拟支持的 2 项"):
        proposals.propose(round=round, outcomes=_outcomes(items, "support", "support", "support"), by=officer)


def test_lists_of_other_rounds_count_against_the_grants(closed):
    round, items, officer = closed
    proposals.propose(round=round, outcomes=_outcomes(items, "support", "reserve", "decline"), by=officer)
    later = selection_round(applications_under_review(2, round.call), officer, experts_per_item=2)
    people = [make_expert() for _ in range(2)]
    for item in later.items.all():
        for expert in people:
            rounds.assign_expert(item=item, expert=expert, by=officer)
    rounds.open_round(later, by=officer)
    for index, share in enumerate((90, 70)):
        for expert in people:
            score(seat_of(later, expert, index), share)
    rounds.close_round(later, by=officer)
    later.refresh_from_db()
    others = list(later.items.order_by("rank"))
    with pytest.raises(Refused, match="其他轮次已列 1 项"):
        proposals.propose(round=later, outcomes=_outcomes(others, "support", "support"), by=officer)
    assert proposals.propose(round=later, outcomes=_outcomes(others, "support", "reserve"), by=officer).pk


def test_an_incomplete_or_foreign_list_is_refused(closed):
    round, items, officer = closed
    with pytest.raises(Invalid):
        proposals.propose(round=round, outcomes=_outcomes(items[:2], "support", "support"), by=officer)
    with pytest.raises(Invalid):
        proposals.propose(round=round, outcomes=_outcomes(items, "support", "support", "maybe"), by=officer)


def test_a_return_invalidates_the_earlier_confirmation(closed):
    round, items, officer = closed
    outcomes = _outcomes(items, "support", "support", "reserve")
    proposal = proposals.propose(round=round, outcomes=outcomes, by=officer)
    proposals.confirm_proposal(proposal, by=make_user("director"))
    with pytest.raises(Invalid):
        proposals.send_back_proposal(proposal, by=make_user("bast"))
    proposals.send_back_proposal(proposal, by=make_user("bast"), note="请核实第二名")
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert (proposal.state, proposal.confirmed_by, proposal.note) == ("returned", None, "请核实第二名")
    with pytest.raises(Conflict):
        proposals.approve_proposal(proposal, by=make_user("bast"))
    proposals.propose(round=round, outcomes=outcomes, by=officer)
    with pytest.raises(Conflict):
        proposals.approve_proposal(proposal, by=make_user("bast"))
    assert _states(items) == ["scored"] * 3


def test_each_step_has_its_own_duty_and_person(closed):
    round, items, officer = closed
    outcomes = _outcomes(items, "support", "support", "reserve")
    for duty in ("director", "bast", "finance"):
        with pytest.raises(NotAllowed):
            proposals.propose(round=round, outcomes=outcomes, by=make_user(duty))
    proposal = proposals.propose(round=round, outcomes=outcomes, by=officer)
    type(officer).objects.filter(pk=officer.pk).update(duty="director")
    promoted = type(officer).objects.get(pk=officer.pk)
    with pytest.raises(Refused, match="不同的人"):
        proposals.confirm_proposal(proposal, by=promoted)


def test_no_list_before_the_round_is_closed():
    round, _, officer = open_world()
    with pytest.raises(Refused, match="评审结束后"):
        proposals.propose(round=round, outcomes={}, by=officer)
