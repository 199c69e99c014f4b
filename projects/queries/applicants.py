"""The unit that applies, as of a moment: what articles 5, 8(1), 11, 17 and 20 ask about it."""

from datetime import datetime
from functools import lru_cache

from django.utils import timezone

from consortia.models import Qualification
from portal.bundle import Bundle, Question
from portal.measures.eligibility import ApplicantFacts
from portal.measures.findings import Finding
from projects import extensions
from projects.models import Application, Project

RUNNING = ("contracting", "running", "suspended", "final_submitted", "evaluating", "rectifying")
UNFINISHED = ("running", "suspended")
_PARAMETERS = {"call": int, "unit": int, "consortium": int, "leader": int, "besides": int}
_NOBODY = 0


@lru_cache(maxsize=2)
def _bundle(obstacles: tuple[extensions.Obstacle, ...]) -> Bundle:
    """What the apps above have to say about the unit is asked in the same query."""
    questions = {
        "live": Question(
            lambda call, unit, besides: (
                Application.objects.live()
                .filter(call=call, lead_unit=unit)
                .exclude(pk=besides)
                .order_by("submitted_at")
            ),
            ("number", "slot"),
        ),
        "unfinished": Question(
            lambda unit: Project.objects.filter(lead_unit=unit, state__in=UNFINISHED).order_by("number"),
            ("number", "end_on"),
        ),
        "qualification": Question(
            lambda consortium: Qualification.objects.filter(consortium=consortium).order_by("-since", "-id"),
            ("status", "since"),
        ),
        "leading": Question(lambda leader: Project.objects.filter(leader=leader, state__in=RUNNING), ("pk",)),
    }
    questions |= {f"obstacle {place}": entry.question for place, entry in enumerate(obstacles)}
    return Bundle(_PARAMETERS, questions)


class Applicant:
    """Facts of the unit, slots it has `taken` in the call (slot -> number, in the order of submitting), findings of
    the apps above, and how many projects the leader runs; one query.
    """

    def __init__(self, *, call, consortium, unit, leader=None, now: datetime, besides=None):
        obstacles = tuple(extensions.APPLICATION_OBSTACLES)
        answer = _bundle(obstacles).ask(
            call=call.pk,
            unit=unit.pk,
            consortium=consortium.pk,
            leader=leader.pk if leader else _NOBODY,
            besides=(besides.pk if besides else None) or _NOBODY,
        )
        self.leader_running_projects = len(answer["leading"])
        self.taken: dict[int, str] = {row["slot"]: row["number"] for row in answer["live"]}
        self.obstacles: tuple[Finding, ...] = tuple(
            finding for place, entry in enumerate(obstacles) for finding in entry.findings(answer[f"obstacle {place}"])
        )
        today = timezone.localdate(now).isoformat()
        self.facts = ApplicantFacts(
            now=now,
            call_published=call.state == "published" or _was_handed_in(besides, now),
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            unit_name=unit.name,
            leads_consortium=consortium.lead_unit_id == unit.pk,
            consortium_name=consortium.name,
            qualification=next((row["status"] for row in answer["qualification"] if row["since"] <= today), None),
            counted_numbers=tuple(row["number"] for row in answer["live"]),
            open_clawbacks=(),
            overdue_acceptances=tuple(row["number"] for row in answer["unfinished"] if row["end_on"] < today),
        )


def _was_handed_in(application, now: datetime) -> bool:
    """The question is about the past: the application was submitted at `now`, whatever became of the call since."""
    return application is not None and application.submitted_at is not None and now <= application.submitted_at
