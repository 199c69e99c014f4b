"""Opens the pages of the list with Django's client: status, text and number of queries."""

from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.overview.bench.page_forms import read_forms
from tests.overview.pages import Page


@dataclass(frozen=True)
class Answer:
    """What came back; `queries` are those of the last request."""

    page: Page
    status: int
    text: str
    queries: int

    @property
    def kilobytes(self) -> float:
        """Size of the HTML."""
        return len(self.text.encode()) / 1024


def answers(people: dict, pages: list[Page]) -> list[Answer]:
    """Every page once, each person in a session of his own."""
    clients = {"": Client()}
    found = []
    for page in pages:
        if page.who not in clients:
            clients[page.who] = Client()
            clients[page.who].force_login(people[page.who])
        found.append(_answer(clients[page.who], page))
    return found


def _answer(client: Client, page: Page) -> Answer:
    send = _sender(client, page)
    with CaptureQueriesContext(connection) as seen:
        response = send()
    return Answer(page, response.status_code, response.text, len(seen))


def _sender(client: Client, page: Page):
    """A GET, or the POST of the page's own form with what was typed."""
    if page.typed is None:
        return lambda: client.get(page.path)
    found = client.get(page.path)
    forms = [form for form in read_forms(found.text, page.path) if form.method == "post" and form.action == page.path]
    assert forms, f"{page}: no form of its own (HTTP {found.status_code})"
    form = max(forms, key=lambda form: len(form.fields) + len(form.files))
    return lambda: client.post(form.action, form.filled(**page.typed))
