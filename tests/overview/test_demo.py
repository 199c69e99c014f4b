"""The demo year: it loads, breaks nothing, shows every state, and its accounts can sign in."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from consortia.states import QualificationStatus
from portal import events, file_watch
from portal.access import ALL_ROLES
from portal.models import StoredFile, User
from portal.overview import invariants
from portal.overview.demo import load
from portal.overview.demo.accounts import NAMED, PASSWORD
from portal.overview.demo.content import sections, themes, title_of
from portal.overview.demo.seed import KINDS, describe
from projects.models import Application, Call, Project, PublicNotice
from projects.states import ApplicationState, ProjectState

# One process loads the year once for all of them (tests/conftest.py keeps this file together).
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo_year(django_db_setup, django_db_blocker, tmp_path_factory):
    """The whole year, loaded once and rolled back after the module."""
    from django.conf import settings
    from django.db import transaction

    folder, before = tmp_path_factory.mktemp("demo-files"), settings.MEDIA_ROOT
    settings.MEDIA_ROOT = folder
    with django_db_blocker.unblock(), transaction.atomic():
        load.load_year()
        yield folder
        transaction.set_rollback(True)
    settings.MEDIA_ROOT = before


@pytest.fixture
def year(demo_year, settings):
    """The loaded year with its files."""
    settings.MEDIA_ROOT = demo_year


def test_demo_year_breaks_no_invariant(year):
    found = {check.name: check.breaches() for check in invariants.CHECKS}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_demo_year_log_and_files_are_sound(year):
    assert events.first_break() is None
    assert list(file_watch.damaged(StoredFile.objects.iterator(chunk_size=200))) == []


def test_demo_year_shows_every_state_of_applications_and_projects(year):
    assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState.values)
    assert set(Project.objects.values_list("state", flat=True)) == set(ProjectState.values)


def test_demo_year_has_an_open_call_and_a_running_notice_with_an_objection(year):
    assert Call.objects.filter(state="published").count() == 1
    notice = PublicNotice.objects.get(state="open")
    assert notice.objections.filter(state="received").count() == 1


def test_demo_year_has_enough_units_consortia_and_experts(year):
    from consortia.models import Consortium, Unit
    from reviews.models import Expert

    assert Consortium.objects.count() >= 12
    assert Unit.objects.filter(state="approved").count() >= 60
    assert Expert.objects.count() >= 24


@pytest.mark.parametrize("username", [username for _, username, _ in NAMED])
def test_demo_account_signs_in(year, client, username):
    response = client.post("/login/", {"username": username, "password": PASSWORD})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username=username).pk)


def test_login_page_names_demo_accounts_only_in_the_demo(client, settings):
    assert PASSWORD in client.get("/login/").content.decode()
    settings.DEMO = False
    assert PASSWORD not in client.get("/login/").content.decode()


def test_second_load_says_it_is_there(year):
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert "already" in out.getvalue()


def test_seed_acceptance_prints_the_same_twice(year):
    texts = []
    for _ in range(2):
        out = StringIO()
        call_command("seed_acceptance", "--json", stdout=out)
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
    told = json.loads(texts[0])
    officer = {"username": "officer", "password": PASSWORD, "role": "officer", "label": "中心经办"}
    assert told["accounts"]["officer"] == officer
    assert {row["role"] for row in told["accounts"].values()} == set(ALL_ROLES)


# Passed through inside one action, never stored at its end.
TRANSIENT = {"proposal": {"draft"}, "change": {"draft"}}


# Of documents it depends on how far the worker is.
STATEFUL = [kind for kind in KINDS if kind.name not in ("consortium", "score_sheet", "document")]


@pytest.mark.parametrize("kind", STATEFUL, ids=lambda kind: kind.name)
def test_seed_acceptance_has_an_object_of_every_state(year, kind):
    states = {value for value, _ in kind.model._meta.get_field(kind.state).choices}
    assert states
    assert set(describe()["objects"][kind.name]) == states - TRANSIENT.get(kind.name, set())


def test_seed_acceptance_has_a_consortium_of_every_qualification(year):
    assert set(describe()["objects"]["consortium"]) == set(QualificationStatus.values)


@pytest.mark.parametrize("command", [["load_demo"], ["load_demo", "--projects", "4"], ["seed_acceptance", "--json"]])
def test_demo_commands_refuse_outside_the_demo(settings, command):
    before = User.objects.count()
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo"):
        call_command(*command)
    assert User.objects.count() == before


def test_bulk_data_respects_every_invariant():
    before = Project.objects.count()
    call_command("load_demo", "--projects", "12", "--ledger-rows", "60", "--seed", "5", stdout=StringIO())
    found = {check.name: check.breaches() for check in invariants.CHECKS}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert Project.objects.count() == before + 12


def test_texts_of_projects_are_all_different():
    rows = [(theme, variant) for theme in themes() for variant in range(len(theme.variants) + 1)]
    assert len({title_of(*row) for row in rows}) == len(rows) >= 30
    texts = [text for row in rows for code, text in sections(*row).items() if code != "foundation"]
    assert len(set(texts)) == len(texts)
