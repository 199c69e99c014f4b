"""Dry run of a ledger file: columns, errors by cell, verdicts, duplicates, balance; writes nothing (F3)."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from django.db.models import Count, Max
from django.utils import timezone

from funding.models import ClawbackLine, HeaderMapping, ImportJob, LedgerLine
from funding.queries.import_rows import FIELDS, REQUIRED, ZERO, DryRow, RowReader, reader_for
from funding.queries.ledger import period_of
from funding.queries.money import money_summary
from funding.queries.spending import check_bookings, effective_lexicon, spending_context
from portal.measures.normalise import normalise
from portal.measures.rmb import format_money
from portal.measures.spending import SpendingVerdict
from portal.sheets import map_headers, open_table
from portal.sheets_table import Table, plain_header
from projects.models import Project

MAX_ROWS = 100_000
_PROGRESS_EVERY = 2000
_TOLD_ACCOUNTS = 5
_NETS_TO_NOTHING = SpendingVerdict("allowed", "", (), "冲销原凭证，净额为零。")
Listener = Callable[[int], object]


@dataclass
class DryRun:
    """The whole dry run; `problems` are about the file as a whole, `skipped` are (line, reason).

    `origin` says where the columns come from: "person", "memory" or "headers".
    """

    headers: tuple[str, ...]
    columns: dict[str, int]
    origin: str
    rows: list[DryRow] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    lexicon: str = ""

    @property
    def wrong(self) -> list[DryRow]:
        """Rows with errors."""
        return [row for row in self.rows if row.errors]

    @property
    def is_ready(self) -> bool:
        """Whether the file can be booked as it is."""
        return bool(self.rows) and not self.problems and not any(row.errors for row in self.rows)

    def counts(self) -> dict[str, int | str]:
        """Rows in all, wrong ones, by verdict, and the grant spending in 元 as text."""
        verdicts = Counter(row.verdict.verdict for row in self.rows)
        grant = sum((row.booking.amount for row in self.rows if row.booking.source == "grant"), ZERO)
        return {"rows": len(self.rows), "wrong": len(self.wrong), "grant_total": str(grant), **verdicts}


def dry_run(
    project: Project, data: bytes, filename: str, mapping: Mapping[str, int] | None = None, on_read: Listener = bool
) -> DryRun:
    """Read a file and say what booking it would do, row by row; writes nothing.

    `mapping` is field -> column (from 0) as chosen by a person; default is what the unit chose for such headers
    before, else what the headers say. `on_read` hears how much is read, 0 to 100. SheetError for an unreadable file.
    """
    with open_table(data, filename, max_rows=MAX_ROWS) as table:
        columns, origin = _columns(project, table.headers, mapping)
        run = DryRun(table.headers, columns, origin, problems=_missing(columns))
        if run.problems:
            return run
        reader = reader_for(project, columns, is_1904=table.is_1904)
        run.rows = _read(table, reader, on_read)
        run.skipped = sorted([*((line, "小计、合计或重复表头") for line in table.skipped), *reader.skipped])
        run.warnings = [*table.warnings, *_strange_accounts(project, reader)]
    run.problems += _known(project, hashlib.sha256(data).hexdigest())
    _judge(project, run)
    return run


def _read(table: Table, reader: RowReader, on_read: Listener) -> list[DryRow]:
    rows = []
    for row in reader.rows(table):
        rows.append(row)
        if len(rows) % _PROGRESS_EVERY == 0:
            on_read(min(99, row.line * 100 // max(table.height, 1)))
    return rows


def _judge(project: Project, run: DryRun) -> None:
    """What other rows, the ledger and the lexicon say of each row, and the balance of all."""
    _tie_reversals(project, run.rows)
    _blame_twins(project, run.rows)
    verdicts, run.lexicon = check_bookings(project, [row.booking for row in run.rows])
    booked = _booked_invoices(run.rows)
    for row, found in zip(run.rows, verdicts, strict=True):
        row.verdict = _verdict(row, found, booked)
    if not run.rows and not run.problems:
        run.problems.append("文件中没有可以入账的行。请检查表头和内容。")
    run.problems += _balance(project, run.rows)


def signature(headers: Sequence[str]) -> str:
    """What files of the same program have in common: the names of their columns."""
    return hashlib.sha256("\x1f".join(map(plain_header, headers)).encode()).hexdigest()


def _columns(project: Project, headers: Sequence[str], mapping: Mapping[str, int] | None) -> tuple[dict[str, int], str]:
    if mapping is not None:
        return _fitting(mapping, headers), "person"
    memory = HeaderMapping.objects.filter(unit=project.lead_unit_id, signature=signature(headers)).first()
    if memory is not None:
        return _fitting(memory.columns, headers), "memory"
    found = _fitting(map_headers(headers), headers)
    if "amount" in found:
        found = {name: column for name, column in found.items() if name not in {"debit", "credit"}}
    return found, "headers"


def _fitting(mapping: Mapping[str, int], headers: Sequence[str]) -> dict[str, int]:
    return {name: column for name, column in mapping.items() if name in FIELDS and 0 <= column < len(headers)}


def _missing(columns: dict[str, int]) -> list[str]:
    absent = [FIELDS[name] for name in REQUIRED if name not in columns]
    if not columns.keys() & {"amount", "debit"}:
        absent.append("金额（或借方金额）")
    return [f"没有找到列：{'、'.join(absent)}。请在下方指定对应的列。"] if absent else []


def _known(project: Project, digest: str) -> list[str]:
    earlier = project.ledger_imports.filter(sha256=digest).first()
    if earlier is None:
        return []
    day = timezone.localtime(earlier.imported_at)
    return [f"同一文件已于 {day:%Y-%m-%d %H:%M} 导入，入账 {earlier.row_count} 行，不能重复导入。"]


def _strange_accounts(project: Project, reader: RowReader) -> list[str]:
    if not reader.strange:
        return []
    names = "、".join(f"“{name[:30]}”" for name, _ in reader.strange.most_common(_TOLD_ACCOUNTS))
    more = "等" if len(reader.strange) > _TOLD_ACCOUNTS else ""
    title = project.lead_unit.get_accounting_system_display()
    return [
        f"有 {reader.strange.total()} 行的科目不在{title}的科目表中：{names}{more}。"
        "不影响入账，请核对科目和单位执行的会计制度。"
    ]


def _tie_reversals(project: Project, rows: list[DryRow]) -> None:
    """Tie each red entry to its original, in the ledger or earlier in the file: same payee, opposite amount (M9)."""
    if not any(row.booking.amount < 0 for row in rows):
        return
    standing = LedgerLine.objects.standing().filter(project=project, amount__gt=0, clawback_lines__isnull=True)
    waiting: dict[tuple[str, Decimal, str], list[tuple[int | None, int | None]]] = {}
    fields = ("pk", "payee", "amount", "source")
    for pk, payee, amount, source in standing.order_by("voucher_date", "id").values_list(*fields).iterator():
        waiting.setdefault((normalise(payee), amount, source), []).append((pk, None))
    for row in rows:
        key = (normalise(row.booking.payee), abs(row.booking.amount), row.booking.source)
        if row.booking.amount > 0:
            waiting.setdefault(key, []).append((None, row.line))
        elif row.booking.amount < 0 and waiting.get(key):
            row.original, row.partner = waiting[key].pop()


def _blame_twins(project: Project, rows: list[DryRow]) -> None:
    """Rows whose voucher line is in the ledger already are errors, so a file cannot be booked twice (M10)."""
    keys = {(row.booking.voucher_no, row.booking.line_no) for row in rows}
    booked = project.ledger_lines.order_by().values_list("voucher_no", "line_no").iterator()
    found = {key for key in booked if key in keys}
    for row in rows if found else ():
        if (row.booking.voucher_no, row.booking.line_no) in found:
            row.blame("voucher", f"凭证 {row.booking.voucher_no} 第 {row.booking.line_no} 行已入账。")


def _booked_invoices(rows: list[DryRow]) -> dict[str, str]:
    """Invoice numbers of the file that a standing line of any project carries: number -> where."""
    rest = iter(sorted({row.booking.invoice_no for row in rows if row.booking.invoice_no}))
    found: dict[str, str] = {}
    while chunk := list(islice(rest, 5000)):
        lines = LedgerLine.objects.standing().filter(invoice_no__in=chunk)
        for number, project, voucher in lines.values_list("invoice_no", "project__number", "voucher_no"):
            found[number] = f"{project} 凭证{voucher}"
    return found


def _verdict(row: DryRow, found: SpendingVerdict, booked: dict[str, str]) -> SpendingVerdict:
    """A tied reversal nets to nothing; an invoice that is booked elsewhere holds an allowed line (F2)."""
    if row.is_tied:
        return _NETS_TO_NOTHING
    twin = booked.get(row.booking.invoice_no)
    if twin and found.verdict == "allowed":
        reason = f"发票号码与{twin}相同，需核实是否重复报销或拆分列支。"
        return SpendingVerdict("needs-review", "17(4)", found.evidence, reason)
    return found


def _balance(project: Project, rows: list[DryRow]) -> list[str]:
    """Grant spending of the file stays within what was received and not yet spent (M4)."""
    left = money_summary(project).available
    counted = (row.booking for row in rows if row.booking.amount > 0 or row.is_tied)
    spent = sum((booking.amount for booking in counted if booking.source == "grant"), ZERO)
    if spent <= left:
        return []
    return [
        f"本文件财政专项支出合计 {format_money(spent)}，超过可用余额 {format_money(left)}。"
        "请核对已拨付金额，超出部分请列为自筹。"
    ]


def basis_of(job: ImportJob, claim: int) -> str:
    """Digest of everything outside the file that the dry run of a job rests on; the rows of the claim must be stored.

    While it is the same, what a person saw is what will be booked; call with the project locked before booking.
    """
    project = job.project
    lines = project.ledger_lines.order_by()
    numbers = job.rows.filter(claim=claim).exclude(invoice_no="").order_by().values("invoice_no")
    twins = LedgerLine.objects.standing().filter(invoice_no__in=numbers).order_by()
    context = spending_context(project)
    facts = (
        effective_lexicon(project.call.edition)[1],
        [str(day) for day in period_of(project)],
        [sorted(kind.names | kind.codes) for kind in (context.members, context.related)],
        [sorted(names) for names in (context.staff, context.event_titles)],
        list(project.closings.filter(reopened_at__isnull=True).order_by("pk").values_list("pk", flat=True)),
        lines.aggregate(n=Count("pk"), last=Max("pk")),
        twins.aggregate(n=Count("pk"), last=Max("pk")),
        ClawbackLine.objects.filter(line__project=project).count(),
        str(money_summary(project).available),
        project.lead_unit.accounting_system,
    )
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
