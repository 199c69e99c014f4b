"""The worker's sign of life: a file touched by every sweep, read by /healthz."""

import time
from pathlib import Path

from django.conf import settings


def _file() -> Path:
    return Path(settings.VAR_DIR) / "worker.heartbeat"


def beat() -> None:
    """Say that a worker executes tasks."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().touch()


def forget() -> None:
    """Drop the sign of an earlier worker, so that only a living one counts."""
    _file().unlink(missing_ok=True)


def age() -> float | None:
    """Seconds since the last sign of life, or None when there was none."""
    try:
        return max(0.0, time.time() - _file().stat().st_mtime)
    except OSError:
        return None
