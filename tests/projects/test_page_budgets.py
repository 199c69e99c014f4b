"""What a page may cost: 60 KB of HTML and a number of queries each, whoever opens it (a rush hour is many pages)."""

import pytest

from tests.overview.page_answers import answers
from tests.overview.pages import make_pages, uncovered

pytestmark = pytest.mark.django_db
KILOBYTES = 60
QUERIES = 12
# Pages that take more than QUERIES: the most that any person in any state causes there. To be lowered, never raised.
MORE_QUERIES = {
    # Everything that the detection of conflicts looks at, for one expert or one application.
    "admin:reviews_expert_interests": 17,
    "admin:reviews_expertconflict_application": 13,
}


@pytest.fixture
def seen(monkeypatch):
    """Answers to all pages."""
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)
    people, pages = make_pages()
    assert uncovered(pages) == [], "give these addresses a page in tests/overview/pages.py or say why they have none"
    return answers(people, pages)


def test_every_page_keeps_to_its_budget(seen):
    assert [str(answer.page) for answer in seen if answer.status != answer.page.status] == []
    assert [(str(answer.page), answer.kilobytes) for answer in seen if answer.kilobytes > KILOBYTES] == []
    taken = {}
    # What a form saved or refused is another matter; what is counted is the opening of a page.
    for answer in (answer for answer in seen if answer.page.typed is None):
        taken[answer.page.name] = max(taken.get(answer.page.name, 0), answer.queries)
    limits = {name: MORE_QUERIES.get(name, QUERIES) for name in taken}
    assert {name: count for name, count in taken.items() if count > limits[name]} == {}
