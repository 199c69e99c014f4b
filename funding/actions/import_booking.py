"""Moves the rows of a dry run into the ledger inside the database: three statements, however many rows (F3)."""

from django.db import connection
from django.utils import timezone

from funding.models import BanFinding, ImportJob, ImportRow, LedgerImport, LedgerLine

_LINES, _ROWS, _FINDINGS = (model._meta.db_table for model in (LedgerLine, ImportRow, BanFinding))
# A row and the line that was booked from it: a voucher line is there once in a project.
_BOOKED = "l.project_id = %s AND l.voucher_no = r.voucher_no AND l.line_no = r.line_no"


def book_rows(job: ImportJob, record: LedgerImport) -> None:
    """Book every staged row of the job with its finding; call with project and job locked, in a transaction.

    Red entries come after the lines of the same file that they cancel. IntegrityError when a voucher line is booked
    already, or a month is closed: then nothing is.
    """
    if connection.vendor == "postgresql":
        # Rows that came a moment ago are unknown to the planner: it would join them in a loop that never ends.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {_ROWS}")
    now = timezone.now()
    given = {
        "project_id": job.project_id,
        "imported_id": record.pk,
        "entered_by_id": record.imported_by_id,
        "entered_at": now,
    }
    source = f"FROM {_ROWS} r WHERE r.job_id = %s AND r.claim = %s AND r.partner IS NULL ORDER BY r.line"
    where = (job.pk, job.staged)
    _insert(LedgerLine, given, {"reverses_id": "r.original_id"}, source, where)
    partner = f"JOIN {_ROWS} p ON p.job_id = r.job_id AND p.claim = r.claim AND p.line = r.partner"
    original = f"JOIN {_LINES} l ON l.project_id = %s AND l.voucher_no = p.voucher_no AND l.line_no = p.line_no"
    source = f"FROM {_ROWS} r {partner} {original} WHERE r.job_id = %s AND r.claim = %s AND r.partner IS NOT NULL"
    if job.standing_rows.filter(partner__isnull=False).exists():
        _insert(LedgerLine, given, {"reverses_id": "l.id"}, f"{source} ORDER BY r.line", (job.project_id, *where))
    source = f"FROM {_ROWS} r JOIN {_LINES} l ON {_BOOKED} WHERE r.job_id = %s AND r.claim = %s ORDER BY l.id"
    given = {"lexicon": job.lexicon, "found_at": now}
    _insert(BanFinding, given, {"line_id": "l.id"}, source, (job.project_id, *where))


def _insert(model, given: dict, expressions: dict[str, str], source: str, parameters: tuple) -> None:
    """INSERT … SELECT of all columns of a model: given values, expressions, columns of the same name, or defaults."""
    staged = {field.column for field in ImportRow._meta.concrete_fields} - {"id"}
    columns, chosen, values = [], [], []
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        columns.append(f'"{field.column}"')
        if field.column in expressions:
            chosen.append(expressions[field.column])
        elif field.column in staged and field.column not in given:
            chosen.append(f'r."{field.column}"')
        else:
            chosen.append("%s")
            value = given[field.column] if field.column in given else field.get_default()
            values.append(field.get_db_prep_save(value, connection))
    # Names of our own columns only: no text of a file is ever part of the statement.
    statement = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(chosen)} {source}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *parameters])
