"""Reads and writes spreadsheets: hostile files in, no live formula out (F3-F6, F13)."""

import codecs
import csv
import io
import itertools
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from pathlib import PurePath

from portal import sheets_child
from portal.sheets_table import (
    HEADER_DEPTH,
    Aliases,
    Cell,
    Sheet,
    SheetError,
    Table,
    cell_text,
    known_names,
    plain_header,
)
from portal.sheets_writer import stream_csv as stream_csv
from portal.sheets_writer import stream_xlsx as stream_xlsx
from portal.sheets_writer import write_csv as write_csv
from portal.sheets_writer import write_xlsx as write_xlsx

MAX_ENTRIES = 500
MAX_UNPACKED = 120 * 1024 * 1024
MAX_RATIO = 150
# Of a workbook with several sheets the first one with so many known column names is read, among the first few.
_TABLE_NAMES = 2
_SHEETS_TRIED = 8
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_FEN = Decimal("0.01")
_AMOUNT_LIMIT = Decimal(10) ** 14
_PLAIN_AMOUNT = re.compile(r"-?\d{1,12}(?:\.\d{1,2})?", re.ASCII)

LEDGER_ALIASES: Aliases = {
    "summary": ("摘要", "业务摘要", "凭证摘要", "用途", "支出内容", "内容", "事由", "支出事项"),
    "account": (
        *("科目", "会计科目", "科目名称", "总账科目", "科目全称", "明细科目", "一级科目", "支出科目", "经济分类"),
        *("会计科目名称", "经济科目名称", "经济分类名称", "部门经济分类名称"),
    ),
    "account_code": ("科目编码", "科目代码", "科目编号", "会计科目编码", "会计科目代码"),
    "payee": (
        *(
            "收款方",
            "收款单位",
            "收款人",
            "对方户名",
            "对方单位",
            "往来单位",
            "供应商",
            "对方名称",
            "收款方名称",
            "收款户名",
        ),
        # Accounting programs without a payee of their own keep the name in an auxiliary column.
        *("收款户名", "客商", "领款人", "报销人", "核算项目", "辅助核算", "辅助项"),
    ),
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


def read_sheet(
    data: bytes,
    filename: str,
    *,
    max_rows: int = 20000,
    max_cols: int = 60,
    aliases: Aliases = LEDGER_ALIASES,
) -> Sheet:
    """Read the first table of an xlsx, xls or csv file by its content; raises SheetError with a Chinese sentence.

    ``aliases`` are the column names by which the header row is recognised; of several worksheets the first one that
    has such a header is read.
    """
    with open_table(data, filename, max_rows=max_rows, max_cols=max_cols, aliases=aliases) as table:
        return table.sheet()


@contextmanager
def open_table(
    data: bytes,
    filename: str,
    *,
    max_rows: int = 20000,
    max_cols: int = 60,
    aliases: Aliases = LEDGER_ALIASES,
) -> Iterator[Table]:
    """The same table row by row, for files that should not lie in memory as a whole; SheetError also between rows."""
    if not data:
        raise SheetError("文件是空的（0 字节），请重新导出后上传。")
    try:
        if data.startswith(_ZIP):
            _check_zip(data)
            with _workbook(data, max_rows, max_cols, aliases) as table:
                yield table
        elif data.startswith(_OLE):
            _check_ole(data)
            with _workbook(data, max_rows, max_cols, aliases) as table:
                yield table
        else:
            if PurePath(filename).suffix.lower() not in {".csv", ".txt", ".tsv", ""}:
                raise SheetError("文件内容不是 xlsx、xls 或 csv 表格，请另存为 xlsx 后上传。")
            text = _decode(data)
            yield Table(_csv_rows(text, max_rows, max_cols, aliases), aliases, height=text.count("\n"))
    except sheets_child.ChildError as error:
        raise SheetError(str(error)) from error


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


@contextmanager
def _workbook(data: bytes, max_rows: int, max_cols: int, aliases: Aliases) -> Iterator[Table]:
    """The first worksheet among the first few that has a known header, else the first of all."""
    place, count = 0, 1
    while place < count:
        with sheets_child.opened(data, max_rows, max_cols, place) as book:
            rows = iter(book.rows)
            top = list(itertools.islice(rows, HEADER_DEPTH))
            count = min(book.sheets, _SHEETS_TRIED)
            if count == 1 or known_names(top, aliases) >= _TABLE_NAMES:
                yield _table(itertools.chain(top, rows), book, place, aliases)
                return
        place += 1
    with sheets_child.opened(data, max_rows, max_cols) as book:
        yield _table(book.rows, book, 0, aliases)


def _table(rows: Iterator[list[Cell]], book: sheets_child.Book, place: int, aliases: Aliases) -> Table:
    table = Table(rows, aliases, height=book.height, hidden=book.hidden_rows, is_1904=book.is_1904)
    if book.sheets > 1:
        table.notes.append(f"文件有 {book.sheets} 个工作表，只读取了第 {place + 1} 个。")
    if book.hidden_rows:
        table.notes.append(f"有 {book.hidden_rows} 行被隐藏，也已读取。")
    return table


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


def _csv_rows(text: str, max_rows: int, max_cols: int, aliases: Aliases) -> Iterator[list[Cell]]:
    start = count = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, aliases))
    try:
        for row in reader:
            start = count
            count = max(reader.line_num, count + 1)
            _check_caps(count, len(row), max_rows, max_cols)
            yield row
            # A quoted cell may span physical lines: pad, so that a row keeps its line number in the file.
            yield from ([] for _ in range(count - start - 1))
    except csv.Error as error:
        long = "field larger" in str(error)
        told = "有一格的内容过长，请检查该格或引号是否成对" if long else "无法读取，请检查引号是否成对"
        raise SheetError(f"csv 第 {reader.line_num} 行{told}。") from error
    if count - start > 1 and "".join(text.splitlines()[start:]).count('"') % 2:
        # The reader takes everything after an open quote for one cell: rows would be lost without a word.
        raise SheetError(f"csv 第 {start + 1} 行起引号不成对，其后的行无法读取，请补全引号后上传。")


