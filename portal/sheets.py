"""Reads and writes spreadsheets: hostile files in, no live formula out (F3-F6, F13)."""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import PurePath

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from portal import sheets_child

Cell = str | int | float | bool | date | datetime | None

MAX_ENTRIES = 500
MAX_UNPACKED = 120 * 1024 * 1024
MAX_RATIO = 150
_HEADER_DEPTH = 15
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SUBTOTAL = re.compile(
    r"^(?:小计|合计|总计|本页合计|本页小计|承前页|过次页|转下页|承上页|月计|累计|本月合计|本年累计|本日合计|期初余额|上年结转)"
)
_FORMULA_START = "=+-@\t\r＝＋－＠"
_FEN = Decimal("0.01")
_AMOUNT_LIMIT = Decimal(10) ** 14

LEDGER_ALIASES: Mapping[str, tuple[str, ...]] = {
    "summary": ("摘要", "业务摘要", "凭证摘要", "用途", "支出内容", "内容", "事由", "支出事项"),
    "account": ("科目", "会计科目", "科目名称", "总账科目", "科目全称", "明细科目", "一级科目", "支出科目", "经济分类"),
    "payee": ("收款方", "收款单位", "收款人", "对方户名", "对方单位", "往来单位", "供应商", "对方名称", "收款方名称"),
    "amount": ("金额", "支出金额", "发生额", "金额(元)", "支付金额", "本币金额", "付款金额", "实付金额"),
    "debit": ("借方金额", "借方", "借方发生额", "借方本币", "本期借方"),
    "credit": ("贷方金额", "贷方", "贷方发生额", "贷方本币", "本期贷方"),
    "spent_on": ("日期", "凭证日期", "记账日期", "制单日期", "业务日期", "支付日期", "付款日期"),
    "voucher": ("凭证字号", "凭证号", "凭证编号", "凭证号码", "字号", "凭证号数"),
    "invoice": ("发票号码", "发票号", "票据号码", "票据号"),
    "category": ("预算科目", "预算类别", "费用类别"),
    "source": ("资金来源", "经费来源", "资金性质"),
    "label": ("label", "标注"),
}


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


def read_sheet(
    data: bytes,
    filename: str,
    *,
    max_rows: int = 20000,
    max_cols: int = 60,
    aliases: Mapping[str, tuple[str, ...]] = LEDGER_ALIASES,
) -> Sheet:
    """Read the first table of an xlsx, xls or csv file by its content; raises SheetError with a Chinese sentence.

    ``aliases`` are the column names by which the header row is recognised.
    """
    if not data:
        raise SheetError("文件是空的（0 字节），请重新导出后上传。")
    if data.startswith(_ZIP):
        _check_zip(data)
        grid, hidden, warnings = _parse_binary(data, max_rows, max_cols)
    elif data.startswith(_OLE):
        _check_ole(data)
        grid, hidden, warnings = _parse_binary(data, max_rows, max_cols)
    else:
        if PurePath(filename).suffix.lower() not in {".csv", ".txt", ".tsv"}:
            raise SheetError("文件内容不是 xlsx、xls 或 csv 表格，请另存为 xlsx 后上传。")
        grid, hidden, warnings = _parse_csv(data, max_rows, max_cols), 0, []
    return _table(grid, hidden, warnings, aliases)


def _check_zip(data: bytes) -> None:
    """Refuse archives that are no plain workbook, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if "xl/workbook.xml" not in names:
                raise SheetError("文件内容不是 xlsx 表格，请另存为 xlsx 后上传。")
            _check_names(names)
            _check_sizes(archive, entries)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, zipfile.zlib.error) as error:
        raise SheetError("表格文件已损坏或加密，无法打开，请重新导出后上传。") from error


def _check_names(names: Sequence[str]) -> None:
    if len(names) > MAX_ENTRIES or len(set(names)) != len(names):
        raise SheetError("表格文件的内部结构异常，已拒绝读取，请重新导出后上传。")
    lowered = [name.lower() for name in names]
    if any("vbaproject" in name or name.startswith("xl/macrosheets") for name in lowered):
        raise SheetError("表格含有宏，不能上传，请另存为不含宏的 xlsx。")
    if any(name.startswith("xl/externallinks/") for name in lowered):
        raise SheetError("表格引用了外部文件，请把公式粘贴为数值后另存再上传。")


def _check_sizes(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Unpack in small steps and stop at the cap: the sizes written in an archive may lie."""
    total, packed = 0, sum(entry.compress_size for entry in entries)
    limit = min(MAX_UNPACKED, max(packed * MAX_RATIO, 4 * 1024 * 1024))
    for entry in entries:
        head = b""
        with archive.open(entry) as stream:
            while chunk := stream.read(1 << 16):
                head = head or chunk[:4096]
                total += len(chunk)
                if total > limit:
                    raise SheetError("表格解压后过大，已拒绝读取，请只保留需要导入的数据。")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise SheetError("表格含有不允许的实体声明，已拒绝读取，请重新导出后上传。")


