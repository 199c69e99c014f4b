"""Each role at each address: what the role matrix says is what happens, and nothing that is sent breaks a page."""

import pytest
from django.test import Client

from portal.access import ALL_ROLES, PUBLIC, STAFF
from tests.overview import addresses
from tests.overview.addresses import ANONYMOUS, EVERYBODY

# Django's admin shows these to its staff and then asks a permission that some or all duties lack.
ASKS_FURTHER = ("/add/", "/admin/autocomplete/", "/admin/password_change/", "/import/", "/import/template/", "/export/")
# Opened from a list with the chosen rows in the address; without them there is nothing to show.
NEEDS_MORE = {"/admin/funding/clawback/open/"}
LOGOUTS = {"/logout/", "/admin/logout/"}
LOGINS = ("/login/", "/admin/login/")
SHOWN = {200, 302}
NASTY_VALUES = ("abc", "-1", "99999999999999999999", "０", "%27%22%3E%25_%5C", "\U0001f600", "a" * 10_000)


@pytest.fixture
def people(db):
    """One person of each role."""
    return addresses.make_people()


def _client(people, role, **options) -> Client:
    client = Client(raise_request_exception=False, **options)
    if role != ANONYMOUS:
        client.force_login(people[role])
    return client


def _outsider(people, row) -> Client:
    """A client of somebody whom the matrix lets in, so that the page itself is reached."""
    role = next((role for role in EVERYBODY if role in row.roles), "sysadmin")
    return _client(people, ANONYMOUS if PUBLIC in row.roles else role)


def _is_let_in(row, role) -> bool:
    return PUBLIC in row.roles or role in row.roles


def _must_sign_in(row, role) -> bool:
    """Whether the way leads to a login page: the admin sends everybody there who has no duty."""
    if row.name == "admin:login":
        return role == ANONYMOUS or role in STAFF
    outside = not _is_let_in(row, role) and "GET" in row.methods
    return outside and (role == ANONYMOUS or (row.pattern.startswith("/admin/") and role not in STAFF))


def _expected(row, role) -> set[int]:
    if "GET" not in row.methods:
        return {405}
    if _must_sign_in(row, role):
        return {302}
    if not _is_let_in(row, role) or row.name == "admin:login":
        return {403}
    if row.pattern in NEEDS_MORE:
        return {404}
    return SHOWN | {403} if row.pattern.endswith(ASKS_FURTHER) else SHOWN


@pytest.mark.parametrize("role", EVERYBODY)
def test_role_opens_what_the_matrix_says_and_nothing_else(people, role):
    client = _client(people, role)
    wrong = []
    for row in addresses.plain_rows():
        if row.pattern in LOGOUTS:
            continue
        answer = client.get(row.pattern)
        to_login = answer.get("Location", "").startswith(LOGINS)
        if answer.status_code not in _expected(row, role) or to_login != _must_sign_in(row, role):
            wrong.append((row.pattern, answer.status_code, answer.get("Location", "")))
    assert wrong == []


def test_signed_in_person_without_duty_is_not_sent_round_in_circles(people):
    client = _client(people, "drafter")
    assert client.get("/admin/", follow=True).status_code == 403


def test_every_address_names_its_roles_and_methods():
    rows = addresses.plain_rows() + addresses.argument_rows()
    assert len(rows) > 30
    assert [row.pattern for row in rows if not row.methods] == []
    unknown = {role for row in rows for role in row.roles} - {PUBLIC, *ALL_ROLES}
    assert unknown == set()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_unsafe_request_without_token_is_refused(people, method):
    client = _client(people, "officer", enforce_csrf_checks=True)
    rows = addresses.plain_rows() + addresses.argument_rows()
    answers = {row.pattern: getattr(client, method)(addresses.sample_path(row)).status_code for row in rows}
    assert {pattern: status for pattern, status in answers.items() if status not in {403, 405}} == {}


@pytest.mark.parametrize("method", ["HEAD", "TRACE", "OPTIONS", "PROPFIND"])
def test_odd_methods_break_nothing(people, method):
    client = _client(people, "officer")
    rows = addresses.plain_rows() + addresses.argument_rows()
    answers = {row.pattern: client.generic(method, addresses.sample_path(row)).status_code for row in rows}
    assert {pattern: status for pattern, status in answers.items() if status >= 500} == {}


def test_hostile_arguments_break_nothing(people):
    wrong = {}
    for row in addresses.argument_rows():
        client = _outsider(people, row)
        method = client.get if "GET" in row.methods else client.post
        for path in addresses.hostile_paths(row):
            status = method(path).status_code
            if status >= 500:
                wrong[path] = status
    assert wrong == {}


def test_missing_objects_are_not_found(people):
    """A well-formed address that names nothing: 404 for whoever may open such pages at all."""
    wrong = {}
    for row in addresses.argument_rows():
        if "GET" not in row.methods or row.pattern.startswith("/admin/"):
            continue
        status = _outsider(people, row).get(addresses.sample_path(row)).status_code
        if status not in {200, 302, 403, 404}:
            wrong[row.pattern] = status
    assert wrong == {}


@pytest.mark.parametrize("name", addresses.parameter_names())
def test_nasty_parameters_break_no_list(people, name):
    wrong = {}
    for row in addresses.plain_rows():
        if "GET" not in row.methods or row.pattern.endswith(("/add/", "/logout/")):
            continue
        client = _outsider(people, row)
        for value in NASTY_VALUES if not row.pattern.startswith("/admin/") else NASTY_VALUES[:1]:
            status = client.get(row.pattern, {name: value}).status_code
            if status >= 500:
                wrong[row.pattern, value[:20]] = status
    assert wrong == {}


def test_null_bytes_are_refused_clearly(people):
    client = _client(people, "officer")
    answers = {
        row.pattern: client.get(row.pattern + "?q=%00", follow=False).status_code for row in addresses.plain_rows()
    }
    assert {pattern: status for pattern, status in answers.items() if status not in {400, 405}} == {}
    assert client.get("/verify/%00/").status_code == 400


def test_posts_of_nonsense_break_no_form(people):
    """Empty, unknown, over-long and wrongly typed fields to every form that needs no object."""
    wrong = {}
    nonsense = {"action": "nothing", "title": "题" * 20_000, "amount": "1e9", "page": "x", "note": "\U0001f600"}
    for row in addresses.plain_rows():
        if "POST" not in row.methods or row.pattern.startswith("/admin/log"):
            continue
        client = _outsider(people, row)
        for data in ({}, nonsense, {"username": "x" * 5_000, "code": "' or 1=1", "csrfmiddlewaretoken": "x"}):
            status = client.post(row.pattern, data).status_code
            if status >= 500:
                wrong[row.pattern, str(data)[:30]] = status
    assert wrong == {}
