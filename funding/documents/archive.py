"""What money adds to the archive of a project: ledger, vouchers, receipts, audit reports, clawback papers (H5)."""

from funding.models import LineAnswerFile
from funding.queries.ledger import COLUMNS, export_rows, filtered_lines, totals
from portal import sheets

FOLDER = "07-经费"


def subjects(project) -> list:
    """Objects whose papers and log belong to the project."""
    return [
        *project.disbursements.all(),
        *project.ledger_lines.all(),
        *project.audits.all(),
        *project.clawbacks.all(),
    ]


def stored_files(project) -> list[tuple]:
    """(folder, kind, file) of everything handed in about the money."""
    receipts = project.disbursements.filter(receipt__isnull=False).select_related("receipt")
    vouchers = project.ledger_lines.filter(attachment__isnull=False).select_related("attachment")
    reports = project.audits.filter(report__isnull=False).select_related("report")
    rows = [(FOLDER, "付款凭证", row.receipt) for row in receipts]
    rows += [(FOLDER, f"{row.voucher_no}号凭证附件", row.attachment) for row in vouchers]
    answers = LineAnswerFile.objects.filter(answer__line__project=project).select_related("file", "answer__line")
    rows += [(FOLDER, f"{row.answer.line.voucher_no}号凭证答复材料", row.file) for row in answers]
    return rows + [(FOLDER, "专项审计报告", row.report) for row in reports]


def tables(project) -> list[tuple[str, str, bytes]]:
    """The whole ledger as a workbook."""
    lines = filtered_lines(project, {}).order_by("voucher_date", "voucher_no", "line_no")
    return [(f"{FOLDER}/明细账.xlsx", "明细账", ledger_book(project, lines))]


def ledger_book(project, lines) -> bytes:
    """Ledger lines with their sum as a workbook without live formulas."""
    total = ("合计", "", "", "", "", "", totals(lines)["all"])
    return sheets.write_xlsx({"明细账": (COLUMNS, [*export_rows(project, lines), total])})
