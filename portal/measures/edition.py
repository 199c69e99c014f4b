"""Finds and loads editions of the measures: one TOML file a year, here or in extra folders."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from portal.measures.edition_checks import problems_of
from portal.measures.edition_schema import Choice, Edition
from portal.measures.records import EditionError, build

__all__ = ["Choice", "Edition", "EditionError", "edition_codes", "load_edition"]

FOLDER = Path(__file__).parent / "editions"
_FILE_NAME = re.compile(r"[0-9]{4}\.toml")


def edition_codes(folders: tuple[Path, ...] = ()) -> tuple[str, ...]:
    """Return the codes (years) of all editions found here and in extra folders, oldest first."""
    return tuple(sorted(_files(folders)))


@lru_cache(maxsize=32)
def load_edition(code: str | int, folders: tuple[Path, ...] = ()) -> Edition:
    """Return the edition of a year; EditionError if there is none or its file contradicts itself."""
    path = _files(folders).get(str(code))
    if path is None:
        raise EditionError(f"没有 {code} 年版的管理办法数据，现有：{'、'.join(edition_codes(folders))}。")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"{path.name}：不是有效的 TOML 文件（{error}）。") from error
    edition = build(Edition, table, path.name)
    problems = list(problems_of(edition))
    if edition.code != path.stem:
        problems.insert(0, f"year：文件名为 {path.name}，内容却是 {edition.year} 年。")
    if problems:
        raise EditionError("\n".join(f"{path.name}：{problem}" for problem in problems))
    return edition


def _files(folders: tuple[Path, ...]) -> dict[str, Path]:
    found = (path for folder in (FOLDER, *folders) for path in folder.iterdir() if _FILE_NAME.fullmatch(path.name))
    return {path.stem: path for path in found}