def _check_ole(data: bytes) -> None:
    """Refuse old binary files that are encrypted packages or carry macros."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise SheetError("表格设有打开密码，请取消加密后上传。")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise SheetError("表格含有宏，不能上传，请另存为不含宏的 xlsx。")


def _parse_binary(data: bytes, max_rows: int, max_cols: int) -> tuple[list[list[Cell]], int, list[str]]:
    try:
        answer = sheets_child.parse(data, max_rows, max_cols)
    except sheets_child.ChildError as error:
        raise SheetError(str(error)) from error
    warnings = [f"文件有 {answer.sheets} 个工作表，只读取了第一个。"] if answer.sheets > 1 else []
    if answer.hidden_rows:
        warnings.append(f"有 {answer.hidden_rows} 行被隐藏，也已读取。")
    return answer.grid, answer.hidden_rows, warnings


def _decode(data: bytes) -> str:
    for encoding in ("utf-16" if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise SheetError("无法识别文件的文字编码，请另存为 UTF-8 或 GBK 编码的 csv，或 xlsx。")


def _parse_csv(data: bytes, max_rows: int, max_cols: int) -> list[list[Cell]]:
    text = _decode(data)
    sample = "\n".join(text.splitlines()[:20])
    delimiter = max(",;\t", key=sample.count)
    grid: list[list[Cell]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            # A quoted cell may span physical lines: pad, so that a row keeps its line number in the file.
            grid.append(list(row))
            grid.extend([] for _ in range(reader.line_num - len(grid)))
            _check_caps(len(grid), len(row), max_rows, max_cols)
    except csv.Error as error:
        raise SheetError(f"csv 第 {reader.line_num} 行无法读取，请检查引号是否成对。") from error
    return grid


def _check_caps(rows: int, cols: int, max_rows: int, max_cols: int) -> None:
    if rows > max_rows + _HEADER_DEPTH:
        raise SheetError(f"表格超过 {max_rows} 行，请分成几个文件上传。")
    if cols > max_cols:
        raise SheetError(f"表格超过 {max_cols} 列，请删除无关的列后上传。")


def _table(
    grid: Sequence[Sequence[Cell]], hidden: int, warnings: list[str], aliases: Mapping[str, tuple[str, ...]]
) -> Sheet:
    header = _find_header(grid, aliases)
    headers = tuple(cell_text(cell) for cell in grid[header])
    while headers and not headers[-1]:
        headers = headers[:-1]
    rows: list[SheetRow] = []
    skipped: list[int] = []
    for place in range(header + 1, len(grid)):
        cells = tuple(grid[place][: len(headers)])
        cells += (None,) * (len(headers) - len(cells))
        texts = [text for cell in cells if (text := cell_text(cell))]
        if not texts:
            continue
        if _is_subtotal(texts) or tuple(map(cell_text, cells)) == headers:
            skipped.append(place + 1)
        else:
            rows.append(SheetRow(place + 1, cells))
    if skipped:
        warnings.append(f"跳过了 {len(skipped)} 行小计、合计或重复表头。")
    return Sheet(header + 1, headers, tuple(rows), hidden, tuple(skipped), tuple(warnings))


def _is_subtotal(texts: Sequence[str]) -> bool:
    return any(_SUBTOTAL.match(plain_header(text)) and len(plain_header(text)) <= 8 for text in texts)


def _find_header(grid: Sequence[Sequence[Cell]], aliases: Mapping[str, tuple[str, ...]]) -> int:
    """The header is the row, among the first fifteen, with most known names; else the first with two texts."""
    known = {plain_header(name) for names in aliases.values() for name in names}
    best, score = -1, 1
    for place, row in enumerate(grid[:_HEADER_DEPTH]):
        found = sum(plain_header(cell_text(cell)) in known for cell in row)
        if found > score:
            best, score = place, found
    if best >= 0:
        return best
    for place, row in enumerate(grid[:_HEADER_DEPTH]):
        if sum(1 for cell in row if cell_text(cell)) >= 2:
            return place
    for place, row in enumerate(grid[:_HEADER_DEPTH]):
        if any(cell_text(cell) for cell in row):
            return place
    raise SheetError("表格没有内容，请检查文件。")


def plain_header(text: str) -> str:
    """Fold a header for comparison: width, case, spaces and units away."""
    folded = re.sub(r"[\s*:：]+", "", unicodedata.normalize("NFKC", text)).lower()
    return re.sub(r"\((?:元|人民币|必填|￥|¥|本位币)\)$", "", folded)


def map_headers(headers: Sequence[str], aliases: Mapping[str, tuple[str, ...]] = LEDGER_ALIASES) -> dict[str, int]:
    """Return field -> column; exact names win over names that only contain an alias; a column serves once."""
    plain = [plain_header(header) for header in headers]
    found: dict[str, int] = {}
    for exact in (True, False):
        for name, words in aliases.items():
            if name in found:
                continue
            column = _column(plain, [plain_header(word) for word in words], set(found.values()), exact=exact)
            if column is not None:
                found[name] = column
    return found


def _column(plain: Sequence[str], words: Sequence[str], taken: set[int], *, exact: bool) -> int | None:
    for word in words:
        for column, header in enumerate(plain):
            fits = header == word if exact else len(word) > 1 and word in header
            if fits and column not in taken:
                return column
    return None


def cell_text(cell: Cell) -> str:
    """The text a person sees in a cell, without control characters and outer spaces."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        cell = cell.date()
    return "".join(char for char in str(cell) if char in "\n\t" or unicodedata.category(char) != "Cc").strip()


