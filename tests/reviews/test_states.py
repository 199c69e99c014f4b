"""Every transition from every state that is no source is refused and changes nothing (S1)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal import workflow
from portal.errors import Conflict, NotAllowed
from reviews import states
from reviews.models import AcceptanceConclusion, Assignment, Proposal, ReviewItem, Round
from tests.factories import make_application, make_expert, make_project, make_user

pytestmark = pytest.mark.django_db
TABLES = [
    ("round", states.ROUND_TRANSITIONS, states.RoundState),
    ("assignment", states.ASSIGNMENT_TRANSITIONS, states.AssignmentState),
    ("proposal", states.PROPOSAL_TRANSITIONS, states.ProposalState),
    ("conclusion", states.CONCLUSION_TRANSITIONS, states.ConclusionState),
]
CASES = [
    (kind, name, state)
    for kind, table, choices in TABLES
    for name, edge in table.items()
    for state in choices.values
    if state not in edge.sources
]


def _round(state="draft"):
    application = make_application(state="under_review")
    now = timezone.now()
    return Round.objects.create(
        call=application.call,
        kind="selection",
        title="轮次",
        opens_at=now,
        closes_at=now + timedelta(days=1),
        state=state,
        created_by=make_user("officer"),
    ), application


def _make(kind, state):
    if kind == "conclusion":
        return AcceptanceConclusion.objects.create(
            project=make_project(), code="passed", opinion="意见", state=state, drafted_by=make_user("officer")
        )
    if kind == "round":
        return _round(state)[0]
    round, application = _round()
    if kind == "proposal":
        return Proposal.objects.create(round=round, state=state)
    item = ReviewItem.objects.create(round=round, application=application)
    return Assignment.objects.create(
        item=item, expert=make_expert(), state=state, reason="原因", assigned_by=round.created_by
    )


@pytest.mark.parametrize(("kind", "name", "state"), CASES)
def test_transition_from_a_wrong_state_is_refused(kind, name, state):
    thing = _make(kind, state)
    with pytest.raises(Conflict):
        workflow.move(thing, name, by=None)
    thing.refresh_from_db()
    assert thing.state == state


EDGES = [(kind, name) for kind, table, _ in TABLES for name in table]


@pytest.mark.parametrize(("kind", "name"), EDGES)
@pytest.mark.parametrize("duty", ["finance", "sysadmin", "logadmin"])
def test_transition_by_a_stranger_is_refused(kind, name, duty):
    table = {entry[0]: entry[1] for entry in TABLES}[kind]
    state = min(table[name].sources)
    thing = _make(kind, state)
    with pytest.raises(NotAllowed):
        workflow.move(thing, name, by=make_user(duty))
    thing.refresh_from_db()
    assert thing.state == state
