"""Parses a binary workbook in a child process with little memory and time: a bad file kills only the child (F4)."""

import io
import pickle
import re
import resource
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

_MEMORY = 1024 * 1024 * 1024
_SECONDS = 20
_HIDDEN = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')
_SPARE_ROWS = 15


class ChildError(ValueError):
    """The workbook could not be read; the message is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of the first sheet from its cell A1, the number of sheets and of hidden rows."""

    grid: list[list[str | int | float | bool | date | datetime | None]]
    sheets: int
    hidden_rows: int


def parse(data: bytes, max_rows: int, max_cols: int) -> Grid:
    """Return the first sheet of an xlsx or xls file; raises ChildError for anything that is not readable in limits."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "portal.sheets_child", str(max_rows), str(max_cols)],
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
    answer = pickle.loads(done.stdout)  # noqa: S301 - written by main() below
    if isinstance(answer, str):
        raise ChildError(answer)
    return Grid(*answer)


def _root() -> str:
    return str(Path(__file__).resolve().parent.parent)


def _read(data: bytes, max_rows: int, max_cols: int) -> tuple[list[list[object]], int, int] | str:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if not book.sheet_names:
            return "表格里没有工作表，请检查文件。"
        sheet = book.get_sheet_by_index(0)
        if sheet.height and (sheet.total_height > max_rows + _SPARE_ROWS or sheet.total_width > max_cols):
            return f"表格超过 {max_rows} 行或 {max_cols} 列，请删除无关内容或分成几个文件上传。"
        grid = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, ValueError, OSError, KeyError, IndexError):
        return "表格已损坏或加密，无法打开，请重新导出后上传。"
    return grid, len(book.sheet_names), _hidden_rows(data)


def _plain(cell: object) -> object:
    if isinstance(cell, timedelta | time):
        return str(cell)
    return None if cell == "" else cell


def _hidden_rows(data: bytes) -> int:
    if not data.startswith(b"PK"):
        return 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return len(_HIDDEN.findall(archive.read(names[0]))) if names else 0


def main() -> None:
    """Read a workbook from stdin under limits and write the pickled grid, or a sentence, to stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    max_rows, max_cols = map(int, sys.argv[1:3])
    sys.stdout.buffer.write(pickle.dumps(_read(sys.stdin.buffer.read(), max_rows, max_cols)))


if __name__ == "__main__":
    main()
