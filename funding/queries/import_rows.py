"""One row of a ledger file as a booking, with errors by cell (F3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone

from funding.models import MonthClosing
from funding.queries.ledger import category_names, period_of
from funding.queries.spending import Booking
from portal.measures.chart import Chart, load_chart
from portal.measures.spending import SpendingVerdict
from portal.measures.workdays import period_cn
from portal.sheets import parse_amount, parse_date
from portal.sheets_table import Cell, SheetRow, cell_text
from projects.models import Project

FIELDS: Mapping[str, str] = {
    "spent_on": "凭证日期",
    "voucher": "凭证字号",
    "summary": "摘要",
    "account_code": "科目编码",
    "account": "会计科目",
    "payee": "收款方",
    "amount": "金额",
    "debit": "借方金额",
    "credit": "贷方金额",
    "invoice": "发票号码",
    "category": "预算科目",
    "source": "资金来源",
}
REQUIRED = ("spent_on", "voucher", "summary")
LIMITS = {"voucher": 40, "summary": 200, "account": 120, "payee": 120, "invoice": 40}
_MATCHING = ("自筹", "配套", "匹配", "matching")
# The other side of a booking (money leaving the bank) is no expense of its own.
COUNTER_ACCOUNTS = ("银行存款", "库存现金", "其他货币资金", "零余额", "资金结存", "财政拨款", "应付账款", "应付票据")
COUNTER_REASON = "贷方对应科目，不是支出"
ZERO = Decimal("0.00")
_TOO_MUCH = Decimal(10) ** 12


@dataclass(slots=True)
class DryRow:
    """One row of the file: physical line, what would be booked, errors by field, verdict.

    A red entry names the line that it cancels: `original` is its pk in the ledger, `partner` its line in the file.
    """

    line: int
    booking: Booking
    errors: dict[str, str] | None = None
    original: int | None = None
    partner: int | None = None
    verdict: SpendingVerdict | None = None

    @property
    def is_tied(self) -> bool:
        """Whether a red entry has found its original."""
        return self.original is not None or self.partner is not None

    def blame(self, name: str, text: str) -> None:
        """Note an error of a field; the first one stands."""
        self.errors = self.errors or {}
        self.errors.setdefault(name, text)


def told(errors: Mapping[str, str] | None) -> list[str]:
    """Errors of a row as 列：说明."""
    return [f"{FIELDS.get(name, '本行')}：{text}" for name, text in (errors or {}).items()]


@dataclass
class RowReader:
    """Reads rows by the columns in effect; `strange` counts accounts that the unit's system does not have."""

    columns: Mapping[str, int]
    categories: Mapping[str, str]
    chart: Chart | None
    period: tuple[date, date]
    closed: Sequence[MonthClosing]
    today: date
    is_1904: bool = False
    skipped: list[tuple[int, str]] = field(default_factory=list)
    strange: Counter = field(default_factory=Counter)
    seen: Counter = field(default_factory=Counter)
    _accounts: dict = field(default_factory=dict)
    _days: dict = field(default_factory=dict)

    def rows(self, table: Iterable[SheetRow]) -> Iterable[DryRow]:
        """The rows that would be booked; the others are noted in `skipped`."""
        for row in table:
            if self._is_counter_side(row.cells):
                self.skipped.append((row.line, COUNTER_REASON))
            else:
                yield self._row(row)

    def _cell(self, cells: Sequence[Cell], name: str) -> Cell:
        place = self.columns.get(name)
        return None if place is None else cells[place]

    def _text(self, row: DryRow, cells: Sequence[Cell], name: str) -> str:
        text = " ".join(cell_text(self._cell(cells, name)).split())
        limit = LIMITS[name]
        if len(text) > limit:
            row.blame(name, f"超过 {limit} 个字，请缩短后重新上传。")
        elif not text and name in REQUIRED:
            row.blame(name, "没有填写。")
        return text[:limit]

    def _row(self, given: SheetRow) -> DryRow:
        cells, row = given.cells, DryRow(given.line, None)
        voucher = self._text(row, cells, "voucher")
        self.seen[voucher] += 1
        account, category = self._account(row, cells)
        source = cell_text(self._cell(cells, "source")).lower()
        row.booking = Booking(
            voucher_date=self._day(row, self._cell(cells, "spent_on")),
            voucher_no=voucher,
            line_no=self.seen[voucher],
            summary=self._text(row, cells, "summary"),
            account=account,
            payee=self._text(row, cells, "payee"),
            amount=self._amount(row, cells),
            source="matching" if any(word in source for word in _MATCHING) else "grant",
            category=self._named(cell_text(self._cell(cells, "category"))) or category,
            invoice_no=self._text(row, cells, "invoice"),
        )
        return row

    def _is_counter_side(self, cells: Sequence[Cell]) -> bool:
        """Credit-only rows of bank and payable accounts are the other side of the booking."""
        if "debit" not in self.columns or "amount" in self.columns:
            return False
        if cell_text(self._cell(cells, "debit")) not in {"", "0", "0.00"}:
            return False
        text = cell_text(self._cell(cells, "account"))
        code = cell_text(self._cell(cells, "account_code"))
        if text.isdecimal() or (code and not text):
            text = self._resolved(text or code)[0]
        return any(word in text.replace(" ", "") for word in COUNTER_ACCOUNTS)

    def _number(self, row: DryRow, cells: Sequence[Cell], name: str) -> Decimal:
        try:
            return parse_amount(self._cell(cells, name))
        except ValueError as error:
            row.blame(name, str(error))
            return ZERO

    def _amount(self, row: DryRow, cells: Sequence[Cell]) -> Decimal:
        if "amount" in self.columns:
            value, place = self._number(row, cells, "amount"), "amount"
        else:
            value, place = self._number(row, cells, "debit") - self._number(row, cells, "credit"), "debit"
        if value == 0:
            row.blame(place, "金额为零，不能入账。")
        elif abs(value) >= _TOO_MUCH:
            row.blame(place, "金额过大，请检查单位是否为元。")
            return ZERO
        return value

    def _day(self, row: DryRow, cell: Cell) -> date | None:
        """Ledgers repeat their days: each is judged once."""
        found = self._days.get(cell)
        if found is None:
            found = self._days[cell] = self._judged_day(cell)
        day, problem = found
        if problem:
            row.blame("spent_on", problem)
        return day

    def _judged_day(self, cell: Cell) -> tuple[date | None, str]:
        if not cell_text(cell):
            return None, "没有填写。"
        try:
            day = parse_date(cell, is_1904=self.is_1904)
        except ValueError as error:
            return None, str(error)
        if day > self.today:
            return day, "晚于今天，请核对日期。"
        if not self.period[0] <= day <= self.period[1]:
            return day, f"不在任务合同执行期（{period_cn(*self.period)}）内。"
        shut = next((month for month in self.closed if month.first_day <= day <= month.last_day), None)
        return day, f"{shut}已结账，不能再入账。请改记在未结账的月份，或请中心财务重新打开该月。" if shut else ""

    def _account(self, row: DryRow, cells: Sequence[Cell]) -> tuple[str, str]:
        """The account in words and the budget category that it means."""
        text = self._text(row, cells, "account")
        code = " ".join(cell_text(self._cell(cells, "account_code")).split())
        key = f"{code} {text}" if code and text and not text[0].isdecimal() else text or code
        full, category, is_known = self._resolved(key)
        if not is_known:
            self.strange[key] += 1
        return (text if text and not text.isdecimal() else full)[: LIMITS["account"]], category

    def _resolved(self, text: str) -> tuple[str, str, bool]:
        """(text with the account's name, budget category, whether the chart has it)."""
        found = self._accounts.get(text)
        if found is None:
            account = self.chart.find(text) if self.chart and text else None
            category = self._named(text) or self._in_edition(account.category if account else "")
            is_known = not text or account is not None or bool(category) or self.chart is None
            found = self._accounts[text] = (self.chart.full(text) if self.chart else text, category, is_known)
        return found

    def _named(self, text: str) -> str:
        """Code of the budget category whose name stands in the text, else nothing."""
        return next((code for name, code in self.categories.items() if text and name in text), "")

    def _in_edition(self, code: str) -> str:
        return code if code in self.categories.values() else ""


def reader_for(project: Project, columns: Mapping[str, int], *, is_1904: bool) -> RowReader:
    """A reader that knows the project's period, closed months, budget categories and accounting system."""
    period = period_of(project)
    return RowReader(
        columns=columns,
        categories={name: code for code, name in category_names(project).items()},
        chart=load_chart(project.lead_unit.accounting_system, period[1]),
        period=period,
        closed=list(project.closings.filter(reopened_at__isnull=True)),
        today=timezone.localdate(),
        is_1904=is_1904,
    )
