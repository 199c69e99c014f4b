"""Every address of the portal, with arguments filled in, and one person of each role to try them."""

import re
import uuid
from pathlib import Path

from portal.access import ALL_ROLES, CENTER, UNIT_ROLES
from portal.overview import matrix
from tests import factories
from tests.architecture import tree

ANONYMOUS = "anonymous"
EVERYBODY = (ANONYMOUS, *ALL_ROLES)
_ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
_SAMPLES = {"uuid": str(uuid.UUID(int=7)), "int": "987654321"}
# Hostile values per converter; a converter that does not match is a 404 as well as a missing object.
_HOSTILE = {
    "int": ("0", "99999999999999999999999"),
    "uuid": (str(uuid.UUID(int=0)), "not-a-uuid"),
    "str": ("0", "a" * 300, "%27%22%3E%3Cscript%3E", "%E2%80%AE%EF%BC%91", "1;select"),
    "slug": ("0", "-", "a" * 300),
    "path": ("0", "99999999999999999999999", "../../etc/passwd", "%27%22_5F", "1/2/3"),
}


def make_people() -> dict:
    """One person of each role; people of units sit in one unit that leads a valid consortium."""
    lead = factories.make_unit()
    factories.make_consortium(lead)
    people = {role: factories.make_person(lead, role) for role in UNIT_ROLES}
    people |= {duty: factories.make_user(duty) for duty in (*CENTER, "sysadmin", "logadmin")}
    people["auditor"] = factories.make_user("auditor")
    people["expert"] = factories.make_expert().user
    return people


def plain_rows() -> list[matrix.Row]:
    """Rows of the role matrix whose address takes no argument."""
    return [row for row in matrix.rows() if not _ARGUMENT.search(row.pattern) and "(" not in row.pattern]


def argument_rows() -> list[matrix.Row]:
    """Rows of the role matrix whose address takes arguments."""
    return [row for row in matrix.rows() if _ARGUMENT.search(row.pattern) and "(" not in row.pattern]


def sample_path(row: matrix.Row) -> str:
    """The address with arguments of the right shape that name nothing."""
    return _ARGUMENT.sub(lambda found: _SAMPLES.get(found[1], "nothing"), row.pattern)


def hostile_paths(row: matrix.Row) -> list[str]:
    """The address with every hostile value in every place, one at a time."""
    paths = []
    for place in _ARGUMENT.finditer(row.pattern):
        for value in _HOSTILE.get(place[1] or "str", _HOSTILE["str"]):
            path = row.pattern[: place.start()] + value + row.pattern[place.end() :]
            paths.append(_ARGUMENT.sub(lambda found: _SAMPLES.get(found[1], "nothing"), path))
    return paths


def parameter_names() -> list[str]:
    """Every name that the code reads from a query string."""
    sources = (Path(path).read_text(encoding="utf-8") for path in tree.product())
    found = {name for source in sources for name in re.findall(r"\.GET(?:\.get\(|\.getlist\(|\[)\"(\w+)\"", source)}
    return sorted(
        found | {"page", "q", "state", "next", "o", "p", "e", "all", "id__exact", "pk__in", "call__edition__x"}
    )
