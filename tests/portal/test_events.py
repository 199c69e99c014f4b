"""The event log: chained, append-only, honest about refusals."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from portal import events
from portal.models import Event
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def drop_triggers(table: str) -> None:
    """Play the attacker who owns the database."""
    for event in ("update", "delete"):
        suffix = f" ON {table}" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {table}_freeze_{event}{suffix}")


def test_record_chains_rows():
    user = make_user("officer")
    first = events.record("a.b", "第一步", by=user)
    second = events.record("a.c", "第二步", by=user, after={"金额": "1.00"})
    assert second.previous_hash == first.hash
    assert events.first_break() is None


def test_event_rows_refuse_update_and_delete():
    event = events.record("a.b", "第一步")
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(label="改写")
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()


def test_verify_log_names_a_changed_row():
    rows = [events.record("a.b", f"第{number}步") for number in range(3)]
    drop_triggers("portal_event")
    Event.objects.filter(pk=rows[1].pk).update(note="事后改写")
    with pytest.raises(CommandError, match=str(rows[1].pk)):
        call_command("verify_log")


def test_verify_log_notices_a_removed_row():
    rows = [events.record("a.b", f"第{number}步") for number in range(3)]
    drop_triggers("portal_event")
    Event.objects.filter(pk=rows[1].pk).delete()
    assert events.first_break()[0] == rows[2].pk


def test_record_keeps_hostile_text_and_objects_as_plain_json():
    project = make_project()
    event = events.record("a.b", "x" * 500, project, note="\x00<script>", before={"project": project, "n": "\u0000"})
    event.refresh_from_db()
    assert len(event.label) == 200
    assert event.note == "<script>"
    assert event.before["project"] == str(project)
    assert events.first_break() is None


def test_users_with_events_cannot_be_deleted():
    user = make_user("officer")
    events.record("a.b", "一步", by=user)
    with pytest.raises(IntegrityError), transaction.atomic():
        user.delete()
