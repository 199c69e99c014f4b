"""Parses a binary workbook in a child process with little memory and time: a bad file kills only the child (F4)."""

import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

Cell = str | int | float | bool | datetime | None
_MEMORY = 1024 * 1024 * 1024
_SECONDS = 20
_HIDDEN = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')
_SPARE_ROWS = 15


class ChildError(ValueError):
    """The workbook could not be read; the message is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of one sheet from its cell A1, the number of sheets and of hidden rows."""

    grid: list[list[Cell]]
    sheets: int
    hidden_rows: int


def parse(data: bytes, max_rows: int, max_cols: int, place: int = 0) -> Grid:
    """Return a sheet (from 0) of an xlsx or xls file; raises ChildError for anything that is not readable in limits."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "portal.sheets_child", str(max_rows), str(max_cols), str(place)],
            input=data,
            capture_output=True,
            timeout=_SECONDS * 2,
            check=False,
            cwd=_root(),
        )
    except subprocess.TimeoutExpired as error:
        raise ChildError("表格太复杂，读取超时，请只保留需要导入的数据。") from error
    if done.returncode != 0:
        raise ChildError("表格已损坏或过大，无法读取，请重新导出后上传。")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise ChildError(answer["error"])
    grid = [[_from_json(cell) for cell in row] for row in answer["grid"]]
    return Grid(grid, answer["sheets"], answer["hidden_rows"])


def _from_json(cell: Cell | dict[str, str]) -> Cell:
    return datetime.fromisoformat(cell["moment"]) if isinstance(cell, dict) else cell


def _root() -> str:
    return str(Path(__file__).resolve().parent.parent)


def _read(data: bytes, max_rows: int, max_cols: int, place: int) -> dict[str, object]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if not book.sheet_names:
            return {"error": "表格里没有工作表，请检查文件。"}
        sheet = book.get_sheet_by_index(place)
        if sheet.height and (sheet.total_height > max_rows + _SPARE_ROWS or sheet.total_width > max_cols):
            return {"error": f"表格超过 {max_rows} 行或 {max_cols} 列，请删除无关内容或分成几个文件上传。"}
        grid = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, ValueError, OSError, KeyError, IndexError):
        return {"error": "表格已损坏或加密，无法打开，请重新导出后上传。"}
    return {"grid": grid, "sheets": len(book.sheet_names), "hidden_rows": _hidden_rows(data, place)}


def _plain(cell: object) -> object:
    if isinstance(cell, date):
        return {"moment": cell.isoformat()}
    if isinstance(cell, timedelta | time):
        return str(cell)
    return None if cell == "" else cell


def _hidden_rows(data: bytes, place: int) -> int:
    if not data.startswith(b"PK"):
        return 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return len(_HIDDEN.findall(archive.read(names[place]))) if place < len(names) else 0


def main() -> None:
    """Read a workbook from stdin under limits and write the grid as JSON, or a sentence, to stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    max_rows, max_cols, place = map(int, sys.argv[1:4])
    json.dump(_read(sys.stdin.buffer.read(), max_rows, max_cols, place), sys.stdout)


if __name__ == "__main__":
    main()
