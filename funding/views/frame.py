"""What the pages of money share: bound forms, actions that may be refused, downloads."""

from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpResponse

from portal.errors import Refused
from projects.views.frame import refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEEPERS = ("drafter", "unitadmin", "leader")
PAGE_SIZE = 50


def bind(form, request, **options):
    """The form, bound when the request is a POST."""
    post = request.method == "POST"
    return form(request.POST if post else None, request.FILES if post else None, **options)


def attempt(form, act: Callable) -> tuple[object | None, int]:
    """Run `act` with the clean data; (result, 302), or (None, status) with the refusal in the form."""
    if not form.is_bound:
        return None, 200
    if not form.is_valid():
        return None, 400
    try:
        return act(**form.cleaned_data), 302
    except Refused as refusal:
        return None, refused(form, refusal)


def download(data: bytes, name: str) -> HttpResponse:
    """A workbook as attachment."""
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def active_filters(request, form) -> list[tuple[str, str]]:
    """(text, address without that filter) for every filter in use."""
    found = []
    for bound in form:
        value = request.GET.get(bound.name, "")
        if not value or bound.name not in getattr(form, "cleaned_data", {}):
            continue
        query = request.GET.copy()
        query.pop(bound.name)
        query.pop("page", None)
        shown = dict(getattr(bound.field, "choices", ())).get(value, value)
        found.append((f"{bound.label}：{shown}", f"{request.path}?{query.urlencode()}"))
    return found
