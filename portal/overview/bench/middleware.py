"""Only in bench settings: counts queries and rows of every answer, and serves the floor that pages are compared to."""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpResponse, HttpResponseForbidden
from django.utils.html import format_html_join

from portal.models import Notification
from projects.models import Project

FLOOR = "/bench/floor/"
QUERIES, ROWS = "X-Bench-Queries", "X-Bench-Rows"
MARK = "bench-floor"


class Counter:
    """Counts statements and the rows they fetched, as a wrapper around every execution."""

    def __init__(self):
        self.queries = self.rows = 0

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        self.queries += 1
        if sql.lstrip("( ")[:6].upper() == "SELECT":
            self.rows += max(context["cursor"].rowcount, 0)
        return result


class CountingMiddleware:
    """Says in two headers what an answer cost."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        counter = Counter()
        with connection.execute_wrapper(counter):
            response = self.get_response(request)
        response[QUERIES], response[ROWS] = str(counter.queries), str(counter.rows)
        return response


class FloorMiddleware:
    """Answers the floor's address with Django's least: session, user, one query of 50 rows; or one insert."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.floor = CountingMiddleware(SessionMiddleware(AuthenticationMiddleware(floor)))

    def __call__(self, request):
        return self.floor(request) if request.path == FLOOR else self.get_response(request)


def floor(request):
    """The bare page and the bare write."""
    if not request.user.is_authenticated:
        return HttpResponseForbidden()
    if request.method == "POST":
        Notification.objects.create(user=request.user, title=MARK, body="")
        return HttpResponse(status=204)
    rows = Project.objects.order_by("pk").values_list("number", "title")[:50]
    return HttpResponse(format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", rows))
