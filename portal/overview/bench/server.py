"""What the benchmark runs on: databases on PostgreSQL, management commands in a process of their own, gunicorn."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from psycopg import sql

START_SECONDS = 60


def server_url() -> str:
    """Address of the PostgreSQL server, without a database."""
    return os.environ.get("BENCH_SERVER", "postgres://postgres@127.0.0.1:5432")


def server_version() -> str:
    """Version of the server."""
    with psycopg.connect(f"{server_url()}/postgres") as connection:
        return connection.info.parameter_status("server_version") or ""


def recreate(name: str) -> None:
    """Drop the database, if it is there, and create it empty."""
    with psycopg.connect(f"{server_url()}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def environment(database: str, folder: Path) -> dict[str, str]:
    """Environment of every process that works on the database."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.bench",
        "DATABASE_URL": f"{server_url()}/{database}",
        "BROKER_URL": os.environ.get("BROKER_URL", "redis://127.0.0.1:6379/9"),
        "VAR_DIR": str(folder),
        "FONT_CACHE": str(settings.FONT_CACHE),
    }


def manage(database: str, folder: Path, *arguments: str) -> str:
    """Run manage.py on the database and return what it printed; CommandError with its words when it fails."""
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment(database, folder), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"manage.py {' '.join(arguments)}\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return done.stdout


def stamp(database: str) -> dict | None:
    """What the data set was made with, or None when the database or its stamp is missing."""
    try:
        with psycopg.connect(f"{server_url()}/{database}") as connection:
            row = connection.execute("SELECT made_with FROM bench_stamp").fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return None
    return json.loads(row[0]) if row else None


def set_stamp(database: str, made_with: dict) -> None:
    """Remember what the data set was made with."""
    with psycopg.connect(f"{server_url()}/{database}", autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_stamp (made_with text)")
        connection.execute("INSERT INTO bench_stamp VALUES (%s)", [json.dumps(made_with, sort_keys=True)])
        connection.execute("ANALYZE")


def forget(database: str) -> None:
    """Have the data set made anew the next time, since it was written to."""
    with psycopg.connect(f"{server_url()}/{database}", autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_stamp")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def gunicorn(database: str, folder: Path) -> Iterator[int]:
    """gunicorn with two sync workers on the database; yields its port, ends it with the block."""
    port = free_port()
    command = f"-m gunicorn portal.wsgi:application --workers 2 --bind 127.0.0.1:{port} --log-level warning"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *command.split(), "--no-control-socket"],
            cwd=settings.BASE_DIR,
            env=environment(database, folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/login/", log)
            yield port
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def _wait(process: subprocess.Popen, url: str, log) -> None:
    pause = Event()
    for _ in range(START_SECONDS * 5):
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return
        pause.wait(0.2)
    log.seek(0)
    raise CommandError(f"gunicorn does not answer:\n{log.read().decode(errors='replace')[-3000:]}")
