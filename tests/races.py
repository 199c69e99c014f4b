"""Several people at the same moment: jobs that start at one barrier, each on a connection of its own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection

from portal.errors import Refused

PATIENCE = 120  # seconds; a job that waits longer for a lock is a deadlock


def race(jobs: Sequence[Callable[[], object]]) -> list[str]:
    """Run all jobs at one barrier; "ok", "refused" (any Refused) or the repr of what went wrong, sorted."""
    barrier, results = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            barrier.wait(30)
            job()
            results.append("ok")
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
