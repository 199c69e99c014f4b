"""Parses a binary workbook in a child process with little memory and time: a bad file kills only the child (F4).

The child writes one line of JSON about the book, then blocks of rows: neither side holds the whole sheet as objects.
"""

import contextlib
import io
import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

Cell = str | int | float | bool | datetime | None
_MEMORY = 1024 * 1024 * 1024
_SECONDS = 20
_HIDDEN = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')
_EPOCH_1904 = re.compile(rb"""<workbookPr\b[^>]*\bdate1904=["'](?:1|true)["']""")
_SPARE_ROWS = 15
_BLOCK = 500
_DAMAGED = "表格已损坏或过大，无法读取，请重新导出后上传。"


class ChildError(ValueError):
    """The workbook could not be read; the message is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Book:
    """One sheet from its cell A1, row by row as it is read; the number of sheets, of hidden rows, of rows.

    `is_1904`: plain numbers that stand for days count from 1904-01-01.
    """

    rows: Iterator[list[Cell]]
    sheets: int
    hidden_rows: int
    height: int
    is_1904: bool


@contextlib.contextmanager
def opened(data: bytes, max_rows: int, max_cols: int, place: int = 0) -> Iterator[Book]:
    """A sheet (from 0) of an xlsx or xls file; raises ChildError, also between rows, for what is not readable."""
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "portal.sheets_child", str(max_rows), str(max_cols), str(place)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parent.parent,
        )
    # Processor time is limited in the child itself; the clock ends what hangs without using any.
    clock = threading.Timer(_SECONDS * 6, child.kill)
    clock.start()
    try:
        head = _line(child)
        if "error" in head:
            raise ChildError(head["error"])
        yield Book(_rows(child), **head)
    finally:
        clock.cancel()
        child.kill()
        child.stdout.close()
        child.wait()


def _line(child: subprocess.Popen[bytes]) -> dict:
    try:
        return json.loads(child.stdout.readline())
    except ValueError as error:
        raise ChildError(_DAMAGED) from error


def _rows(child: subprocess.Popen[bytes]) -> Iterator[list[Cell]]:
    """The rows of all blocks; the last line is null, without it the child died before the end."""
    for line in child.stdout:
        try:
            block = json.loads(line, object_hook=_moment)
        except ValueError:
            break
        if block is None:
            return
        yield from block
    raise ChildError(_DAMAGED)


def _moment(cell: dict[str, str]) -> datetime:
    return datetime.fromisoformat(cell["moment"])


def _read(data: bytes, max_rows: int, max_cols: int, place: int) -> Iterator[object]:
    """What goes over the pipe: the facts of the book, blocks of rows, null at the end; or an error alone."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if not book.sheet_names:
            yield {"error": "表格里没有工作表，请检查文件。"}
            return
        sheet = book.get_sheet_by_index(place)
        if sheet.height and (sheet.total_height > max_rows + _SPARE_ROWS or sheet.total_width > max_cols):
            yield {"error": f"表格超过 {max_rows} 行或 {max_cols} 列，请删除无关内容或分成几个文件上传。"}
            return
        hidden, is_1904 = _facts(data, place)
    except (CalamineError, ValueError, OSError, KeyError, IndexError):
        yield {"error": "表格已损坏或加密，无法打开，请重新导出后上传。"}
        return
    yield {"sheets": len(book.sheet_names), "hidden_rows": hidden, "height": sheet.height, "is_1904": is_1904}
    # The rows come without the empty columns on the left.
    left = [None] * (sheet.start[1] if sheet.start else 0)
    block = []
    for row in sheet.iter_rows() if sheet.height else ():
        block.append(left + row)
        if len(block) == _BLOCK:
            yield block
            block = []
    yield block
    yield None


def _plain(cell: object) -> object:
    if isinstance(cell, date):
        return {"moment": cell.isoformat()}
    if isinstance(cell, timedelta | time):
        return str(cell)
    raise TypeError(type(cell))


def _facts(data: bytes, place: int) -> tuple[int, bool]:
    """Hidden rows of a sheet, and whether days count from 1904; an xls file says neither."""
    if not data.startswith(b"PK"):
        return 0, False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
        names.sort(key=lambda name: int(re.sub(r"\D", "", name)))
        hidden = len(_HIDDEN.findall(archive.read(names[place]))) if place < len(names) else 0
        return hidden, bool(_EPOCH_1904.search(archive.read("xl/workbook.xml")))


def main() -> None:
    """Read a workbook from stdin under limits and write lines of JSON to stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    max_rows, max_cols, place = map(int, sys.argv[1:4])
    for part in _read(sys.stdin.buffer.read(), max_rows, max_cols, place):
        sys.stdout.write(json.dumps(part, default=_plain))
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
