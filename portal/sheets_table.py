"""Finds the table in the cells of a sheet: its header of one or two rows, its data rows, its rows of totals (F3)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice

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
# What every name of a total contains: most rows are cleared by one look.
_MARKS = re.compile("[计页余转]")
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
    if isinstance(cell, str) and cell.isprintable():
        return cell.strip()
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


class Table:
    """The table of a sheet, read once from the first row to the last: iterate over its data rows.

    ``skipped`` (lines of totals and repeated headers) grows while one reads. ``height`` is about how many rows there
    are, ``is_1904`` says from which day plain numbers count. Raises SheetError when there is no content at all.
    """

    def __init__(
        self,
        grid: Iterable[Sequence[Cell]],
        aliases: Aliases,
        *,
        height: int = 0,
        hidden: int = 0,
        is_1904: bool = False,
    ):
        rows = iter(grid)
        top = list(islice(rows, HEADER_DEPTH + 2))
        first, names, self._last = _header(top, aliases)
        while names and not names[-1]:
            names = names[:-1]
        self.headers, self.header_row = names, first + 1
        self.height, self.hidden_rows, self.is_1904 = height, hidden, is_1904
        self.skipped: list[int] = []
        self.notes: list[str] = []
        self._repeated = {names, *(tuple(map(cell_text, row))[: len(names)] for row in top[first : self._last + 1])}
        self._grid = chain(top, rows)

    def __iter__(self) -> Iterator[SheetRow]:
        width = len(self.headers)
        for place, row in enumerate(self._grid):
            if place <= self._last:
                continue
            cells = tuple(row[:width])
            cells += (None,) * (width - len(cells))
            shown = tuple(map(cell_text, cells))
            if not any(shown):
                continue
            if shown in self._repeated or (_MARKS.search("".join(shown)) and _is_total([t for t in shown if t])):
                self.skipped.append(place + 1)
            else:
                yield SheetRow(place + 1, cells)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the person who sent the file should know; whole once every row was read."""
        told = [f"跳过了 {len(self.skipped)} 行小计、合计或重复表头。"] if self.skipped else []
        return (*self.notes, *told)

    def sheet(self) -> Sheet:
        """Everything at once."""
        rows = tuple(self)
        return Sheet(self.header_row, self.headers, rows, self.hidden_rows, tuple(self.skipped), self.warnings)


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
