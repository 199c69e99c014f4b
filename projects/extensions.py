"""Seams for the apps above: projects cannot see funding or reviews, but asks what they have to say.

Each seam is a list of functions that the upper app's registry.py appends to; projects only calls them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from portal.bundle import Question


@dataclass(frozen=True)
class Obstacle:
    """Why a unit may not apply now: a question about the `unit` (its key), and the findings that its rows give."""

    question: Question
    findings: Callable


# Open clawbacks (art. 17); asked together with the other facts of the applicant.
APPLICATION_OBSTACLES: list[Obstacle] = []
# (call) -> bool: whether experts have begun with the applications of this call (8(2)).
REVIEW_STARTED: list[Callable] = []
# (project) -> list of Finding: what is missing for acceptance (final accounts, open ban lines, art. 14-16).
PACKAGE_CHECKS: list[Callable] = []
# (project) -> list of Finding: what must be settled before the project goes to the archive (open clawbacks, art. 17).
CLOSING_CHECKS: list[Callable] = []
# (project) -> dict of JSON-safe figures to freeze in reports and packages (paid, spent, execution rate).
FIGURES: list[Callable] = []
# (project) -> list of objects of the upper app whose papers and log belong into the project's archive (H5).
ARCHIVE_SUBJECTS: list[Callable] = []
# (project) -> list of (folder, kind, StoredFile) for the archive.
ARCHIVE_FILES: list[Callable] = []
# (project) -> list of (path, name, bytes): tables that are made for the archive.
ARCHIVE_TABLES: list[Callable] = []
# (project, user) -> list of (label, url, url_name, count or None): further tabs of the project page; they ask nothing,
# what it counts is a question here: name -> question about the `project` (its UUID), answered in project.facts[name].
TABS: list[Callable] = []
PROJECT_FACTS: dict[str, Question] = {}
# (project, user) -> list of Document that the person may read: papers of the project that the upper apps issue.
PAPERS: list[Callable] = []
# (user) -> QuerySet of project keys: which grants of an auditor count today; outside of its days a grant is none (18).
TIMED_GRANTS: list[Callable] = []
# (edition code) -> portal.measures.lexicon.Lexicon in force; one provider, which keeps finance's versions.
LEXICONS: list[Callable] = []


def lexicon(edition_code: str):
    """The lexicon in force, so that a budget is judged by the words that will judge the ledger (14)."""
    return LEXICONS[-1](edition_code)


def ask(seam: list[Callable], *args) -> list:
    """All answers of a seam, flattened."""
    return [answer for function in seam for answer in function(*args)]


def timed_grants(user) -> list:
    """Querysets of the projects that an auditor may read today; the grant must be there, too."""
    return [function(user) for function in TIMED_GRANTS]


def papers(project, user) -> list:
    """All papers of a project that the person may read."""
    return ask(PAPERS, project, user)


def figures(project) -> dict:
    """All figures of a project, merged."""
    return {key: value for function in FIGURES for key, value in function(project).items()}
