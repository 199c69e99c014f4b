"""Dry run of a ledger file: mapping of columns, errors by cell, verdicts, duplicates, balance (F3)."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import islice

from django.utils import timezone

from funding.models import LedgerLine
from funding.queries.ledger import category_names, period_of
from funding.queries.money import money_summary
from funding.queries.spending import Booking, check_bookings
from portal.errors import Invalid
from portal.measures.normalise import normalise
from portal.measures.rmb import format_money
from portal.measures.spending import SpendingVerdict
from portal.measures.workdays import period_cn
from portal.sheets import map_headers, parse_amount, parse_date, read_sheet
from portal.sheets_table import Cell, Sheet, SheetError, SheetRow, cell_text
from projects.models import Project

FIELDS: Mapping[str, str] = {
    "spent_on": "凭证日期",
    "voucher": "凭证字号",
    "summary": "摘要",
    "account": "会计科目",
    "payee": "收款方",
    "amount": "金额",
    "debit": "借方金额",
    "credit": "贷方金额",
    "invoice": "发票号码",
    "category": "预算科目",
    "source": "资金来源",
}
_REQUIRED = ("spent_on", "voucher", "summary")
_LIMITS = {"voucher": 40, "summary": 200, "account": 120, "payee": 120, "invoice": 40}
_MATCHING = ("自筹", "配套", "匹配", "matching")
# The other side of a booking (money leaving the bank) is no expense of its own.
COUNTER_ACCOUNTS = ("银行存款", "库存现金", "其他货币资金", "零余额", "资金结存", "财政拨款", "应付账款", "应付票据")
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class PreviewRow:
    """One row of the file: physical line, what would be booked, errors by field, verdict.

    A red entry names the line that it cancels: `original` is its pk in the ledger, `partner` its line in the file.
    """

    line: int
    booking: Booking
    errors: dict[str, str]
    original: int | None = None
    partner: int | None = None
    verdict: SpendingVerdict | None = None

    @property
    def is_tied(self) -> bool:
        """Whether a red entry has found its original."""
        return self.original is not None or self.partner is not None

    @property
    def messages(self) -> list[str]:
        """The errors as 列：说明."""
        return [f"{FIELDS.get(name, '本行')}：{text}" for name, text in self.errors.items()]


@dataclass(frozen=True)
class ImportPreview:
    """The whole dry run; `problems` are about the file as a whole, `skipped` are (line, reason)."""

    sha256: str
    headers: tuple[str, ...]
    mapping: dict[str, int]
    rows: list[PreviewRow]
    skipped: list[tuple[int, str]]
    warnings: tuple[str, ...]
    problems: list[str]
    lexicon: str
    counts: Counter = field(default_factory=Counter)

    @property
    def wrong(self) -> list[PreviewRow]:
        """Rows with errors."""
        return [row for row in self.rows if row.errors]

    @property
    def is_ready(self) -> bool:
        """Whether the file can be booked as it is."""
        return bool(self.rows) and not self.problems and not self.wrong

    @property
    def pending(self) -> int:
        """Rows that will wait for a person's decision."""
        return self.counts["needs-review"]

    @property
    def grant_total(self) -> Decimal:
        """Grant spending of the file in 元."""
        return sum((row.booking.amount for row in self.rows if row.booking.source == "grant"), ZERO)


def preview_import(
    project: Project, data: bytes, filename: str, mapping: Mapping[str, int] | None = None
) -> ImportPreview:
    """Read a file and say what booking it would do, row by row; writes nothing.

    `mapping` is field -> column (from 0), as chosen by a person; default by the headers. Raises Invalid with a
    Chinese sentence when the file cannot be read at all.
    """
    try:
        sheet = read_sheet(data, filename)
    except SheetError as error:
        raise Invalid(str(error)) from error
    columns = _columns(sheet, mapping)
    digest = hashlib.sha256(data).hexdigest()
    problems = _missing(columns) + _known(project, digest)
    rows, skipped = _rows(project, sheet, columns) if not _missing(columns) else ([], [])
    rows = _twins(project, _reversals(project, rows))
    verdicts, lexicon = check_bookings(project, [row.booking for row in rows])
    booked = _booked_invoices(rows)
    rows = [replace(row, verdict=_judged(row, found, booked)) for row, found in zip(rows, verdicts, strict=True)]
    if not rows and not problems:
        problems.append("文件中没有可以入账的行。请检查表头和内容。")
    skipped = [*((line, "小计、合计或重复表头") for line in sheet.skipped), *skipped]
    counts = Counter(row.verdict.verdict for row in rows)
    preview = ImportPreview(
        digest, sheet.headers, columns, rows, sorted(skipped), sheet.warnings, problems, lexicon, counts
    )
    preview.problems.extend(_balance(project, preview))
    return preview


