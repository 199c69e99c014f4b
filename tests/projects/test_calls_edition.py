"""A new year by a new edition file alone: no code changes (done-when of the whole product)."""

from datetime import timedelta
from decimal import Decimal
from importlib.resources import files

import pytest
from django.urls import reverse
from django.utils import timezone

from portal import editions
from portal.measures import edition as edition_module
from projects.actions import calls
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def next_year(settings, tmp_path):
    """2026.toml in the operator's folder: three applications a unit, eight new members, a stricter pass line."""
    text = (files(edition_module.__package__) / "editions" / "2025.toml").read_text(encoding="utf-8")
    for old, new in (
        ("year = 2025", "year = 2026"),
        ("2025年科创", "2026年科创"),
        ("application_cap = 2", "application_cap = 1"),
        ('unit = "家"\nfloor = 6', 'unit = "家"\nfloor = 8'),
        ("pass_line = 70", "pass_line = 75"),
        ("notice_working_days = 5", "notice_working_days = 7"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "2026.toml").write_text(text, encoding="utf-8")
    settings.MEASURES_FOLDERS = [str(tmp_path)]
    return editions.edition("2026")


def test_a_call_of_the_new_year_takes_floors_cap_and_defaults_from_its_file(client, next_year):
    today = timezone.localdate()
    officer = factories.make_user("officer")
    call = calls.save_call(
        by=officer,
        edition="2026",
        title="新一年申报通知",
        notice_text="请申报。",
        opens_at=timezone.now(),
        closes_at=timezone.now() + timedelta(days=20),
        fixed_grant=Decimal(200000),
        number_of_grants=3,
        execution_start=today + timedelta(days=60),
        execution_end=today + timedelta(days=300),
    )
    assert (call.acceptance_pass_line, call.notice_working_days) == (75, 7)
    calls.publish_call(call, by=officer)
    text = client.get(reverse("call_detail", args=[call.pk])).content.decode()
    assert "8 家" in text
    assert "最多申报 1 个项目" in text


def test_the_old_year_keeps_its_own_numbers(client, next_year):
    text = client.get(reverse("call_detail", args=[factories.make_call().pk])).content.decode()
    assert "6 家" in text
    assert "最多申报 2 个项目" in text


def test_the_newest_edition_is_what_a_new_call_starts_from(client, next_year):
    client.force_login(factories.make_user("officer"))
    text = client.get(reverse("admin:projects_call_add")).content.decode()
    assert '<option value="2026" selected>' in text
