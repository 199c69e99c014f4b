"""Several people at the same moment: jobs that start at one barrier, each on a connection of its own."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from django.db import connection, connections

from portal.errors import Refused

PATIENCE = 120  # seconds; a job that waits longer for a lock is a deadlock


def race(jobs: Sequence[Callable[[], object]]) -> list[str]:
    """Run all jobs at one barrier; sorted: what a job says (a text), "ok", "refused" (any Refused), or the repr of
    what went wrong.
    """
    barrier, results = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            barrier.wait(30)
            said = job()
            results.append(said if isinstance(said, str) else "ok")
        except Refused:
            results.append("refused")
        except Exception as error:
            results.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return sorted(results)


@contextlib.contextmanager
def real_database(folder: Path) -> Iterator[None]:
    """A database that threads can share. PostgreSQL is one; SQLite's test database lies in memory, where its locks do
    not work as in the field: threads started in the block use a file with the same content instead.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    path = folder / "race.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as target:
        connection.connection.backup(target)
    given = connections.settings["default"]
    memory = given["NAME"]
    given["NAME"] = str(path)
    try:
        yield
    finally:
        given["NAME"] = memory


def ask(question: Callable[[], object]) -> object:
    """What a thread of `real_database` sees."""
    answers = []
    assert race([lambda: answers.append(question())]) == ["ok"]
    return answers[0]
