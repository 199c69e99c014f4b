"""What money adds to the archive of a project: ledger, vouchers, receipts, audit reports, clawback papers (H5)."""

from funding.documents.exports import budget_book, ledger_book
from funding.models import AuditMessage, ClawbackFile, LineAnswerFile
from funding.queries.ledger import filtered_lines
from portal import sheets

FOLDER = "07-经费"


def subjects(project) -> list:
    """Objects whose papers and log belong to the project."""
    return [
        *project.disbursements.all(),
        *project.ledger_lines.all(),
        *project.audits.all(),
        *project.clawbacks.all(),
        *project.budget_versions.all(),
        *project.surplus_returns.all(),
        *project.payment_waivers.all(),
    ]


def stored_files(project) -> list[tuple]:
    """(folder, kind, file) of everything handed in about the money."""
    receipts = project.disbursements.filter(receipt__isnull=False).select_related("receipt")
    vouchers = project.ledger_lines.filter(attachment__isnull=False).select_related("attachment")
    reports = project.audits.filter(report__isnull=False).select_related("report")
    paid = project.disbursements.filter(bank_receipt__isnull=False).select_related("bank_receipt")
    evidence = ClawbackFile.objects.filter(clawback__project=project).select_related("file", "clawback")
    answers = AuditMessage.objects.filter(finding__audit__project=project, file__isnull=False).select_related("file")
    surplus = project.surplus_returns.filter(receipt__isnull=False).select_related("receipt")
    rows = [(FOLDER, "单位到账回单", row.receipt) for row in receipts]
    rows += [(FOLDER, "银行付款回单", row.bank_receipt) for row in paid]
    rows += [(FOLDER, f"追回案{row.clawback.number}证据", row.file) for row in evidence]
    rows += [(FOLDER, "审计答复附件", row.file) for row in answers]
    rows += [(FOLDER, "结余退回回单", row.receipt) for row in surplus]
    rows += [(FOLDER, f"{row.voucher_no}号凭证附件", row.attachment) for row in vouchers]
    papers = LineAnswerFile.objects.filter(answer__line__project=project).select_related("file", "answer__line")
    rows += [(FOLDER, f"{row.answer.line.voucher_no}号凭证答复材料", row.file) for row in papers]
    return rows + [(FOLDER, "专项审计报告", row.report) for row in reports]


def tables(project) -> list[tuple[str, str, bytes]]:
    """The whole ledger and the budget in use, as workbooks."""
    lines = filtered_lines(project, {}).order_by("voucher_date", "voucher_no", "line_no")
    return [
        (f"{FOLDER}/明细账.xlsx", "明细账", sheets.write_xlsx(ledger_book(project, lines))),
        (f"{FOLDER}/预算执行.xlsx", "预算执行", sheets.write_xlsx(budget_book(project))),
    ]
