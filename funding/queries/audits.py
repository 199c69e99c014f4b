"""Nouns of audits: the thread of each question, the vouchers a question names."""

from funding.models import LedgerLine, ProjectAudit
from portal.errors import Invalid


def thread_of(audit: ProjectAudit) -> list:
    """Questions of an audit with their vouchers and everything that was said, oldest first; three queries."""
    rows = audit.audit_findings.prefetch_related("lines", "messages__by", "messages__file")
    return list(rows)


def lines_of(project, vouchers: list[str]) -> list[LedgerLine]:
    """The ledger lines of the named vouchers. Raises Invalid with the numbers that the project does not have."""
    lines = list(project.ledger_lines.filter(voucher_no__in=vouchers).order_by("voucher_no", "line_no"))
    missing = [number for number in vouchers if number not in {line.voucher_no for line in lines}]
    if missing:
        raise Invalid(f"本项目没有凭证 {'、'.join(missing[:5])}，请核对凭证字号。")
    return lines
