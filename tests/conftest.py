"""Fixtures that every test shares: which tests run where, private folders, a real worker."""

import os

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadScopeScheduling

from tests.worker import empty_broker, running_worker

# The sync API of Playwright keeps an event loop in the thread of the test; our database calls there are still ordinary.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# The same examples in every run, no time limit per example on a loaded machine, nothing written beside the code.
hypothesis_settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("repeatable")


# Their tests share one broker, or a year that takes a minute to load: all of a file in one process.
TOGETHER = ("tests/overview/test_demo.py", "tests/portal/test_real_worker.py")


class Scheduling(LoadScopeScheduling):
    """Hands out test by test, but those files as a whole (groups by mark need ids that pytest 9.2 no longer keeps)."""

    def _split_scope(self, nodeid):
        path = nodeid.split("::")[0]
        return path if path in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Used by the controlling process of `pytest -n`."""
    return Scheduling(config, log)


def asks_database(item) -> bool:
    """Whether the test talks to the database of this run: pytest-django opens it to no other test of ours."""
    by_class = issubclass(item.cls or object, TransactionTestCase)
    by_fixture = bool({"db", "transactional_db", "live_server"}.intersection(item.fixturenames))
    return by_class or by_fixture or item.get_closest_marker("django_db") is not None


def pytest_collection_modifyitems(config, items):
    """Leave out what this database or broker cannot show (reported as deselected); .ci/run runs both halves."""
    absent = set()
    second_half = bool(os.environ.get("TESTS_WITH_DATABASE_ONLY"))
    if not django_settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        absent.add("postgres")
    if not os.environ.get("TEST_REAL_WORKER"):
        absent.add("real_worker")
    left_out = [item for item in items if absent & set(item.keywords) or (second_half and not asks_database(item))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(autouse=True)
def _private_files(settings, tmp_path_factory, request):
    """Each test that stores files has a folder of its own; a real worker keeps the one it was started with."""
    if "real_worker" not in request.keywords:
        settings.MEDIA_ROOT = tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def _nothing_counted_before():
    """Counters against floods live in the cache of the process, which no rollback empties."""
    cache.clear()


@pytest.fixture(autouse=True)
def _tasks_run_where_they_are_called(request):
    """A task runs inside the call, on both halves of CI, except in tests that brought a worker."""
    from portal.celery import app

    app.conf.task_always_eager = "real_worker" not in request.keywords


@pytest.fixture(scope="session", autouse=True)
def _flush_past_triggers():
    """Transactional tests empty tables with DELETE on SQLite, which our triggers refuse: lift them for the flush."""
    if connection.vendor != "sqlite":
        yield
        return
    original = type(connection.ops).sql_flush

    def sql_flush(self, *args, **kwargs):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        drops = [f"DROP TRIGGER {name}" for name, _ in triggers]
        return [*drops, *original(self, *args, **kwargs), *[sql for _, sql in triggers]]

    type(connection.ops).sql_flush = sql_flush
    yield
    type(connection.ops).sql_flush = original


@pytest.fixture
def real_worker(transactional_db, settings, tmp_path):
    """A Celery worker process on the test database and the real broker; use with the marker of the same name.

    Yields the process, so that a test can kill it.
    """
    empty_broker()
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    settings.VAR_DIR = tmp_path
    with running_worker(tmp_path) as process:
        yield process
    connections.close_all()
