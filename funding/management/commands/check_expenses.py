"""Checks a ledger file line by line against the bans of the measures (art. 14, 17); needs no database."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.measures.lexicon import LexiconError, load_lexicon
from portal.measures.spending import ExpenseLine, SpendingVerdict, check_ledger
from portal.sheets import Sheet, SheetError, SheetRow, cell_text, map_headers, parse_amount, read_sheet

COLUMNS = ("line", "verdict", "article_item", "evidence", "reason")
VERDICTS = ("allowed", "banned", "needs-review")
_NAMES = {"summary": "摘要", "account": "科目", "payee": "收款方"}
_MATCHING = ("自筹", "配套", "matching")
_SIDES = ("debit", "credit")
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
        return str(self.line), self.found.verdict, self.found.article_item, evidence, self.found.reason


def check_file(path: Path, edition: int) -> tuple[list[CheckedRow], bool]:
    """Return the checked rows and whether the file has labels; raises CommandError with a Chinese sentence."""
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
    lines, troubles = zip(*(_line(row, columns) for row in sheet.rows), strict=True) if sheet.rows else ((), ())
    verdicts = check_ledger(lines, lexicon)
    rows = [
        CheckedRow(row.line, trouble if trouble and found.verdict == "allowed" else found, _text(row, columns, "label"))
        for row, found, trouble in zip(sheet.rows, verdicts, troubles, strict=True)
    ]
    return rows, "label" in columns


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
    if "amount" in columns:
        return parse_amount(row.cells[columns["amount"]])
    debit, credit = (parse_amount(row.cells[columns[side]]) if side in columns else Decimal(0) for side in _SIDES)
    return debit - credit


def _line(row: SheetRow, columns: dict[str, int]) -> tuple[ExpenseLine, SpendingVerdict | None]:
    """The line to check, and a verdict of its own when the amount cannot be read."""
    trouble = None
    try:
        amount = _amount(row, columns)
    except ValueError as error:
        amount = Decimal(0)
        trouble = SpendingVerdict("needs-review", "13", (), f"金额无法读取：{error}")
    line = ExpenseLine(
        summary=_text(row, columns, "summary"),
        account=_text(row, columns, "account"),
        payee=_text(row, columns, "payee"),
        amount=amount,
        source="matching" if _text(row, columns, "source").startswith(_MATCHING) else "grant",
        invoice=_text(row, columns, "invoice"),
    )
    return line, trouble


def confusion(rows: Sequence[CheckedRow]) -> list[str]:
    """The confusion table as lines of text: labels down, verdicts across."""
    counts = Counter((row.label, row.found.verdict) for row in rows)
    labels = [*VERDICTS, *sorted({row.label for row in rows} - set(VERDICTS))]
    lines = ["", "label \\ verdict".ljust(18) + "".join(name.rjust(14) for name in VERDICTS)]
    lines += [label.ljust(18) + "".join(str(counts[label, name]).rjust(14) for name in VERDICTS) for label in labels]
    right = sum(counts[name, name] for name in VERDICTS)
    return [*lines, f"exact: {right}/{len(rows)}"]


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
        """Write one row a line, then the confusion table if the file has labels."""
        rows, labelled = check_file(options["file"], options["edition"])
        if options["format"] == "csv":
            writer = csv.writer(self.stdout, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(row.cells() for row in rows)
        else:
            for row in rows:
                self.stdout.write("  ".join(row.cells()))
        if labelled:
            out = self.stderr if options["format"] == "csv" else self.stdout
            for line in confusion(rows):
                out.write(line, style_func=lambda text: text)
