"""Public pages of registration: the form, what comes next, how it stands (A4, W6)."""

from django.core.cache import cache
from django.shortcuts import redirect, render

from consortia import queries
from consortia.actions import registrations
from consortia.forms.registrations import QueryForm, RegistrationForm
from consortia.models import Unit
from consortia.views.frame import attempt
from portal import events
from portal.access import PUBLIC, page
from portal.errors import Refused

REGISTRATIONS_AN_HOUR = 10
QUERIES_AN_HOUR = 60
SENT, ASKED = "registration_sent", "registration_asked"


class TooMany(Refused):
    """Too many tries from one address."""

    status = 429


def _is_flood(what: str, limit: int) -> bool:
    """Count what comes from an address; the window is an hour."""
    key = f"{what}-{events.request_ip.get()}"
    cache.add(key, 0, 3600)
    try:
        return cache.incr(key) > limit
    except ValueError:  # the hour ended between the two lines
        return False


def _register(request, data) -> None:
    if _is_flood("register", REGISTRATIONS_AN_HOUR):
        raise TooMany("从您的网络提交的注册过多。请一小时后再试，或与管理单位联系。")
    registration = registrations.request_registration(by=None, **data)
    request.session[SENT] = registration.pk
    request.session.pop(ASKED, None)


@page(PUBLIC, methods=("GET", "POST"))
def register(request):
    """Public registration of a unit; a refused one comes back filled in, to whoever knows its query code."""
    before = queries.refused_registration(request.session.get(ASKED))
    form = RegistrationForm(request.POST or None, instance=Unit(), initial=queries.as_typed(before))
    done, status = attempt(request, form, lambda data: _register(request, data))
    if done:
        return redirect("unit_registered")
    return render(request, "consortia/register.html", {"form": form, "before": before}, status=status)


@page(PUBLIC)
def registered(request):
    """What happens next, with the query code for the browser that sent the form; alike for every registration."""
    registration = queries.registration(request.session.get(SENT))
    return render(request, "consortia/registered.html", {"registration": registration})


@page(PUBLIC, methods=("GET", "POST"))
def registration_query(request):
    """How a registration stands, by its query code; never anything about the unit that holds a taken code."""
    form, found = QueryForm(request.POST or None), None
    status = 200 if request.method == "GET" or form.is_valid() else 400
    if request.method == "POST" and form.is_valid():
        found, status = _ask(request, form)
    return render(request, "consortia/registration_query.html", {"form": form, "found": found}, status=status)


def _ask(request, form):
    if _is_flood("registration-query", QUERIES_AN_HOUR):
        form.add_error("code", "从您的网络查询的次数过多。请一小时后再试。")
        return None, 429
    found = queries.registration_by_code(form.cleaned_data["code"])
    if found is None:
        form.add_error("code", "没有这个查询码。请对照“已收到单位注册”邮件核对后重新输入。")
        return None, 404
    request.session[ASKED] = found.pk
    return found, 200
