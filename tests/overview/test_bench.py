"""The benchmark's own parts: it reads forms as a browser does, counts what an answer cost, and writes what it found."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from portal.models import Notification
from portal.overview.bench import report
from portal.overview.bench.load import Answer, Figures
from portal.overview.bench.middleware import FLOOR, QUERIES, ROWS, CountingMiddleware
from portal.overview.bench.page_forms import read_forms
from portal.overview.bench.runner import Outcome, Size
from tests import factories

FORM = """<form method="post" action="?x=1" id="main"><input name="a" value="1"><input type="checkbox" name="b" checked>
<input type="checkbox" name="c" value="7"><input type="radio" name="r" value="1"><input type="radio" name="r" value="2"
checked><textarea name="t">
&lt;text&gt;</textarea><select name="s"><option value="x">X</option><option value="y" selected>Y</option></select>
<select name="first"><option value="p">P</option><option value="q">Q</option></select>
<input name="off" disabled value="0">
<input type="file" name="f"><button name="go" value="1">Send <b>now</b></button></form>
<input form="main" name="outside" value="o"><form><button>Other</button></form>"""


def test_form_is_read_as_a_browser_would_send_it():
    main, other = read_forms(FORM, "/page/")
    assert (main.action, main.method, other.action, other.method) == ("/page/?x=1", "post", "/page/", "get")
    assert main.filled() == {
        "a": ["1"], "b": ["on"], "r": ["2"], "t": ["<text>"], "s": ["y"], "first": ["p"], "outside": ["o"],
    }  # fmt: skip
    assert main.buttons == [("go", "1", "Send now")]
    assert main.files == ["f"]
    assert main.choices["r"] == ["1", "2"]


def test_filling_writes_over_and_takes_out():
    main, _ = read_forms(FORM, "/page/")
    data = main.filled(a="2", b=None, c=["7"])
    assert (data["a"], "b" in data, data["c"]) == (["2"], False, ["7"])


@pytest.mark.django_db
def test_counter_counts_queries_and_fetched_rows():
    for _ in range(3):
        factories.make_user()

    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT username FROM portal_user")
            cursor.fetchall()
        return HttpResponse()

    answer = CountingMiddleware(view)(RequestFactory().get("/"))
    assert answer[QUERIES] == "1"
    # SQLite does not know the number of rows before they are fetched; the benchmark runs on PostgreSQL.
    assert answer[ROWS] == ("3" if connection.vendor == "postgresql" else "0")


@pytest.mark.django_db
def test_floor_is_for_signed_in_people_and_writes_one_row(settings):
    settings.MIDDLEWARE = ["portal.overview.bench.middleware.FloorMiddleware", *settings.MIDDLEWARE]
    client = Client()
    assert client.get(FLOOR).status_code == 403
    client.force_login(factories.make_user())
    assert client.get(FLOOR)[QUERIES] == "3"
    assert client.post(FLOOR).status_code == 204
    assert Notification.objects.count() == 1


def _figures(name: str, method: str, *times: float) -> Figures:
    figures = Figures(name, method)
    for spent in times:
        figures.add(Answer(200, b"x" * 2048, {QUERIES: "4", ROWS: "9"}, spent))
    return figures


def test_figures_are_percentiles_and_worst_costs():
    figures = _figures("page", "GET", *map(float, range(1, 101)))
    assert (figures.p50, figures.p95, figures.queries, figures.rows, figures.size) == (50.5, 96.0, 4, 9, 2048)


def test_report_compares_with_the_floor_and_the_smaller_data_set(monkeypatch):
    monkeypatch.setattr(report.server, "server_version", lambda: "15")
    outcome = Outcome((Size(200, 1, 1), Size(2000, 1, 1)))
    for count, spent in ((200, 20.0), (2000, 30.0)):
        rows = (_figures("floor GET", "GET", 10.0), _figures("home", "GET", spent))
        outcome.pages[count] = {row.name: row for row in rows}
    outcome.pdf = {"size": 1024, "cold": 2.0, "times": [1.0, 3.0], "per_second": 0.5}
    outcome.ban = {"lines": 100, "seconds": 0.1}
    outcome.draw = {"items": 2000, "experts": 300, "seats": 10000, "whole": 9.04, "facts": 2.0, "solution": 6.0}
    outcome.draw["commit"] = 3.0
    outcome.ledger = {"small_lines": 10000, "small_dry": 2.5, "small_memory": 170, "large_memory": 300}
    outcome.ledger |= {"large_lines": 100000, "large_dry": 25.0, "large_book": 4.0}
    text = report.text_of(outcome)
    assert "| home | GET | 20.0 | 20.0 | 4 | 9 | 2.0 | 2.0 |\n" in text
    assert "| home | GET | 30.0 | 30.0 | 4 | 9 | 2.0 | 3.0 | 1.50 |" in text
    assert "| ban check, lines a second, 1 process (100 different lines) | 1,000 |" in text
    assert "| ledger file of 10,000 lines: dry run | 2.5 s |" in text
    assert "| ledger file of 100,000 lines: dry run | 25.0 s |" in text
    assert "| its booking: lines and verdicts stored | 4.0 s |" in text
    assert "2,000 applications by 300 experts, 10,000 seats: the task | 9.0 s |" in text
