"""Finds the table in the cells of a sheet: its header of one or two rows, its data rows, its rows of totals (F3)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

Cell = str | int | float | bool | date | datetime | None
Aliases = Mapping[str, tuple[str, ...]]

HEADER_DEPTH = 15
_TOTAL = re.compile(
    r"(?:本[页月日期季年周]|本年度|当[月日期])?(?:发生额)?(?:小计|合计|总计|共计|累计|月计|日计|季计|年计)(?:金额|数|额|余额)?(?:\(.*\).*|-.*)?"
    r"|承[前上]页|接上页|[过转]次页|转下页|(?:期初|期末|年初|年末|上期|本期|上年)余额|上年结转|结转(?:下年|次年)|本页结转"
)
# "6月小计", "管理费用合计": only in a row that says little else.
_NAMED_TOTAL = re.compile(r".{1,12}(?:小计|合计|总计)(?:\(.*\))?")
_FEW_TEXTS = 2
_VALUE = re.compile(r"[-+(]?[¥￥]?[\d,.]+\)?|\d{4}[-./年]\d{1,2}.*")
_LONGEST_NAME = 12


class SheetError(ValueError):
    """A file that cannot be read; the message is a Chinese sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One data row: its physical line in the file (from 1) and its cells in the order of the headers."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table of a file: ``header_row`` and row lines count from 1; ``skipped`` are subtotal lines."""

    header_row: int
    headers: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    hidden_rows: int
    skipped: tuple[int, ...]
    warnings: tuple[str, ...]


def cell_text(cell: Cell) -> str:
    """The text a person sees in a cell, without control characters and outer spaces."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        cell = cell.date()
    return "".join(char for char in str(cell) if char in "\n\t" or unicodedata.category(char) != "Cc").strip()


def plain_header(text: str) -> str:
    """Fold a header for comparison: width, case, spaces and units away."""
    folded = re.sub(r"[\s*:：]+", "", unicodedata.normalize("NFKC", text)).lower()
    return re.sub(r"\((?:元|人民币|必填|￥|¥|本位币)\)$", "", folded)


def known_names(grid: Sequence[Sequence[Cell]], aliases: Aliases) -> int:
    """How many known column names the best row near the top of a sheet has: whether a table begins there."""
    known = _known(aliases)
    return max((_score(row, known) for row in grid[:HEADER_DEPTH]), default=0)


def build_table(grid: Sequence[Sequence[Cell]], hidden: int, warnings: Iterable[str], aliases: Aliases) -> Sheet:
    """Return the table of a sheet; raises SheetError when the sheet has no content at all."""
    first, names, last = _header(grid, aliases)
    while names and not names[-1]:
        names = names[:-1]
    repeated = {tuple(map(cell_text, grid[place]))[: len(names)] for place in range(first, last + 1)}
    rows: list[SheetRow] = []
    skipped: list[int] = []
    for place in range(last + 1, len(grid)):
        cells = tuple(grid[place][: len(names)])
        cells += (None,) * (len(names) - len(cells))
        shown = tuple(map(cell_text, cells))
        texts = [text for text in shown if text]
        if not texts:
            continue
        if _is_total(texts) or shown in repeated or shown == names:
            skipped.append(place + 1)
        else:
            rows.append(SheetRow(place + 1, cells))
    told = [f"跳过了 {len(skipped)} 行小计、合计或重复表头。"] if skipped else []
    return Sheet(first + 1, names, tuple(rows), hidden, tuple(skipped), (*warnings, *told))


def _is_total(texts: Sequence[str]) -> bool:
    plain = [plain_header(text) for text in texts]
    if any(_TOTAL.fullmatch(text) for text in plain):
        return True
    words = [text for text in plain if not _VALUE.fullmatch(text)]
    return len(words) <= _FEW_TEXTS and any(_NAMED_TOTAL.fullmatch(text) for text in words)


def _known(aliases: Aliases) -> frozenset[str]:
    return frozenset(plain_header(name) for names in aliases.values() for name in names)


def _score(row: Sequence[Cell], known: frozenset[str]) -> int:
    return sum(plain_header(cell_text(cell)) in known for cell in row)


def _header(grid: Sequence[Sequence[Cell]], aliases: Aliases) -> tuple[int, tuple[str, ...], int]:
    """First header row, column names, last header row."""
    known = _known(aliases)
    best = _find_header(grid, known)
    for top in (best, best - 1):
        if 0 <= top < len(grid) - 1 and _is_second_row(grid[top], grid[top + 1], known):
            return top, _joined(grid[top], grid[top + 1], known), top + 1
    return best, tuple(cell_text(cell) for cell in grid[best]), best


def _find_header(grid: Sequence[Sequence[Cell]], known: frozenset[str]) -> int:
    """The header is the row, among the first fifteen, with most known names; else the first with two texts."""
    best, score = -1, 1
    for place, row in enumerate(grid[:HEADER_DEPTH]):
        found = _score(row, known)
        if found > score:
            best, score = place, found
    if best >= 0:
        return best
    for least in (2, 1):
        for place, row in enumerate(grid[:HEADER_DEPTH]):
            if sum(1 for cell in row if cell_text(cell)) >= least:
                return place
    raise SheetError("表格没有内容，请检查文件。")


def _is_second_row(top: Sequence[Cell], below: Sequence[Cell], known: frozenset[str]) -> bool:
    """Whether two rows are one header: names only, below merged cells, beside columns named in the row above."""
    upper, lower = [cell_text(cell) for cell in top], [cell_text(cell) for cell in below]
    upper += [""] * (len(lower) - len(upper))
    lower += [""] * (len(upper) - len(lower))
    texts = [text for text in lower if text]
    if not texts or any(_VALUE.fullmatch(text) or len(text) > _LONGEST_NAME for text in texts):
        return False
    named_above = any(one and not other for one, other in zip(upper, lower, strict=True))
    below_merged = any(other and not one for one, other in zip(upper, lower, strict=True))
    return named_above and below_merged and _score(top, known) > 0 and _score(below, known) > 0


def _joined(top: Sequence[Cell], below: Sequence[Cell], known: frozenset[str]) -> tuple[str, ...]:
    """One name a column: the lower one where it says enough by itself, else together with the one above it."""
    names: list[str] = []
    above = ""
    for place in range(max(len(top), len(below))):
        one = cell_text(top[place]) if place < len(top) else ""
        other = cell_text(below[place]) if place < len(below) else ""
        # A merged cell has its text in its first column only.
        above = one or (above if other else "")
        names.append(other if plain_header(other) in known else f"{above}{other}")
    return tuple(names)
