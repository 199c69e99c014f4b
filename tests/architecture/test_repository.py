"""What lies in the repository: no trace of a machine, a lock that matches, migrations that are complete."""

import re
import tomllib

import pytest
from django.core.management import call_command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture import tree

# Put together from parts, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?m)(^|[^\w.:/])/(" + "|".join(["root", "home", "work", "Users"]) + r")/[A-Za-z.]")
REGISTRY = re.compile("|".join([r"python" + r"hosted\.org", r"pypi\." + r"org", r"extra-index" + "-url"]))
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")


def _texts():
    for path in tree.tracked():
        try:
            yield tree.name(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATH, REGISTRY, UNFINISHED], ids=["machine path", "registry", "unfinished"]
)
def test_files_hold_no_trace_of(pattern):
    assert not {name: found.group() for name, text in _texts() if (found := pattern.search(text))}


def test_patterns_find_what_they_look_for():
    assert MACHINE_PATH.search("open('/" + "home/someone')")
    assert REGISTRY.search("https://files.python" + "hosted.org/packages")
    assert UNFINISHED.search("# TO" + "DO later")


def _pins() -> dict[str, str]:
    lock = (tree.ROOT / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE))


def _wanted() -> list[Requirement]:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [Requirement(line) for line in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"])]


def test_lock_pins_every_dependency_within_its_range():
    pins = {canonicalize_name(name): version for name, version in _pins().items()}
    wrong = [
        str(wanted)
        for wanted in _wanted()
        if not wanted.specifier.contains(pins.get(canonicalize_name(wanted.name), "0"), prereleases=True)
    ]
    assert not wrong


def test_lock_holds_nothing_but_pins_and_hashes():
    lines = (tree.ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pin, digest = r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==\S+( ; [^\\]+)? \\", r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    assert not [line for line in lines if not re.fullmatch(f"{pin}|{digest}", line)]


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
