"""Seams for the apps above: projects cannot see funding or reviews, but asks what they have to say.

Each seam is a list of functions that the upper app's registry.py appends to; projects only calls them.
"""

from collections.abc import Callable

# (unit) -> list of portal.measures.findings.Finding: why the unit may not apply now (open clawbacks, art. 17).
APPLICATION_OBSTACLES: list[Callable] = []
# (project) -> list of Finding: what is missing for acceptance (final accounts, open ban lines, art. 14-16).
PACKAGE_CHECKS: list[Callable] = []
# (project) -> dict of JSON-safe figures to freeze in reports and packages (paid, spent, execution rate).
FIGURES: list[Callable] = []
# (project) -> list of objects of the upper app whose papers and log belong into the project's archive (H5).
ARCHIVE_SUBJECTS: list[Callable] = []
# (project) -> list of (folder, kind, StoredFile) for the archive.
ARCHIVE_FILES: list[Callable] = []
# (project) -> list of (path, name, bytes): tables that are made for the archive.
ARCHIVE_TABLES: list[Callable] = []
# (project, user) -> list of (label, url, url_name, count or None): further tabs of the project page.
TABS: list[Callable] = []


def ask(seam: list[Callable], *args) -> list:
    """All answers of a seam, flattened."""
    return [answer for function in seam for answer in function(*args)]


def figures(project) -> dict:
    """All figures of a project, merged."""
    return {key: value for function in FIGURES for key, value in function(project).items()}