def _delimiter(text: str, aliases: Aliases) -> str:
    """The mark that shows most known column names, else the most frequent one."""
    sample = text[:20000].splitlines()[:20]

    def rank(mark: str) -> tuple[int, int]:
        rows = [line.replace('"', "").split(mark) for line in sample]
        return known_names(rows, aliases), "".join(sample).count(mark)

    return max(",;\t", key=rank)


def _check_caps(rows: int, cols: int, max_rows: int, max_cols: int) -> None:
    if rows > max_rows + HEADER_DEPTH:
        raise SheetError(f"表格超过 {max_rows} 行，请分成几个文件上传。")
    if cols > max_cols:
        raise SheetError(f"表格超过 {max_cols} 列，请删除无关的列后上传。")


def map_headers(headers: Sequence[str], aliases: Aliases = LEDGER_ALIASES) -> dict[str, int]:
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


def parse_amount(value: Cell) -> Decimal:
    """Return an amount in 元 to the fen; blank is 0; raises ValueError with a Chinese sentence."""
    if isinstance(value, bool | date):
        raise ValueError(f"“{value}”不是金额。")
    shown = cell_text(value)
    if _PLAIN_AMOUNT.fullmatch(shown):
        return Decimal(shown).quantize(_FEN) + 0
    text = unicodedata.normalize("NFKC", shown).replace("−", "-").strip()
    text = re.sub(r"^(?:人民币|rmb|cny)?\s*[¥￥]?\s*", "", text, flags=re.IGNORECASE).removesuffix("元").strip()
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1].strip() if negative else text
    text = re.sub(r"(?<=\d)[ \u00a0](?=\d{3}(?:\D|$))", "", text.replace("¥", ""))
    if re.fullmatch(r"[\d.,]+-", text):
        text = f"-{text[:-1]}"
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


def parse_date(value: Cell, *, is_1904: bool = False) -> date:
    """Return a date from a cell: dates, Excel serials, 20250603, 2025.6.3, 2025年6月3日; else ValueError in Chinese.

    `is_1904`: the workbook counts its days from 1904 (old Macintosh), so a plain number means another day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        raise ValueError(f"“{value}”不是日期，请写成 2025-06-03 的形式。")
    return _day(cell_text(value), is_1904)


@lru_cache(maxsize=2048)
def _day(shown: str, is_1904: bool) -> date:
    text = re.sub(r"\s+\d{1,2}:\d{2}(:\d{2})?$", "", unicodedata.normalize("NFKC", shown))
    try:
        if match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.fullmatch(
            r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?", text
        ):
            return date(*map(int, match.groups()))
        if re.fullmatch(r"[2-9]\d{4}(\.\d+)?", text):
            return (date(1904, 1, 1) if is_1904 else date(1899, 12, 30)) + timedelta(days=int(float(text)))
    except ValueError as error:
        raise ValueError(f"“{shown[:40]}”不是日历上有的日期。") from error
    raise ValueError(f"“{shown[:40]}”不是日期，请写成 2025-06-03 的形式。")
