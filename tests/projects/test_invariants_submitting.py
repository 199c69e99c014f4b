"""Invariants A1, A8-A11 and A13: cap, deadline and double click, under races, slow lines and wrong clocks."""

import http.client
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import editions
from portal.errors import Refused
from portal.measures.eligibility import ApplicantFacts, inside_window
from portal.models import Event
from projects.actions import calls
from projects.models import Application, ApplicationVersion, Call
from projects.queries.clock import database_now
from tests import factories
from tests.gunicorn import running_gunicorn
from tests.projects import applying
from tests.projects.applying import url
from tests.races import ask, race, real_database

pytestmark = pytest.mark.django_db(transaction=True)
THREADS, UNITS = 8, 30
TOKEN = "t" * 32


@pytest.fixture(autouse=True)
def _papers_wait(monkeypatch):
    """Receipts and prints are other tests' matter; here they stay queued."""
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def submits(team, rows) -> list:
    """One request a row, each from a browser window of its own in one session."""
    session = signed_in(team.admin).cookies
    browsers = [(Client(), row) for row in rows]
    for client, _ in browsers:
        client.cookies.update(session)
    return [lambda client=client, row=row: submit(client, row) for client, row in browsers]


def submit(client, row) -> str:
    """The status; a redirect counts only when it leads to the receipt."""
    answer = client.post(url(row, "application_step", "submit"))
    led_to = getattr(answer, "url", "")
    return str(answer.status_code) if led_to in ("", url(row, "application_receipt")) else led_to


def race_of_units(units: int, folder) -> None:
    """`units` times: eight drafts of one unit submitted at one barrier."""
    call = factories.make_call()
    teams = [applying.make_team(call=call) for _ in range(units)]
    jobs = [submits(team, applying.ready_rows(team, THREADS)) for team in teams]
    with real_database(folder):
        for team, requests in zip(teams, jobs, strict=True):
            assert race(requests) == ["302"] * 2 + ["409"] * (THREADS - 2)
            live = Application.objects.live().filter(lead_unit=team.unit)
            assert ask(lambda live=live: sorted(live.values_list("slot", flat=True))) == [1, 2]
        stored = ask(lambda: (Application.objects.live().count(), ApplicationVersion.objects.count()))
    assert stored == (2 * units, 2 * units)


@pytest.mark.postgres
@pytest.mark.slow
def test_A1_eight_submits_of_each_of_thirty_units_leave_exactly_two(tmp_path):
    race_of_units(UNITS, tmp_path)


def test_A1_the_cap_holds_on_any_database(tmp_path):
    # On SQLite writers wait for each other by its one lock for writing: fewer units, the same answer.
    race_of_units(3, tmp_path)


@pytest.mark.postgres
def test_A1_submits_of_many_units_all_get_numbers_of_their_own(tmp_path):
    # They wait for each other on the row of the call, so that no number is drawn twice.
    call = factories.make_call()
    teams = [applying.make_team(call=call) for _ in range(THREADS)]
    jobs = [submits(team, applying.ready_rows(team))[0] for team in teams]
    assert race(jobs) == ["302"] * THREADS
    assert len(set(Application.objects.values_list("number", flat=True))) == THREADS


def test_A8_a_page_opened_in_time_does_not_submit_a_second_late(client):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    client.force_login(team.admin)
    path = url(row, "application_step", "submit")
    assert client.get(path).status_code == 200
    Call.objects.filter(pk=team.call.pk).update(closes_at=database_now() - timedelta(seconds=1))
    typed = {"submitted_at": "2020-01-01T00:00:00+08:00", "now": "2020-01-01"}
    answer = client.post(path, typed, headers={"Date": "Wed, 01 Jan 2020 00:00:00 GMT"})
    assert answer.status_code == 409
    assert "截止" in answer.text
    row.refresh_from_db()
    assert (row.state, row.slot, row.versions.count()) == ("unit_review", None, 0)


