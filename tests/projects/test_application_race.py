"""The cap of 5(1)1 under a race on PostgreSQL: eight submits at one barrier, exactly two win (A1, A13)."""

import pytest

from projects.actions import applications
from projects.models import Application, ApplicationVersion
from tests import factories
from tests.projects import applying
from tests.races import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 8


def submit(application, by):
    """A job that reads the row anew, as a request would."""
    return lambda: applications.submit_application(Application.objects.get(pk=application.pk), by=by)


def test_eight_submits_of_one_unit_leave_exactly_two():
    call = factories.make_call()
    for _ in range(3):
        team = applying.make_team(call=call)
        drafts = [applying.ready(team, f"竞争项目{index}") for index in range(THREADS)]
        results = race([submit(draft, team.admin) for draft in drafts])
        assert results == ["ok", "ok"] + ["refused"] * (THREADS - 2)
        live = Application.objects.live().filter(lead_unit=team.unit)
        assert sorted(live.values_list("slot", flat=True)) == [1, 2]
        assert ApplicationVersion.objects.filter(application__lead_unit=team.unit).count() == 2


def test_one_draft_submitted_eight_times_makes_one_version():
    team = applying.make_team()
    draft = applying.ready(team)
    assert race([submit(draft, team.admin)] * THREADS) == ["ok"] * THREADS
    assert draft.versions.count() == 1


def test_submits_of_many_units_all_get_numbers_of_their_own():
    # They wait for each other on the row of the call, so that no number is drawn twice.
    call = factories.make_call()
    teams = [applying.make_team(call=call) for _ in range(THREADS)]
    drafts = [(applying.ready(team), team.admin) for team in teams]
    assert race([submit(draft, admin) for draft, admin in drafts]) == ["ok"] * THREADS
    numbers = Application.objects.values_list("number", flat=True)
    assert len(set(numbers)) == THREADS
