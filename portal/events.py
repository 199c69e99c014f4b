"""Writes and verifies the hash-chained event log (invariants W11, W12)."""

import hashlib
import json
from collections.abc import Iterable
from contextvars import ContextVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from portal.models import Event

GENESIS = "0" * 64
_LOCK_KEY = 20250820  # any constant: one advisory lock orders all writers of the chain on PostgreSQL
request_ip: ContextVar[str] = ContextVar("request_ip", default="")


def _digest(event: Event) -> str:
    """SHA-256 over every stored field and the previous hash."""
    fields = [
        event.previous_hash,
        event.at.astimezone(timezone.get_default_timezone()).isoformat(timespec="microseconds"),
        event.actor_id,
        event.actor_name,
        event.verb,
        event.label,
        event.target_type,
        event.target_id,
        event.target_label,
        event.before,
        event.after,
        event.note,
        event.article,
        event.outcome,
        event.ip,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(values: dict | None) -> dict:
    """JSON-safe copy: Decimal and dates as strings, objects by name, no NUL."""
    values = {
        key: str(value) if isinstance(value, models.Model | models.Choices) else value
        for key, value in (values or {}).items()
    }
    return json.loads(json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False).replace("\\u0000", ""))


def _lock_chain() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])


def record(
    verb: str,
    label: str,
    target: models.Model | None = None,
    *,
    by=None,
    before: dict | None = None,
    after: dict | None = None,
    note: str = "",
    article: str = "",
    outcome: str = "ok",
) -> Event:
    """Append one event inside the caller's transaction; `by` None means the system itself."""
    # A savepoint would guard nothing: an event that cannot be written takes the action back.
    with transaction.atomic(savepoint=False):
        event = _build(
            _last_hash(), verb, label, target, by=by, before=before, after=after, note=note, article=article,
            outcome=outcome,
        )  # fmt: skip
        event.save(force_insert=True)
    return event


def record_all(
    verb: str, label: str, facts: Iterable[tuple[models.Model, dict, dict]], *, by=None, note="", article=""
) -> int:
    """Append one event for each (target, before, after) of a large write, in a few statements; returns how many."""
    with transaction.atomic(savepoint=False):
        last, rows = _last_hash(), []
        for target, before, after in facts:
            rows.append(
                _build(last, verb, label, target, by=by, before=before, after=after, note=note, article=article)
            )
            last = rows[-1].hash
        Event.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _last_hash() -> str:
    """The end of the chain, which nobody else can lengthen before this transaction ends."""
    _lock_chain()
    return Event.objects.order_by("-id").values_list("hash", flat=True).first() or GENESIS


def _build(
    previous: str, verb: str, label: str, target, *, by, before=None, after=None, note="", article="", outcome="ok"
) -> Event:
    actor = by if by is not None and by.is_authenticated else None
    event = Event(
        at=timezone.now(),
        actor=actor,
        actor_name=(actor.name if actor else "系统" if by is None else "未登录")[:60],
        verb=verb[:60],
        label=label[:200],
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None and target.pk else "",
        target_label=str(target)[:200] if target is not None else "",
        before=_plain(before),
        after=_plain(after),
        note=note.replace("\x00", "")[:4000],
        article=article[:40],
        outcome=outcome,
        ip=request_ip.get()[:45],
        previous_hash=previous,
    )
    event.hash = _digest(event)
    return event


def of(target: models.Model) -> models.QuerySet:
    """Events of one object, newest first."""
    return Event.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))


def first_break() -> tuple[int, str] | None:
    """The first row (id, reason) where the chain does not hold, or None when all rows are sound."""
    previous = GENESIS
    for event in Event.objects.order_by("id").iterator(chunk_size=2000):
        if event.previous_hash != previous:
            return event.pk, "previous hash does not match: a row before it was removed, added or reordered"
        if event.hash != _digest(event):
            return event.pk, "content does not match its hash: the row was changed"
        previous = event.hash
    return None
