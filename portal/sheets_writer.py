"""Writes spreadsheets fast and safely: plain XML, text never a formula (F13).

170,000 cells take half a second here and four with openpyxl's writer, which builds an object for each.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from portal.sheets_table import Cell

Rows = Iterable[Sequence[Cell | Decimal]]
_LONGEST = 32000
_PIECE, _BUNDLE = 64 * 1024, 200  # bytes of an answer sent at once; rows between two looks at them
_FORMULA_START = "=+-@\t\r＝＋－＠"
_OUTER = " ,;，；\u3000\n\u00a0\ufeff\u200b"
# What xlsx cannot hold: control characters but tab and line ends, lone surrogates, non-characters.
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MOMENT = (1980, 1, 1, 0, 0, 0)
# Cell formats by number: 0 plain, 1 date, 2 date and time.
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" xfId="0"/>'
    '<xf numFmtId="164" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _safe_text(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, with what xlsx cannot hold removed."""
    clean = _UNHOLDABLE.sub("", text[:_LONGEST])
    inner = clean.lstrip(_OUTER)
    return f"'{clean}" if inner and inner[0] in _FORMULA_START else clean


def write_xlsx(sheets: Mapping[str, tuple[Sequence[str], Rows]]) -> bytes:
    """Return a workbook of name -> (headers, rows); numbers stay numbers, text is never a formula."""
    out = io.BytesIO()
    for _ in _written(out, sheets):
        pass
    return out.getvalue()


def stream_xlsx(sheets: Mapping[str, tuple[Sequence[str], Rows]]) -> Iterator[bytes]:
    """The same workbook in pieces, while the rows are read: memory does not grow with their number."""
    pipe = _Pipe()
    for _ in _written(pipe, sheets):
        if pipe.size >= _PIECE:
            yield pipe.take()
    yield pipe.take()


class _Pipe(io.RawIOBase):
    """What was written and not yet sent; a zip that cannot seek notes sizes behind each entry."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self.size, self._parts = 0, []
        return data


def _written(out: IO[bytes], sheets: Mapping[str, tuple[Sequence[str], Rows]]) -> Iterator[None]:
    """Write the workbook to `out`; stops after each bundle of rows, and once more when all is written."""
    names = [re.sub(r"[\\/*?:\[\]']", " ", _safe_text(name))[:31] or "Sheet" for name in sheets]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in _frame(names).items():
            _put(archive, name, content)
        for number, (headers, rows) in enumerate(sheets.values(), start=1):
            with archive.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w") as part:
                for count, piece in enumerate(_page(headers, rows)):
                    part.write(piece.encode())
                    if not count % _BUNDLE:
                        yield
    yield


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _put(archive: zipfile.ZipFile, name: str, content: str) -> None:
    archive.writestr(_entry(name), content.encode())


def _frame(names: Sequence[str]) -> dict[str, str]:
    """Everything but the pages: path -> XML."""
    places = range(1, len(names) + 1)
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_PART}.worksheet+xml"/>'
        for place in places
    )
    pages = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{place}" r:id="rId{place}"/>'
        for place, name in enumerate(names, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{_RELATION}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in places
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_PART}.styles+xml"/>{parts}</Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>{pages}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="rIdStyles" Type="{_RELATION}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }


def _page(headers: Sequence[str], rows: Rows) -> Iterator[str]:
    """One worksheet in pieces, its first row frozen."""
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    )
    letters: list[str] = []
    number = 0
    for number, row in enumerate(_all(headers, rows), start=1):
        while len(letters) < len(row):
            letters.append(get_column_letter(len(letters) + 1))
        cells = "".join(
            [
                _cell(f"{letter}{number}", value)
                for letter, value in zip(letters, row, strict=False)
                if value is not None
            ]
        )
        yield f'<row r="{number}">{cells}</row>'
    yield "</sheetData></worksheet>"


def _all(headers: Sequence[str], rows: Rows) -> Iterator[Sequence[Cell | Decimal]]:
    yield headers
    yield from rows


def _cell(place: str, value: Cell | Decimal) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(_safe_text(value))}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        moment = value.replace(tzinfo=None) if isinstance(value, datetime) else value
        return f'<c r="{place}" s="{2 if isinstance(value, datetime) else 1}"><v>{to_excel(moment)}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def write_csv(headers: Sequence[str], rows: Rows) -> bytes:
    """Return UTF-8 csv with a BOM, as Chinese office programs expect it; text is never a formula."""
    return b"".join(stream_csv(headers, rows))


def stream_csv(headers: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """The same csv in pieces, while the rows are read."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    yield codecs.BOM_UTF8
    for row in _all(headers, rows):
        writer.writerow(
            ["" if value is None else _safe_text(value) if isinstance(value, str) else value for value in row]
        )
        if out.tell() >= _PIECE:
            yield out.getvalue().encode("utf-8", errors="replace")
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode("utf-8", errors="replace")
