"""Spreadsheets as other programs write them, and archives with a part exchanged."""

import io
import zipfile

from openpyxl import Workbook


def xlsx(rows, *, epoch=None, hidden=()) -> bytes:
    """A workbook as other programs write it."""
    book = Workbook()
    if epoch:
        book.epoch = epoch
    for cells in rows:
        book.active.append(cells)
    for number in hidden:
        book.active.row_dimensions[number].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, changes: dict[str, bytes | None]) -> bytes:
    """The same archive with parts changed or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, changes.pop(name, source.read(name)))
        for name, content in changes.items():
            target.writestr(name, content)
    return out.getvalue()
