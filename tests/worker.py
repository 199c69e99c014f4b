"""A Celery worker process on the test database and the real broker."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

COMMAND = "-m celery -A portal.celery worker -Q celery,pdf -c 1 --loglevel WARNING --without-gossip --without-mingle"


def wait_until(ready: Callable[[], object], seconds: float, what: str, *, every: float = 0.2) -> None:
    """Return when `ready()` is true; fail the test when the time is over."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds} s still waiting: {what}")
        time.sleep(every)


def empty_broker() -> None:
    """Forget what earlier tests left: messages that wait, and those that a killed worker never acknowledged."""
    from portal.celery import app

    app.control.purge()
    with app.connection_for_write() as broker:
        broker.default_channel.client.delete("unacked", "unacked_index", "unacked_mutex")


@contextlib.contextmanager
def running_worker(folder: Path) -> Iterator[subprocess.Popen]:
    """A worker that answers; its state lies in `folder`. Ended politely, if it is still there, when the block ends."""
    from portal.celery import app

    # The worker shares neither this process nor its open connection: it is told the name of the test database.
    server = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "VAR_DIR": str(folder),
    }
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *COMMAND.split()], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_until(lambda: process.poll() is None and app.control.ping(timeout=0.5), 60, "the worker's answer")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                kill(process)


def kill(process: subprocess.Popen) -> None:
    """Kill the worker and all its children at once, as a machine that loses power."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
