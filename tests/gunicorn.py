"""The web server of production as a process of its own, on the test database, with a clock that is wrong."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.worker import kill, wait_until


@contextlib.contextmanager
def running_gunicorn(folder: Path, *, clock: str) -> Iterator[str]:
    """Address of a server whose clock is off by `clock` (faketime: "-10m"); ended when the block ends."""
    if shutil.which("faketime") is None:
        pytest.fail("faketime is missing: ./run setup with the packages of the tests installs it")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    database = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "DATABASE_URL": f"{database}/{connection.settings_dict['NAME']}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "VAR_DIR": str(folder),
    }  # fmt: skip
    command = ["faketime", "-f", clock, sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--no-control-socket"]
    with (folder / "gunicorn.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until(lambda: process.poll() is None and _answers(address), 60, "gunicorn's answer")
            yield address
        finally:
            if process.poll() is None:
                kill(process)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/login/", timeout=5) as answer:  # noqa: S310, our own address
            return answer.status == 200
    except OSError:
        return False
