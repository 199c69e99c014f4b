"""The same person opens every address twice, in two states of the database that differ in a secret only."""

import io
import itertools
import re
import zipfile
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.test import Client

from portal.access import PUBLIC, roles_of
from portal.models import Document, StoredFile
from portal.overview import matrix
from projects.models import Application, Project, PublicNotice
from reviews.models import Assignment, Round

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
HEADERS = ("Content-Type", "Cache-Control", "ETag", "Last-Modified", "Vary", "Content-Disposition", "Location")
# Ways to ask a list for what it does not show.
PROBES = (
    "", "?o=1", "?o=-3.2", "?o=score", "?q=%E9%A1%B9%E7%9B%AE", "?page=2", "?all=", "?sort=score&score__gte=80",
    "?review_items__score__gte=1", "?review_items__assignments__sheet__total__gte=80",
    "?review_items__assignments__expert__id__gte=1", "?round__isnull=False",
)  # fmt: skip
SKIPPED = {"admin:jsi18n", "healthz"}
# These apps lie below and cannot import this one (tests/architecture): their registers know nothing of a review.
BELOW = ("admin:consortia_", "admin:funding_")
MANY, KEYS = 40, 1
LISTS = {"home", "search", "review_desk", "admin:projects_application_changelist", "admin:projects_project_changelist"}


@dataclass(frozen=True)
class Address:
    """One address with its arguments filled in, and the roles that pass its door."""

    path: str
    roles: frozenset[str]


def addresses() -> list[Address]:
    """Every address that answers to GET, with the objects that exist now filled in; lists with every probe."""
    found: list[Address] = []
    for row in matrix.rows():
        if "GET" not in row.methods or row.name in SKIPPED or row.name.startswith(BELOW):
            continue
        if "logout" in row.pattern or "(" in row.pattern:
            continue
        places = list(ARGUMENT.finditer(row.pattern))
        if not places:
            probes = PROBES if row.name in LISTS else PROBES[:1]
            found += [Address(row.pattern + probe, frozenset(row.roles)) for probe in probes]
            continue
        values = [_values(row.name, place[1] or "str", place[2]) for place in places]
        for combination in itertools.islice(itertools.product(*values), MANY):
            given = iter(combination)
            path = ARGUMENT.sub(lambda _, given=given: str(next(given)), row.pattern)
            found.append(Address(path, frozenset(row.roles)))
    return found


def _values(name: str, kind: str, argument: str) -> list:
    if kind == "uuid":
        public = (Application, Project, StoredFile, PublicNotice)
        return [pk for model in public for pk in model.objects.values_list("public_id", flat=True)]
    if name.startswith("admin:") and argument in ("object_id", "pk"):
        return _admin_keys(name)
    if kind == "int":
        keys = {pk for model in (Assignment, Round) for pk in model.objects.values_list("pk", flat=True)}
        return sorted(keys | {1, 2, 3})
    if argument == "code":
        return list(Document.objects.values_list("verification_code", flat=True)) or ["0"]
    return ["submit", "rationale", "close"]


def _admin_keys(name: str) -> list:
    """Keys of the model that an address of the admin is about."""
    app, _, rest = name.removeprefix("admin:").partition("_")
    for model in apps.get_app_config(app).get_models():
        if rest.startswith(f"{model._meta.model_name}_"):
            return list(model._base_manager.order_by("pk").values_list("pk", flat=True)[:KEYS])
    return [1]


class Viewer:
    """One signed-in person (None: nobody) who opens everything that is not closed to him at the door.

    That the doors hold is what the matrix of roles and addresses shows (tests/overview/test_matrix.py).
    """

    def __init__(self, user=None):
        self.client = Client(raise_request_exception=False)
        self.roles = {PUBLIC} | (roles_of(user) if user is not None else set())
        if user is not None:
            self.client.force_login(user)

    def open(self, found: list[Address]) -> dict[str, tuple]:
        """Status, telling headers and body of every address; the token of forms is taken out."""
        return {address.path: self._answer(address.path) for address in found if self.roles & address.roles}

    def _answer(self, path: str) -> tuple:
        response = self.client.get(path)
        assert response.status_code < 500, path
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return response.status_code, {name: response.get(name) for name in HEADERS}, _content(body)


def _content(body: bytes) -> bytes:
    """The body without form tokens; a workbook as its parts, since the archive around them bears the clock's time."""
    if not body.startswith(b"PK\x03\x04"):
        return TOKEN.sub(b"", body)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


def state_with(act, viewers: dict[str, Viewer], paths: list[Address]) -> dict[str, dict]:
    """What each viewer gets once `act` has been done; nothing of it stays."""
    with transaction.atomic():
        act()
        seen = {name: viewer.open(paths) for name, viewer in viewers.items()}
        transaction.set_rollback(True)
    return seen


def leaks(one: dict[str, dict], other: dict[str, dict]) -> list[tuple]:
    """(viewer, address) whose answers differ."""
    return [(name, path) for name in one for path in one[name] if one[name][path] != other[name][path]]
