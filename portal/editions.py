"""The edition of the measures that a year works by, from our folder or the operator's."""

from pathlib import Path

from django.conf import settings

from portal.measures.edition import Edition, edition_codes, load_edition


def edition(code: str | int) -> Edition:
    """The edition of a year; raises portal.measures.edition.EditionError when there is none."""
    return load_edition(str(code), _folders())


def codes() -> tuple[str, ...]:
    """All years that have an edition, oldest first."""
    return edition_codes(_folders())


def _folders() -> tuple[Path, ...]:
    return tuple(Path(folder) for folder in settings.MEASURES_FOLDERS)
