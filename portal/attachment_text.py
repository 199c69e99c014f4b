"""Text of an uploaded voucher, read in a child process with little memory and time: a bad file ends only the child."""

import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
from defusedxml import ElementTree
from python_calamine import CalamineWorkbook

MAX_PAGES, MAX_LINES, MAX_LINE = 10, 200, 200
_MEMORY = 768 * 1024 * 1024
_SECONDS = 8
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def lines_of(data: bytes, suffix: str) -> tuple[str, ...]:
    """The lines of the first pages or rows of a pdf, xlsx or docx, at most 200 of 200 characters (invariant M8).

    Empty for pictures and scans, which have no text, and for what cannot be read within the limits.
    """
    if suffix not in _READERS:
        return ()
    command = [sys.executable, "-m", "portal.attachment_text", suffix]
    root = Path(__file__).resolve().parent.parent
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS * 2, check=False, cwd=root)
    except subprocess.TimeoutExpired:
        return ()
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else ()


def _pdf(data: bytes) -> Iterator[str]:
    for page in pypdf.PdfReader(io.BytesIO(data)).pages[:MAX_PAGES]:
        yield from page.extract_text().splitlines()


def _xlsx(data: bytes) -> Iterator[str]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    for row in sheet.to_python(nrows=MAX_LINES):
        yield " ".join(str(cell) for cell in row if cell not in ("", None))


def _docx(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        tree = ElementTree.fromstring(archive.read("word/document.xml"))
    for paragraph in tree.iter(f"{_WORD}p"):
        yield "".join(part.text or "" for part in paragraph.iter(f"{_WORD}t"))


_READERS = {"pdf": _pdf, "xlsx": _xlsx, "docx": _docx}


def _read(data: bytes, suffix: str) -> list[str]:
    found: list[str] = []
    for line in _READERS[suffix](data):
        text = re.sub(r"\s+", " ", line).strip()[:MAX_LINE]
        if text:
            found.append(text)
        if len(found) == MAX_LINES:
            break
    return found


def main() -> None:
    """Read a file from stdin under limits and write its lines as JSON; any trouble ends with another exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    json.dump(_read(sys.stdin.buffer.read(), sys.argv[1]), sys.stdout)


if __name__ == "__main__":
    main()