def _columns(sheet: Sheet, mapping: Mapping[str, int] | None) -> dict[str, int]:
    if mapping is None:
        found = {name: column for name, column in map_headers(sheet.headers).items() if name in FIELDS}
    else:
        found = {
            name: column for name, column in mapping.items() if name in FIELDS and 0 <= column < len(sheet.headers)
        }
    if "amount" in found and mapping is None:
        found = {name: column for name, column in found.items() if name not in {"debit", "credit"}}
    return found


def _missing(columns: dict[str, int]) -> list[str]:
    absent = [FIELDS[name] for name in _REQUIRED if name not in columns]
    if not columns.keys() & {"amount", "debit"}:
        absent.append("金额（或借方金额）")
    return [f"没有找到列：{'、'.join(absent)}。请在下方指定对应的列。"] if absent else []


def _known(project: Project, digest: str) -> list[str]:
    earlier = project.ledger_imports.filter(sha256=digest).first()
    if earlier is None:
        return []
    day = timezone.localtime(earlier.imported_at)
    return [f"同一文件已于 {day:%Y-%m-%d %H:%M} 导入，入账 {earlier.row_count} 行，不能重复导入。"]


def _rows(project: Project, sheet: Sheet, columns: dict[str, int]) -> tuple[list[PreviewRow], list[tuple[int, str]]]:
    start, end = period_of(project)
    names = {name: code for code, name in category_names(project).items()}
    rows: list[PreviewRow] = []
    skipped: list[tuple[int, str]] = []
    seen: Counter = Counter()
    for row in sheet.rows:
        reader = _Reader(row, columns)
        if reason := reader.skip_reason():
            skipped.append((row.line, reason))
            continue
        booking = reader.booking(names, seen)
        errors = reader.errors | _period(booking.voucher_date, start, end)
        rows.append(PreviewRow(row.line, booking, errors))
    return rows, skipped


class _Reader:
    """Reads one row by the mapping and collects its errors."""

    def __init__(self, row: SheetRow, columns: dict[str, int]):
        self.row, self.columns = row, columns
        self.errors: dict[str, str] = {}

    def cell(self, name: str) -> Cell:
        return self.row.cells[self.columns[name]] if name in self.columns else None

    def text(self, name: str) -> str:
        text = " ".join(cell_text(self.cell(name)).split())
        limit = _LIMITS.get(name, len(text))
        if len(text) > limit:
            self.errors[name] = f"超过 {limit} 个字，请缩短后重新上传。"
        elif not text and name in _REQUIRED:
            self.errors[name] = "没有填写。"
        return text[:limit]

    def number(self, name: str) -> Decimal:
        try:
            return parse_amount(self.cell(name))
        except ValueError as error:
            self.errors[name] = str(error)
            return ZERO

    def amount(self) -> Decimal:
        if "amount" in self.columns:
            value, place = self.number("amount"), "amount"
        else:
            value, place = self.number("debit") - self.number("credit"), "debit"
        if value == 0 and place not in self.errors:
            self.errors[place] = "金额为零，不能入账。"
        elif abs(value) >= Decimal(10) ** 12:
            self.errors[place] = "金额过大，请检查单位是否为元。"
        return value

    def day(self) -> date | None:
        value = self.cell("spent_on")
        if not cell_text(value):
            self.errors["spent_on"] = "没有填写。"
            return None
        try:
            return parse_date(value)
        except ValueError as error:
            self.errors["spent_on"] = str(error)
            return None

    def skip_reason(self) -> str:
        """Credit-only rows of bank and payable accounts are the other side of the booking."""
        if "debit" not in self.columns or "amount" in self.columns or cell_text(self.cell("debit")) not in {"", "0"}:
            return ""
        account = cell_text(self.cell("account")).replace(" ", "")
        return "贷方对应科目，不是支出" if any(word in account for word in COUNTER_ACCOUNTS) else ""

    def booking(self, names: dict[str, str], seen: Counter) -> Booking:
        voucher, account = self.text("voucher"), self.text("account")
        seen[voucher] += 1
        return Booking(
            voucher_date=self.day(),
            voucher_no=voucher,
            line_no=seen[voucher],
            summary=self.text("summary"),
            account=account,
            payee=self.text("payee"),
            amount=self.amount(),
            source="matching" if any(word in cell_text(self.cell("source")).lower() for word in _MATCHING) else "grant",
            category=_category(cell_text(self.cell("category")), account, names),
            invoice_no=self.text("invoice"),
        )


