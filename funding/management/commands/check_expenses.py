"""Checks a ledger file line by line against the bans of the measures (art. 14, 17); reads no database."""

import csv
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from funding.queries.import_rows import COUNTER_ACCOUNTS
from portal.measures.lexicon import LexiconError, load_lexicon
from portal.measures.spending import ExpenseLine, SpendingVerdict, check_ledger
from portal.sheets import map_headers, parse_amount, read_sheet
from portal.sheets_table import Sheet, SheetError, SheetRow, cell_text

COLUMNS = ("line", "verdict", "article_item", "evidence", "reason")
VERDICTS = ("allowed", "banned", "needs-review")
_NAMES = {"summary": "摘要", "account": "科目", "payee": "收款方"}
_MATCHING = ("自筹", "配套", "matching")
_SIDES = ("debit", "credit")
_COUNTER = SpendingVerdict("allowed", "", (), "贷方对应科目，不是支出；支出已在借方行核对。")
_MAX_BYTES = 30 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row of the file with its verdict; ``line`` is the physical row, ``label`` what a person said."""

    line: int
    found: SpendingVerdict
    label: str

    def cells(self) -> tuple[str, str, str, str, str]:
        """The five output columns as text."""
        evidence = "；".join(f"{item.where}：{item.text}" for item in self.found.evidence)
        return str(self.line), self.found.verdict, self.found.article_item or "—", evidence, self.found.reason


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The checked rows, whether the file has labels, and what the reader has to say of the file."""

    rows: list[CheckedRow]
    labelled: bool
    warnings: tuple[str, ...]


def check_file(path: Path, edition: int) -> CheckedFile:
    """Check every row of a file; raises CommandError with a Chinese sentence."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CommandError("文件超过 30 MB，请分成几个文件。")
        sheet = read_sheet(path.read_bytes(), path.name)
        lexicon = load_lexicon(edition)
    except OSError as error:
        raise CommandError(f"无法打开文件“{path.name}”：文件不存在或没有读取权限。") from error
    except (SheetError, LexiconError) as error:
        raise CommandError(str(error)) from error
    columns = _columns(sheet)
    lines = [_line(row, columns) for row in sheet.rows]
    rows = [
        CheckedRow(row.line, _judged(row, columns, found), _text(row, columns, "label"))
        for row, found in zip(sheet.rows, check_ledger(lines, lexicon), strict=True)
    ]
    warnings = sheet.warnings if rows else (*sheet.warnings, "表格没有数据行。")
    return CheckedFile(rows, "label" in columns, warnings)


def _columns(sheet: Sheet) -> dict[str, int]:
    columns = map_headers(sheet.headers)
    missing = [shown for name, shown in _NAMES.items() if name not in columns]
    if "amount" not in columns and not {"debit", "credit"} & columns.keys():
        missing.append("金额")
    if missing:
        raise CommandError(f"表格缺少列：{'、'.join(missing)}。请检查第 {sheet.header_row} 行的表头。")
    return columns


def _text(row: SheetRow, columns: dict[str, int], name: str) -> str:
    return cell_text(row.cells[columns[name]]) if name in columns else ""


def _amount(row: SheetRow, columns: dict[str, int]) -> Decimal:
    """The amount in 元, negative for a red entry; raises ValueError with a Chinese sentence."""
    if "amount" in columns:
        return parse_amount(row.cells[columns["amount"]])
    debit, credit = (parse_amount(row.cells[columns[side]]) if side in columns else Decimal(0) for side in _SIDES)
    return debit - credit


def _line(row: SheetRow, columns: dict[str, int]) -> ExpenseLine:
    try:
        amount = _amount(row, columns)
    except ValueError:
        amount = Decimal(0)
    return ExpenseLine(
        summary=_text(row, columns, "summary"),
        account=_text(row, columns, "account"),
        payee=_text(row, columns, "payee"),
        amount=amount,
        source="matching" if _text(row, columns, "source").startswith(_MATCHING) else "grant",
        invoice=_text(row, columns, "invoice"),
    )


def _judged(row: SheetRow, columns: dict[str, int], found: SpendingVerdict) -> SpendingVerdict:
    """The verdict, but the other side of a booking is no expense, and without an amount nothing is allowed."""
    if _is_counter_entry(row, columns):
        return _COUNTER
    trouble = _trouble(row, columns)
    if not trouble:
        return found
    if found.verdict == "allowed":
        return SpendingVerdict("needs-review", "13", found.evidence, trouble)
    return replace(found, reason=f"{found.reason}{trouble}")


def _trouble(row: SheetRow, columns: dict[str, int]) -> str:
    try:
        _amount(row, columns)
    except ValueError as error:
        return f"金额无法读取：{error}"
    return "" if any(_text(row, columns, name) for name in ("amount", *_SIDES)) else "没有填写金额，需补充后核对。"


def _is_counter_entry(row: SheetRow, columns: dict[str, int]) -> bool:
    if "amount" in columns or "credit" not in columns or _text(row, columns, "debit") not in {"", "0"}:
        return False
    account = _text(row, columns, "account").replace(" ", "")
    return bool(_text(row, columns, "credit")) and any(word in account for word in COUNTER_ACCOUNTS)


def confusion(rows: Sequence[CheckedRow]) -> list[str]:
    """The confusion table as lines of text: labels down, verdicts across."""
    counts = Counter((row.label, row.found.verdict) for row in rows)
    labels = [*VERDICTS, *sorted({row.label for row in rows} - set(VERDICTS))]
    lines = ["", "label \\ verdict".ljust(18) + "".join(name.rjust(14) for name in VERDICTS)]
    lines += [label.ljust(18) + "".join(str(counts[label, name]).rjust(14) for name in VERDICTS) for label in labels]
    right = sum(counts[name, name] for name in VERDICTS)
    return [*lines, f"exact: {right}/{len(rows)}"]


def _plain(text: str) -> str:
    return text


class Command(BaseCommand):
    """manage.py check_expenses FILE [--format table|csv] [--edition 2025]."""

    help = "核对明细账各行是否属于第14条禁列支出或第17条所列情形"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, the form of the answer, and the edition of the measures."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=("table", "csv"), default="table")
        parser.add_argument("--edition", type=int, default=2025)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one row a line, then what was left out of the file and the confusion table if the file has labels."""
        checked = check_file(options["file"], options["edition"])
        as_csv = options["format"] == "csv"
        try:
            self._set_encoding(as_csv=as_csv)
            self._write_rows(checked.rows, as_csv=as_csv)
            for warning in checked.warnings:
                self.stderr.write(warning, style_func=_plain)
            out = self.stderr if as_csv else self.stdout
            for line in confusion(checked.rows) if checked.labelled else ():
                out.write(line, style_func=_plain)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader of a pipe has seen enough; nothing may be flushed to it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _set_encoding(self, *, as_csv: bool) -> None:
        """The csv form is UTF-8 whatever the terminal; the table shows what the terminal can."""
        reconfigure = getattr(self.stdout, "reconfigure", None)
        if reconfigure:
            reconfigure(**({"encoding": "utf-8"} if as_csv else {"errors": "replace"}))

    def _write_rows(self, rows: Sequence[CheckedRow], *, as_csv: bool) -> None:
        if not as_csv:
            for row in rows:
                self.stdout.write("  ".join(row.cells()))
            return
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row.cells() for row in rows)
