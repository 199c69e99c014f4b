"""The stage of the demo year: clock, dates, people, and the stories that run in the order of their days."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from consortia.models import Consortium, Unit
from portal.models import User
from portal.overview.demo.clock import Clock
from portal.overview.demo.content import Theme
from portal.overview.demo.dates import Plan
from projects.models import Application, Call, Project, PublicNotice
from reviews.models import Expert, Round

Story = Iterator[datetime]


@dataclass
class World:
    """Everything that the stories share; rows are kept by name and read anew when they are used."""

    clock: Clock
    plan: Plan
    calendar: dict
    present: datetime
    people: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    consortia: dict[str, int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    applications: dict[tuple[str, str, int], int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    experts: list[int] = field(default_factory=list)
    files: int = 0

    def user(self, name: str) -> User:
        """A fresh user: roles are cached on the object."""
        return User.objects.get(pk=self.people[name])

    def unit(self, name: str) -> Unit:
        """A unit by its name."""
        return Unit.objects.get(pk=self.units[name])

    def consortium(self, theme: Theme) -> Consortium:
        """The consortium of a theme."""
        return Consortium.objects.select_related("lead_unit").get(pk=self.consortia[theme.key])

    def call(self, name: str) -> Call:
        """A call by its name in dates.CALLS."""
        return Call.objects.get(pk=self.calls[name])

    def application(self, call: str, key: str, variant: int = 0) -> Application:
        """An application by call, theme and variant."""
        return Application.objects.get(pk=self.applications[call, key, variant])

    def project(self, call: str, key: str, variant: int = 0) -> Project:
        """The approved project of an application."""
        return Project.objects.get(application=self.applications[call, key, variant])

    def round(self, name: str) -> Round:
        """A review round by its name here."""
        return Round.objects.get(pk=self.rounds[name])

    def notice(self, name: str) -> PublicNotice:
        """A public notice by its name here."""
        return PublicNotice.objects.get(pk=self.notices[name])

    def expert(self, place: int) -> Expert:
        """An expert by place; the first nine have the accounts expert1 to expert9."""
        return Expert.objects.select_related("user").get(pk=self.experts[place % len(self.experts)])

    def serial(self) -> int:
        """A number that is new each time, for files that must differ."""
        self.files += 1
        return self.files

    def staff(self, theme: Theme, role: str) -> User:
        """A person of the lead unit of a theme: drafter, unitadmin, leader, leader2 or supervisor."""
        return self.user(role if theme.number == 1 else f"{role}-{theme.key}")

    def run(self, stories: list[Story]) -> None:
        """Let every story act at its moments, all stories together in the order of time."""
        waiting = [(moment, place, story) for place, story in enumerate(stories) if (moment := next(story, None))]
        heapq.heapify(waiting)
        while waiting:
            moment, place, story = heapq.heappop(waiting)
            # What is planned for later today has just happened; nothing happens in the future.
            self.clock.moment = max(min(moment, self.present), self.clock.moment)
            following = next(story, None)
            if following is not None:
                heapq.heappush(waiting, (following, place, story))


def whenever(moment: datetime, act: Callable[[], object]) -> Story:
    """A story of one act."""
    yield moment
    act()
