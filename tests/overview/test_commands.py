"""The commands on a bare clone: no tables, no demo, another Python."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from portal.backends import PortalBackend, PublishedPasswordValidator
from portal.models import User
from portal.overview import invariants
from portal.overview.demo.load import NoDemo, require_demo
from tests import factories

MANAGE = Path(django_settings.BASE_DIR) / "manage.py"


def run_manage(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """manage.py as a person starts it, with an embedded database in `folder`."""
    dropped = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "BROKER_URL"}
    inherited = {key: value for key, value in os.environ.items() if key not in dropped}
    return subprocess.run(
        [sys.executable, str(MANAGE), *arguments],
        env=inherited | {"VAR_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments", [["check_invariants"], ["verify_log"], ["verify_files"], ["render_report", "KC-1", "--out", "x.pdf"]]
)
def test_command_without_tables_says_what_to_do(tmp_path, arguments):
    done = run_manage(tmp_path, *arguments)
    assert done.returncode == 1
    assert "make demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_load_demo_makes_the_tables_and_the_plain_commands_find_them(tmp_path):
    done = run_manage(tmp_path, "load_demo", "--projects", "4", "--ledger-rows", "8", "--seed", "3")
    assert (done.returncode, done.stderr) == (0, "")
    done = run_manage(tmp_path, "check_invariants")
    assert (done.returncode, done.stderr) == (0, "")


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    "SECRET_KEY": "not-a-secret-but-long-enough-for-the-system-checks-0123456789",
    "FIELD_KEYS": "bm90LWEtc2VjcmV0LW9ubHktZm9yLXRoZS1jaGVja3M=",
    "DATABASE_URL": "postgres://u:p@localhost/unused",
    "BROKER_URL": "redis://localhost/0",
    "EMAIL_URL": "consolemail://",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "sqlite:///x"),
        ("BROKER_URL", "filesystem://"),
        ("EMAIL_URL", None),
        ("FIELD_KEYS", None),
    ],
)
def test_production_refuses_what_is_fit_for_a_demo_only(tmp_path, name, value):
    environment = {key: text for key, text in (PRODUCTION | {name: value}).items() if text is not None}
    done = run_manage(tmp_path, "check", **environment)
    assert done.returncode == 1
    assert "ImproperlyConfigured" in done.stderr
    assert name in done.stderr


def test_show_urls_is_json_without_a_database(tmp_path):
    done = run_manage(tmp_path, "show_urls", "--json")
    rows = json.loads(done.stdout)
    assert {"name", "pattern", "methods", "roles"} == set(rows[0])
    assert all(not row["name"].endswith(":") and row["pattern"].startswith("/") for row in rows)


@pytest.mark.django_db
def test_demo_password_opens_nothing_outside_the_demo(client, settings):
    user = factories.make_user("officer")
    user.set_password(settings.DEMO_PASSWORD)
    user.save()
    form = {"username": user.username, "password": settings.DEMO_PASSWORD}
    settings.DEMO = False
    response = client.post("/login/", form)
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session
    settings.DEMO = True
    assert client.post("/login/", form).status_code == 302


def test_demo_password_cannot_be_chosen_outside_the_demo(settings):
    PublishedPasswordValidator().validate(settings.DEMO_PASSWORD)
    settings.DEMO = False
    with pytest.raises(Exception, match="演示环境公布的密码"):
        PublishedPasswordValidator().validate(settings.DEMO_PASSWORD)


@pytest.mark.django_db
def test_demo_is_not_loaded_beside_accounts_of_others():
    factories.make_user("officer")
    with pytest.raises(NoDemo, match="not of the demo"):
        require_demo()


@pytest.mark.django_db
def test_demo_data_is_a_breach_outside_the_demo(settings):
    call_command("load_demo", "--projects", "4", stdout=StringIO())
    check = next(check for check in invariants.CHECKS if check.name == "demo-data")
    assert check.breaches() == []
    settings.DEMO = False
    assert check.breaches()
    with pytest.raises(CommandError, match="demo-data"):
        call_command("check_invariants", stdout=StringIO())


@pytest.mark.django_db
def test_backend_lets_nobody_in_by_the_published_password(settings):
    settings.DEMO = False
    User.objects.create_user("named", password=settings.DEMO_PASSWORD)
    assert PortalBackend().authenticate(None, username="named", password=settings.DEMO_PASSWORD) is None