def parse_amount(value: Cell) -> Decimal:
    """Return an amount in 元 to the fen; blank is 0; raises ValueError with a Chinese sentence."""
    if isinstance(value, bool | date):
        raise ValueError(f"“{value}”不是金额。")
    shown = cell_text(value)
    text = unicodedata.normalize("NFKC", shown).replace("−", "-").strip()
    text = re.sub(r"^(?:人民币|rmb|cny)?\s*[¥￥]?\s*", "", text, flags=re.IGNORECASE).removesuffix("元").strip()
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1].strip() if negative else text
    text = text.replace("¥", "")
    if text in {"", "-"}:
        return Decimal("0.00")
    plain = text.replace(",", "")
    grouped = "," not in text or re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", text)
    if not grouped or not re.fullmatch(
        r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", plain, flags=re.ASCII | re.IGNORECASE
    ):
        raise ValueError(f"“{shown[:40]}”不是金额，请写成 1234.50 的形式。")
    return _to_fen(plain, shown, exact=not isinstance(value, float)) * (-1 if negative else 1)


def _to_fen(plain: str, shown: str, *, exact: bool) -> Decimal:
    try:
        amount = Decimal(plain)
        rounded = amount.quantize(_FEN, rounding=ROUND_HALF_UP)
    except InvalidOperation as error:
        raise ValueError(f"金额“{shown[:40]}”太大，请检查单位。") from error
    if abs(rounded) >= _AMOUNT_LIMIT:
        raise ValueError(f"金额“{shown[:40]}”太大，请检查单位。")
    if exact and amount != rounded:
        raise ValueError(f"金额“{shown[:40]}”的小数超过两位，请写到分。")
    return rounded + Decimal(0)


def parse_date(value: Cell) -> date:
    """Return a date from a cell: dates, Excel serials, 20250603, 2025.6.3, 2025年6月3日; else ValueError in Chinese."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    shown = cell_text(value)
    text = re.sub(r"\s+\d{1,2}:\d{2}(:\d{2})?$", "", unicodedata.normalize("NFKC", shown))
    try:
        if match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.fullmatch(
            r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?", text
        ):
            return date(*map(int, match.groups()))
        if re.fullmatch(r"[2-9]\d{4}(\.\d+)?", text) and not isinstance(value, bool):
            return date(1899, 12, 30) + timedelta(days=int(float(text)))
    except ValueError as error:
        raise ValueError(f"“{shown[:40]}”不是日历上有的日期。") from error
    raise ValueError(f"“{shown[:40]}”不是日期，请写成 2025-06-03 的形式。")


def _is_live(text: str) -> bool:
    stripped = text.lstrip(" \u3000\n\u00a0\ufeff\u200b")
    return bool(stripped) and stripped[0] in _FORMULA_START


def _safe_text(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, with what xlsx cannot hold removed."""
    clean = "".join(char for char in text[:32000] if char in "\n\t\r" or unicodedata.category(char) not in {"Cc", "Cs"})
    return f"'{clean}" if _is_live(clean) else clean


def _safe(cell: Cell | Decimal) -> Cell | Decimal:
    return _safe_text(cell) if isinstance(cell, str) else cell


def write_xlsx(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell | Decimal]]]]) -> bytes:
    """Return a workbook of name -> (headers, rows); numbers stay numbers, text is never a formula."""
    book = Workbook(write_only=True)
    for name, (headers, rows) in sheets.items():
        page = book.create_sheet(re.sub(r"[\\/*?:\[\]']", " ", _safe_text(name))[:31] or "Sheet")
        page.freeze_panes = "A2"
        for row in [headers, *rows]:
            page.append([_cell(page, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(page: object, value: Cell | Decimal) -> WriteOnlyCell:
    if isinstance(value, datetime) and value.tzinfo:
        value = value.replace(tzinfo=None)
    cell = WriteOnlyCell(page, value=_safe(value))
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell | Decimal]]) -> bytes:
    """Return UTF-8 csv with a BOM, as Chinese office programs expect it; text is never a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in [headers, *rows]:
        writer.writerow(["" if value is None else _safe(value) for value in row])
    return codecs.BOM_UTF8 + out.getvalue().encode("utf-8", errors="replace")
