"""The people of a walk: the center, one lead unit with its consortium, experts; and their visits."""

import io
from dataclasses import dataclass, field
from datetime import timedelta

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from tests import factories, papers
from tests.flows.visitor import Visitor


@dataclass
class World:
    """Everybody who takes part, by role; `objects` collects what the steps made."""

    people: dict
    consortium: object
    experts: list
    objects: dict = field(default_factory=dict)
    traveller: object = None

    @property
    def unit(self):
        """The lead unit."""
        return self.consortium.lead_unit

    def visit(self, role: str) -> Visitor:
        """A fresh visit of this person, signed in through the login page."""
        return Visitor(self.people[role])

    def public(self) -> Visitor:
        """A visit without account."""
        return Visitor()

    def travel(self, days: int) -> None:
        """Let days pass: sessions end, the calendar goes on."""
        self.stop()
        self.objects["days"] = self.objects.get("days", 0) + days
        self.traveller = time_machine.travel(timedelta(days=self.objects["days"]))
        self.traveller.start()

    def stop(self) -> None:
        """Back to the real clock."""
        if self.traveller is not None:
            self.traveller.stop()
            self.traveller = None


def make_world() -> World:
    """People and units as an administrator would have registered them; a calendar for four years."""
    consortium = factories.make_consortium(members=2)
    unit = consortium.lead_unit
    people = {role: factories.make_person(unit, role) for role in ("drafter", "leader", "unitadmin", "supervisor")}
    member = consortium.memberships.filter(role="member").first().unit
    people["member"] = factories.make_person(member, "member")
    for duty in ("officer", "finance", "director", "bast", "sysadmin", "logadmin"):
        people[duty] = factories.make_user(duty)
    people["officer2"] = factories.make_user("officer")
    people["auditor"] = factories.make_user("auditor")
    backgrounds = ("technology", "industry", "finance", "technology", "industry", "finance")
    experts = [factories.make_expert(background=background) for background in backgrounds]
    people |= {f"expert{number}": expert.user for number, expert in enumerate(experts, 1)}
    year = timezone.localdate().year
    factories.make_calendar(*range(year - 1, year + 3))
    return World(people, consortium, experts)


def pdf(name: str = "材料.pdf", salt: str = "") -> SimpleUploadedFile:
    """A small PDF to upload; `salt` makes the bytes differ."""
    return SimpleUploadedFile(name, papers.pdf(salt), "application/pdf")


def assert_sound() -> None:
    """Every invariant holds, the log's chain is whole, every file is what it was."""
    for command in ("check_invariants", "verify_log", "verify_files"):
        call_command(command, stdout=io.StringIO())
