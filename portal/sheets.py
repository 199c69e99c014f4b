"""Reads and writes spreadsheets: hostile files in, no live formula out (F3-F6, F13)."""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import PurePath

from portal import sheets_child
from portal.sheets_table import (
    HEADER_DEPTH,
    Aliases,
    Cell,
    Sheet,
    SheetError,
    build_table,
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

LEDGER_ALIASES: Aliases = {
    "summary": ("摘要", "业务摘要", "凭证摘要", "用途", "支出内容", "内容", "事由", "支出事项"),
    "account": (
        *("科目", "会计科目", "科目名称", "总账科目", "科目全称", "明细科目", "一级科目", "支出科目", "经济分类"),
        *("会计科目名称", "经济科目名称", "经济分类名称", "部门经济分类名称"),
    ),
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
    if not data:
        raise SheetError("文件是空的（0 字节），请重新导出后上传。")
    if data.startswith(_ZIP):
        _check_zip(data)
        grid, hidden, warnings = _parse_binary(data, max_rows, max_cols, aliases)
    elif data.startswith(_OLE):
        _check_ole(data)
        grid, hidden, warnings = _parse_binary(data, max_rows, max_cols, aliases)
    else:
        if PurePath(filename).suffix.lower() not in {".csv", ".txt", ".tsv", ""}:
            raise SheetError("文件内容不是 xlsx、xls 或 csv 表格，请另存为 xlsx 后上传。")
        grid, hidden, warnings = _parse_csv(data, max_rows, max_cols, aliases), 0, []
    return build_table(grid, hidden, warnings, aliases)


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


def _parse_binary(
    data: bytes, max_rows: int, max_cols: int, aliases: Aliases
) -> tuple[list[list[Cell]], int, list[str]]:
    try:
        first = answer = sheets_child.parse(data, max_rows, max_cols)
        place = 1
        while known_names(answer.grid, aliases) < _TABLE_NAMES and place < min(first.sheets, _SHEETS_TRIED):
            answer = sheets_child.parse(data, max_rows, max_cols, place)
            place += 1
    except sheets_child.ChildError as error:
        raise SheetError(str(error)) from error
    if known_names(answer.grid, aliases) < _TABLE_NAMES:
        answer, place = first, 1
    warnings = [f"文件有 {answer.sheets} 个工作表，只读取了第 {place} 个。"] if answer.sheets > 1 else []
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


def _parse_csv(data: bytes, max_rows: int, max_cols: int, aliases: Aliases) -> list[list[Cell]]:
    text = _decode(data)
    grid: list[list[Cell]] = []
    start = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, aliases))
    try:
        for row in reader:
            # A quoted cell may span physical lines: pad, so that a row keeps its line number in the file.
            start = len(grid)
            grid.append(list(row))
            grid.extend([] for _ in range(reader.line_num - len(grid)))
            _check_caps(len(grid), len(row), max_rows, max_cols)
    except csv.Error as error:
        long = "field larger" in str(error)
        told = "有一格的内容过长，请检查该格或引号是否成对" if long else "无法读取，请检查引号是否成对"
        raise SheetError(f"csv 第 {reader.line_num} 行{told}。") from error
    if len(grid) - start > 1 and "".join(text.splitlines()[start:]).count('"') % 2:
        # The reader takes everything after an open quote for one cell: rows would be lost without a word.
        raise SheetError(f"csv 第 {start + 1} 行起引号不成对，其后的行无法读取，请补全引号后上传。")
    return grid


def _delimiter(text: str, aliases: Aliases) -> str:
    """The mark that shows most known column names, else the most frequent one."""
    sample = text.splitlines()[:20]

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
