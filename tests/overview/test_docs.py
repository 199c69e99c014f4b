"""The generated documents say what the code says."""

import pytest
from django.core.management import CommandError, call_command

from portal.overview import diagrams
from projects.models import Application


def test_architecture_document_is_up_to_date():
    call_command("state_diagrams", "--check")


def test_state_diagrams_check_notices_a_stale_document(tmp_path, settings):
    (tmp_path / "docs").mkdir()
    (tmp_path / "pyproject.toml").write_bytes((settings.BASE_DIR / "pyproject.toml").read_bytes())
    document = tmp_path / "docs" / "architecture.md"
    text = (settings.BASE_DIR / "docs" / "architecture.md").read_text(encoding="utf-8")
    document.write_text(text.replace("送单位审核", "送审"), encoding="utf-8")
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="stale"):
        call_command("state_diagrams", "--check")
    call_command("state_diagrams", verbosity=0)
    assert document.read_text(encoding="utf-8") == text


def test_state_section_shows_every_edge_with_its_article():
    section = diagrams.state_section(Application)
    assert "unit_review --> submitted: 提交申报" in section
    assert "| `submit` | unit_review | submitted | `projects.submit_application` | 8(1) |" in section
    for name in Application.TRANSITIONS:
        assert f"| `{name}` |" in section


def test_document_without_markers_is_refused(settings):
    with pytest.raises(ValueError, match="layers"):
        diagrams.updated("# Nothing", settings.BASE_DIR)
