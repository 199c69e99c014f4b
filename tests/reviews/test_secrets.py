"""No byte that a person gets depends on what is kept from him: every address, two states, one secret (R4, R8)."""

import logging

import pytest
import time_machine
from django.utils import timezone

from portal.models import StoredFile
from reviews.actions import rounds, sheets
from reviews.models import Assignment
from tests.factories import make_application, make_consortium, make_expert, make_person, make_user, make_version
from tests.reviews import worlds
from tests.reviews.differential import Viewer, addresses, leaks, state_with

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class World:
    """Three experts on one application of a unit; the first has begun or submitted."""

    def __init__(self, *, submitted: bool, **options):
        self.round, self.people, self.officer = worlds.open_world(experts=4, experts_per_item=4, **options)
        self.item = self.round.items.get()
        stored = StoredFile.objects.create(sha256="c" * 64, size=1, name="方案.pdf", content_type="application/pdf")
        self.item.version.files.add(stored)
        self.seat = worlds.accept(worlds.seat_of(self.round, self.people[0]))
        worlds.save(self.seat, 80)
        if submitted:
            sheets.submit_sheet(self.seat, by=self.people[0].user)
        for expert in self.people[1:]:
            worlds.accept(worlds.seat_of(self.round, expert))

    def others_score(self, share: int) -> None:
        """All others submit sheets near one share of the maxima."""
        for expert in self.people[1:]:
            seat = worlds.seat_of(self.round, expert)
            worlds.save(seat, share)
            sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=expert.user)

    def viewers(self, *, center: bool = False) -> dict[str, Viewer]:
        """Everybody from whom scores, experts and progress are kept; `center`: finance too, who opens most pages."""
        application = self.item.application
        member = application.consortium.memberships.filter(role="member").first().unit
        people = {"drafter": make_person(application.lead_unit, "drafter")}
        people |= {"leader": application.leader, "member": make_person(member, "member")}
        people |= {"auditor": make_user("auditor"), "expert": self.people[0].user}
        people |= {"finance": make_user("finance")} if center else {}
        return {name: Viewer(user) for name, user in people.items()} | {"anonymous": Viewer()}


@pytest.fixture(autouse=True)
def _still():
    """Ages of things are shown to the minute; here no time passes."""
    # Thousands of refusals are no news.
    logging.disable(logging.CRITICAL)
    with time_machine.travel(timezone.now(), tick=False):
        yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("submitted", [False, True], ids=["before own submission", "after own submission"])
def test_r4_no_page_tells_whether_others_scored_90_or_10_or_nothing(submitted):
    world = World(submitted=submitted)
    viewers, paths = world.viewers(center=not submitted), addresses()
    high = state_with(lambda: world.others_score(90), viewers, paths)
    low = state_with(lambda: world.others_score(10), viewers, paths)
    assert leaks(high, low) == []
    if not submitted:
        assert leaks(high, state_with(lambda: None, viewers, paths)) == []
    seen = sum(answer[0] == 200 for answers in high.values() for answer in answers.values())
    assert seen > 100, "hardly a page was opened at all"


def test_r4_the_test_sees_what_a_round_that_shows_others_shows():
    world = World(submitted=True, show_others_after_submit=True)
    viewers, paths = {"expert": world.viewers()["expert"]}, addresses()
    high = state_with(lambda: world.others_score(90), viewers, paths)
    low = state_with(lambda: world.others_score(10), viewers, paths)
    assert leaks(high, low) == [("expert", f"/reviews/seats/{world.seat.pk}/")]


def test_r8_no_page_tells_that_another_expert_has_a_seat():
    world = World(submitted=False)
    viewers, paths = world.viewers(), addresses()
    expert = make_expert()

    def seat():
        rounds.assign_expert(item=world.item, expert=expert, by=world.officer)

    assert leaks(state_with(seat, viewers, paths), state_with(lambda: None, viewers, paths)) == []


def test_r8_no_page_tells_that_a_rival_applied_and_is_judged():
    world = World(submitted=False)
    viewers, paths = world.viewers(), addresses()
    rival_unit = make_consortium()
    experts = [make_expert() for _ in range(2)]

    def rival():
        row = make_application(world.round.call, rival_unit, state="eligible")
        make_version(row)
        other = worlds.selection_round([row], world.officer)
        for expert in experts:
            rounds.assign_expert(item=other.items.get(), expert=expert, by=world.officer)
        rounds.open_round(other, by=world.officer)
        worlds.score(worlds.seat_of(other, experts[0]), 90)

    assert leaks(state_with(rival, viewers, paths), state_with(lambda: None, viewers, paths)) == []
