"""What /healthz tells: each part by itself, so that an operator knows where to look."""

import shutil
import time
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection

from portal import heartbeat, scanner

MIN_FREE_BYTES = 500 * 1024 * 1024


def report() -> dict:
    """`{"ok": bool, "database": {"ok", "detail"}, "broker": …, "worker": …, "disk": …}`; "scanner" where one is set."""
    parts = {"database": _database(), "broker": _broker(), "worker": _worker(), "disk": _disk()}
    parts |= {"scanner": _part(scanner.ping(), "clamd")} if scanner.is_configured() else {}
    return {"ok": all(part["ok"] for part in parts.values()), **parts}


def _part(ok: bool, detail: str) -> dict:
    return {"ok": ok, "detail": detail}


def _database() -> dict:
    started = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        return _part(False, type(problem).__name__)
    return _part(True, f"{connection.vendor}, {(time.monotonic() - started) * 1000:.1f} ms")


def _broker() -> dict:
    try:
        with current_app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=0, timeout=2)
            return _part(True, link.transport_cls if isinstance(link.transport_cls, str) else "ok")
    except Exception as problem:
        return _part(False, type(problem).__name__)


def _worker() -> dict:
    age = heartbeat.age()
    if age is None:
        return _part(False, "no worker has reported yet")
    return _part(age < 120, f"last seen {age:.0f} s ago")


def _disk() -> dict:
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    return _part(free > MIN_FREE_BYTES, f"{free // (1024 * 1024)} MB free")