def _category(text: str, account: str, names: dict[str, str]) -> str:
    """Code of the budget category that the cell names, else of the one that the account names, else nothing."""
    for place in (text, account):
        found = [code for name, code in names.items() if place and name in place]
        if found:
            return found[0]
    return ""


def _period(day: date | None, start: date, end: date) -> dict[str, str]:
    if day is None:
        return {}
    if day > timezone.localdate():
        return {"spent_on": "晚于今天，请核对日期。"}
    if not start <= day <= end:
        return {"spent_on": f"不在任务合同执行期（{period_cn(start, end)}）内。"}
    return {}


def _reversals(project: Project, rows: list[PreviewRow]) -> list[PreviewRow]:
    """Tie each red entry to its original, in the ledger or earlier in the file: same payee, opposite amount (M9)."""
    if not any(row.booking.amount < 0 for row in rows):
        return rows
    standing = LedgerLine.objects.standing().filter(project=project, amount__gt=0, clawback_lines__isnull=True)
    waiting: dict[tuple[str, Decimal, str], list[dict[str, int]]] = {}
    fields = ("pk", "payee", "amount", "source")
    for pk, payee, amount, source in standing.order_by("voucher_date", "id").values_list(*fields):
        waiting.setdefault((normalise(payee), amount, source), []).append({"original": pk})
    tied = []
    for row in rows:
        key = (normalise(row.booking.payee), abs(row.booking.amount), row.booking.source)
        if row.booking.amount > 0:
            waiting.setdefault(key, []).append({"partner": row.line})
        found = waiting.get(key) if row.booking.amount < 0 else None
        tied.append(replace(row, **found.pop()) if found else row)
    return tied


def _twins(project: Project, rows: list[PreviewRow]) -> list[PreviewRow]:
    """Rows whose voucher line is in the ledger already are errors, so a file cannot be booked twice (M10)."""
    booked = set(project.ledger_lines.values_list("voucher_no", "line_no"))
    return [
        replace(
            row, errors=row.errors | {"voucher": f"凭证 {row.booking.voucher_no} 第 {row.booking.line_no} 行已入账。"}
        )
        if row.booking.voucher_no and (row.booking.voucher_no, row.booking.line_no) in booked
        else row
        for row in rows
    ]


def _booked_invoices(rows: list[PreviewRow]) -> dict[str, str]:
    """Invoice numbers of the file that a standing line of any project carries: number -> where."""
    numbers = {row.booking.invoice_no for row in rows if row.booking.invoice_no}
    found: dict[str, str] = {}
    rest = iter(sorted(numbers))
    while chunk := list(islice(rest, 500)):
        lines = LedgerLine.objects.standing().filter(invoice_no__in=chunk)
        for number, project, voucher in lines.values_list("invoice_no", "project__number", "voucher_no"):
            found[number] = f"{project} 凭证{voucher}"
    return found


def _judged(row: PreviewRow, found: SpendingVerdict, booked: dict[str, str]) -> SpendingVerdict:
    """A tied reversal nets to nothing; an invoice that is booked elsewhere holds an allowed line (F2)."""
    if row.is_tied:
        return SpendingVerdict("allowed", "", (), "冲销原凭证，净额为零。")
    twin = booked.get(row.booking.invoice_no)
    if twin and found.verdict == "allowed":
        reason = f"发票号码与{twin}相同，需核实是否重复报销或拆分列支。"
        return SpendingVerdict("needs-review", "17(4)", found.evidence, reason)
    return found


def _balance(project: Project, preview: ImportPreview) -> list[str]:
    """Grant spending of the file stays within what was received and not yet spent (M4)."""
    left = money_summary(project).available
    spent = sum((row.booking.amount for row in preview.rows if row.booking.source == "grant" and _counts(row)), ZERO)
    if spent <= left:
        return []
    return [
        f"本文件财政专项支出合计 {format_money(spent)}，超过可用余额 {format_money(left)}。"
        "请核对已拨付金额，超出部分请列为自筹。"
    ]


def _counts(row: PreviewRow) -> bool:
    return row.booking.amount > 0 or row.is_tied
