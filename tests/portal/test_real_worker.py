"""A Celery worker process takes tasks from the real broker and works on the database."""

import time

import pytest

from portal import heartbeat
from portal.tasks import sweep


@pytest.mark.real_worker
@pytest.mark.slow
def test_worker_executes_the_sweep_and_shows_life(real_worker):
    assert heartbeat.age() is None
    sweep.delay()
    end = time.monotonic() + 20
    while heartbeat.age() is None and time.monotonic() < end:
        time.sleep(0.1)
    assert heartbeat.age() is not None
    assert real_worker.poll() is None