@pytest.mark.parametrize(("seconds_left", "status"), [(2, 409), (60, 302)], ids=["ends late", "ends in time"])
def test_A8_the_end_of_a_slow_upload_decides_not_its_start(live_server, seconds_left, status):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    client = signed_in(team.admin)
    client.get(url(row))
    Call.objects.filter(pk=team.call.pk).update(closes_at=database_now() + timedelta(seconds=seconds_left))
    body = urlencode({"csrfmiddlewaretoken": TOKEN, "note": "慢" * 300}).encode()
    line = slow_request(live_server.url, url(row, "application_step", "submit"), client, len(body))
    line.send(body[: len(body) // 2])
    assert Call.objects.get(pk=team.call.pk).closes_at > database_now()
    time.sleep(2.2)
    line.send(body[len(body) // 2 :])
    assert line.getresponse().status == status
    row.refresh_from_db()
    assert row.state == ("submitted" if status == 302 else "unit_review")
    line.close()


def slow_request(server: str, path: str, client: Client, length: int) -> http.client.HTTPConnection:
    """A POST whose headers have gone out."""
    line = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    line.putrequest("POST", path)
    line.putheader("Content-Type", "application/x-www-form-urlencoded")
    line.putheader("Content-Length", str(length))
    line.putheader("Cookie", f"sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}")
    line.endheaders()
    return line


@pytest.mark.postgres
@pytest.mark.parametrize(("clock", "closes_in", "status"), [("-10m", -60, 409), ("+10m", 300, 302)])
def test_A9_the_clock_of_the_database_rules_whatever_that_of_the_server_says(tmp_path, clock, closes_in, status):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    client = signed_in(team.admin)
    closes_at = database_now() + timedelta(seconds=closes_in)
    Call.objects.filter(pk=team.call.pk).update(closes_at=closes_at)
    typed = urlencode({"csrfmiddlewaretoken": TOKEN, "submitted_at": closes_at - timedelta(minutes=1), "timestamp": 0})
    with running_gunicorn(tmp_path, clock=clock) as address:
        line = slow_request(address, url(row, "application_step", "submit"), client, len(typed))
        line.send(typed.encode())
        answer = line.getresponse()
        # The server really lives at another time, on the other side of the deadline.
        assert (parsedate_to_datetime(answer.headers["Date"]) < closes_at) == (status == 409)
        assert answer.status == status
        line.close()
    row.refresh_from_db()
    assert row.state == ("submitted" if status == 302 else "unit_review")
    assert status == 409 or abs(row.submitted_at - database_now()) < timedelta(minutes=2)


LAST_MOMENT = datetime(2025, 3, 31, 15, 59, 59, 999_000, tzinfo=UTC)
TOO_LATE = datetime(2025, 3, 31, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(("now", "refusals"), [(LAST_MOMENT, 0), (TOO_LATE, 1)])
def test_A10_the_closing_bound_is_exclusive_to_the_millisecond(now, refusals):
    facts = ApplicantFacts(
        now=now, call_published=True, opens_at=factories.beijing(2025, 3, 1), closes_at=factories.beijing(2025, 4, 1),
        unit_name="", leads_consortium=True, consortium_name="", qualification="valid", counted_numbers=(),
        open_clawbacks=(), overdue_acceptances=(),
    )  # fmt: skip
    assert len(inside_window(facts, editions.edition("2025"))) == refusals


def test_A10_the_deadline_is_beijing_time_on_a_machine_that_runs_on_utc(client, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        call = factories.make_call(
            year=2025, opens_at=factories.beijing(2025, 3, 1), closes_at=factories.beijing(2025, 4, 1),
            execution_start=datetime(2025, 6, 1).date(), execution_end=datetime(2026, 3, 31).date(),  # noqa: DTZ001
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT closes_at FROM projects_call WHERE id = %s", [call.pk])
            assert str(cursor.fetchone()[0]).startswith("2025-03-31 16:00:00")
        team = applying.make_team(call=call)
        early, late = applying.ready_rows(team, 2)
        assert "2025年4月1日 00:00（北京时间）" in client.get(reverse("call_detail", args=[call.pk])).text
        client.force_login(team.admin)
        for row, now, status in ((early, LAST_MOMENT, 302), (late, TOO_LATE, 409)):
            monkeypatch.setattr("projects.actions.applications.database_now", lambda now=now: now)
            assert client.post(url(row, "application_step", "submit")).status_code == status
        receipt = client.get(url(early, "application_receipt")).text
        assert "2025年3月31日 23:59（北京时间）" in receipt
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.postgres
def test_A11_a_submit_in_flight_waits_for_the_deadline_being_moved_and_obeys_it(monkeypatch):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    officer, client = factories.make_user("officer"), signed_in(team.admin)
    monkeypatch.setattr("projects.actions.calls.EARLIER_NOTICE", timedelta(0))  # a day would be a long test
    moved, answers = threading.Event(), []

    def move_deadline():
        with transaction.atomic():
            soon = database_now() + timedelta(seconds=1)
            calls.correct_call(call=team.call, text="截止时间提前", reason="统一安排", by=officer, new_closes_at=soon)
            moved.set()
            while database_now() <= soon or not waiting_for_a_lock():
                time.sleep(0.05)
        connection.close()

    def press():
        moved.wait(10)
        answers.append(client.post(url(row, "application_step", "submit")))
        connection.close()

    together(move_deadline, press)
    assert answers[0].status_code == 409
    assert "截止" in answers[0].text
    row.refresh_from_db()
    assert (row.state, row.versions.count()) == ("unit_review", 0)


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def together(*jobs) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.postgres
def test_A11_whoever_comes_first_no_submission_lies_after_the_deadline_that_holds(monkeypatch):
    monkeypatch.setattr("projects.actions.calls.EARLIER_NOTICE", timedelta(0))
    for _ in range(5):
        team = applying.make_team()
        row = applying.ready_rows(team)[0]
        officer = factories.make_user("officer")

        def move(call=team.call, by=officer):
            calls.correct_call(
                call=call,
                text="截止时间提前",
                reason="统一安排",
                by=by,
                new_closes_at=database_now() + timedelta(milliseconds=300),
            )

        results = race([*submits(team, [row]), move])
        # The move itself is refused when it waited longer for the submit than the new deadline lay ahead.
        assert results in (["302", "ok"], ["409", "ok"], ["302", "refused"])
        row.refresh_from_db()
        closes_at = Call.objects.get(pk=team.call.pk).closes_at
        assert (row.state == "submitted") == ("302" in results)
        assert row.submitted_at is None or row.submitted_at < closes_at


def test_A11_no_deadline_moves_after_it_passed_or_after_the_review_began():
    officer, later = factories.make_user("officer"), timezone.now() + timedelta(days=40)
    call = factories.make_call()
    calls.correct_call(call=call, text="截止时间延后", reason="应申报单位要求", by=officer, new_closes_at=later)
    logged = Event.objects.get(verb="call.correct")
    assert ("应申报单位要求" in logged.note, logged.actor) == (True, officer)
    factories.make_application(call, state="under_review")
    over = factories.make_call(closes_at=database_now() - timedelta(seconds=1))
    for refused in (call, over):
        with pytest.raises(Refused):
            calls.correct_call(
                call=refused, text="再延", reason="再延", by=officer, new_closes_at=later + timedelta(days=9)
            )
    assert Event.objects.filter(verb="correct_call", outcome="refused").count() == 2
    assert Call.objects.get(pk=call.pk).closes_at == later


def test_A13_replays_at_one_moment_make_one_submission_and_one_receipt(tmp_path):
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    jobs = submits(team, [row] * THREADS)
    with real_database(tmp_path):
        assert race(jobs) == ["302"] * THREADS
        receipts = ask(lambda: list(row.versions.values_list("receipt", flat=True)))
    assert len(receipts) == 1


def test_A13_a_second_tab_and_a_retry_get_the_same_receipt():
    team = applying.make_team()
    row = applying.ready_rows(team)[0]
    path = url(row, "application_step", "submit")
    tabs = [signed_in(team.admin), signed_in(factories.make_person(team.unit, "unitadmin"))]
    pages = [tab.post(path, follow=True).text for tab in (*tabs, tabs[0])]
    receipt = row.versions.get().receipt
    assert all(receipt in page for page in pages)
    assert Event.objects.filter(verb="application.submit", outcome="ok").count() == 1
