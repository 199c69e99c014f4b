"""Center proposes, director confirms, BAST approves (D6)."""

import pytest

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from projects.models import Application
from reviews.actions import proposals, rounds
from reviews.models import Proposal
from tests.factories import make_call, make_expert, make_user
from tests.reviews.worlds import applications_under_review, open_world, score, seat_of, selection_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed():
    """A closed round of three, ranked in the order of their ids, with two grants."""
    call = make_call(number_of_grants=2)
    round, people, officer = open_world(applications=3, experts=2, experts_per_item=2, call=call)
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
    proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)
    proposals.approve_proposal(proposal, by=make_user("bast"), digest=proposal.digest)
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


def test_grants_of_other_rounds_count(closed):
    round, items, officer = closed
    proposals.propose(round=round, outcomes=_outcomes(items, "support", "reserve", "decline"), by=officer)
    winner = applications_under_review(1, round.call)[0]
    Application.objects.filter(pk=winner.pk).update(state="approved")
    other = _closed_round(applications_under_review(1, round.call))
    with pytest.raises(Refused, match=r"加上其他轮次的 2 项.*超过本次申报拟支持的 2 项"):
        proposals.propose(round=other, outcomes=_outcomes(other.items.all(), "support"), by=officer)
    # An upheld objection gives the grant back.
    Application.objects.filter(pk=winner.pk).update(state="rejected")
    assert proposals.propose(round=other, outcomes=_outcomes(other.items.all(), "support"), by=officer)


def _closed_round(applications):
    """A closed round over applications, with one sheet each."""
    officer, expert = make_user("officer"), make_expert()
    round = selection_round(applications, officer, experts_per_item=1, quorum=1)
    for item in round.items.all():
        rounds.assign_expert(item=item, expert=expert, by=officer, is_chair=True)
    rounds.open_round(round, by=officer)
    for place in range(len(applications)):
        score(seat_of(round, expert, place), 85)
    rounds.close_round(round, by=officer)
    return type(round).objects.get(pk=round.pk)


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
    proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)
    with pytest.raises(Invalid):
        proposals.send_back_proposal(proposal, by=make_user("bast"))
    proposals.send_back_proposal(proposal, by=make_user("bast"), note="请核实第二名")
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert (proposal.state, proposal.confirmed_by, proposal.note) == ("returned", None, "请核实第二名")
    with pytest.raises(Conflict):
        proposals.approve_proposal(proposal, by=make_user("bast"), digest=proposal.digest)
    proposals.propose(round=round, outcomes=outcomes, by=officer)
    with pytest.raises(Conflict):
        proposals.approve_proposal(proposal, by=make_user("bast"), digest=proposal.digest)
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
        proposals.confirm_proposal(proposal, by=promoted, digest=proposal.digest)


def test_no_list_before_the_round_is_closed():
    round, _, officer = open_world()
    with pytest.raises(Refused, match="评审结束后"):
        proposals.propose(round=round, outcomes={}, by=officer)


def _decided(round, items, officer, *outcomes):
    """The list goes through all three people."""
    proposal = proposals.propose(round=round, outcomes=_outcomes(items, *outcomes), by=officer)
    proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)
    return proposals.approve_proposal(proposal, by=make_user("bast"), digest=proposal.digest)


def test_a_reserve_moves_up_through_the_same_three_people(closed):
    round, items, officer = closed
    proposal = _decided(round, items, officer, "support", "support", "reserve")
    Application.objects.filter(pk=items[0].application_id).update(state="rejected")
    Application.objects.filter(pk=items[1].application_id).update(state="in_notice")
    with pytest.raises(Invalid, match="理由"):
        proposals.reopen_proposal(proposal, by=make_user("bast"))
    with pytest.raises(NotAllowed):
        proposals.reopen_proposal(proposal, by=make_user("director"), note="第一名异议成立")
    proposals.reopen_proposal(proposal, by=make_user("bast"), note="第一名异议成立，由候补递补")
    assert _states(items) == ["rejected", "in_notice", "scored"]
    with pytest.raises(Refused, match="结果不能再改"):
        proposals.propose(
            round=round, outcomes=_outcomes(items, "support", "reserve", "support", r2="调整"), by=officer
        )
    round = type(round).objects.get(pk=round.pk)
    _decided(round, items, officer, "support", "support", "support")
    assert _states(items) == ["rejected", "in_notice", "proposed"]


def test_a_reopened_list_still_has_no_more_grants_than_the_call(closed):
    round, items, officer = closed
    proposal = _decided(round, items, officer, "support", "support", "reserve")
    proposals.reopen_proposal(proposal, by=make_user("bast"), note="重新审议")
    assert _states(items) == ["scored"] * 3
    with pytest.raises(Refused, match="超过本次申报拟支持的 2 项"):
        proposals.propose(round=round, outcomes=_outcomes(items, "support", "support", "support"), by=officer)


def test_a_list_with_nothing_left_to_move_is_not_reopened(closed):
    round, items, officer = closed
    proposal = _decided(round, items, officer, "support", "support", "reserve")
    Application.objects.filter(pk__in=[item.application_id for item in items]).update(state="in_notice")
    with pytest.raises(Refused, match="没有可以递补"):
        proposals.reopen_proposal(proposal, by=make_user("bast"), note="重新审议")
    assert Proposal.objects.get(pk=proposal.pk).state == "approved"
