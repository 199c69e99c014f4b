"""Loads the demo year once: the stage, the stories, and the traces that a year leaves."""

from datetime import timedelta
from pathlib import Path

import chinese_calendar
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from funding.actions.audits import refresh_audit_grants
from portal import documents, events, rendering
from portal.models import CalendarDay, Notification, OutboxMail, User
from portal.overview.demo.accounts import NAMED, traces
from portal.overview.demo.clock import Clock, travelling
from portal.overview.demo.dates import Plan, calendar_rows
from portal.overview.demo.people import populate
from portal.overview.demo.stories import stories
from portal.overview.demo.world import World
from projects.models import Project

BEGINNING = -445  # days from today, before the first call


class NoDemo(Exception):  # noqa: N818, says what is wrong
    """Demo data is not wanted here."""


def require_demo() -> None:
    """Refuse wherever settings.DEMO is not set, and in a database in which somebody has begun to work."""
    if not settings.DEMO:
        raise NoDemo("Demo data is only for demo settings (DJANGO_SETTINGS_MODULE=portal.settings.demo).")
    if User.objects.exists() and not traces().exists():
        raise NoDemo("This database holds accounts that are not of the demo. Demo data goes into an empty one only.")


def is_loaded() -> bool:
    """Whether the demo year is there already."""
    return User.objects.filter(username=NAMED[0][1]).exists()


def load_calendar(years) -> dict:
    """Store the holiday table of the years that lack it; returns day -> works."""
    for year in years:
        if not CalendarDay.objects.filter(day__year=year).exists():
            rows = calendar_rows(year, chinese_calendar.is_workday)
            CalendarDay.objects.bulk_create(CalendarDay(day=d, is_working=works, name=name) for d, works, name in rows)
    return dict(CalendarDay.objects.values_list("day", "is_working"))


def load_year() -> World:
    """Make the whole year in one transaction; documents are queued for the worker."""
    require_demo()
    today, present = timezone.localdate(), timezone.now()
    plan = Plan(today)
    with transaction.atomic():
        calendar = load_calendar(plan.years)
        with travelling() as clock:
            world = _tell(clock, plan, calendar, present)
        _settle(present)
    return world


def _tell(clock: Clock, plan: Plan, calendar: dict, present) -> World:
    world = World(clock, plan, calendar, present)
    clock.moment = plan.moment(BEGINNING)
    events.record("demo.load", "装载演示年度")
    populate(world)
    world.run(stories(world))
    return world


def _settle(present) -> None:
    """A year later mails have left, old messages are read, and auditors' terms have run out."""
    refresh_audit_grants()
    OutboxMail.objects.filter(status="queued").update(status="sent", sent_at=present)
    old = present - timedelta(days=20)
    Notification.objects.filter(created_at__lt=old, read_at__isnull=True).update(read_at=old)


def render_first() -> None:
    """Make the reports of the accepted projects at once, so that they open before the worker has caught up."""
    for project in Project.objects.filter(state__in=("accepted", "accepted_after")):
        for kind in ("acceptance_report", "acceptance_report_unit"):
            rendering.render(documents.latest(kind, project).pk)


def reset() -> None:
    """Empty the demo database; files stay, they are addressed by content.

    The triggers behind append-only rows forbid DELETE, which flushing needs on SQLite: there the file is made anew.
    """
    require_demo()
    if connection.vendor != "sqlite":
        call_command("flush", interactive=False, verbosity=0)
        return
    connection.close()
    for tail in ("", "-wal", "-shm"):
        Path(f"{connection.settings_dict['NAME']}{tail}").unlink(missing_ok=True)
    call_command("migrate", verbosity=0)
