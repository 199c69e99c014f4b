"""What this app adds to the frame: file holders, document kinds, menu entries, answers for projects."""

from funding.documents import archive
from funding.models import (
    AuditMessage,
    AuditPackage,
    ClawbackFile,
    Disbursement,
    ImportJob,
    LedgerImport,
    LedgerLine,
    LineAnswerFile,
    ProjectAudit,
    SurplusReturn,
)
from funding.queries import seams
from portal import context, documents, files
from portal.documents import Kind
from projects import extensions

documents.register_kind(
    Kind("clawback_notice", "资金追回告知书", "pdf/clawback_notice.html", "2", "funding.view_clawback")
)
documents.register_kind(
    Kind("clawback_decision", "资金追回决定", "pdf/clawback_decision.html", "2", "funding.view_clawback")
)
files.register_holder(Disbursement, "receipt", "funding.view_disbursement")
files.register_holder(LedgerLine, "attachment", "funding.view_ledger")
files.register_holder(LineAnswerFile, "file", "funding.view_ledger")
files.register_holder(LedgerImport, "file", "funding.view_ledger")
files.register_holder(ImportJob, "file", "funding.keep_ledger")
files.register_holder(Disbursement, "bank_receipt", "funding.view_disbursement")
files.register_holder(ProjectAudit, "report", "funding.view_projectaudit")
files.register_holder(AuditMessage, "file", "funding.view_auditmessage")
files.register_holder(AuditPackage, "file", "funding.view_auditpackage")
files.register_holder(ClawbackFile, "file", "funding.view_clawbackfile")
files.register_holder(SurplusReturn, "receipt", "funding.view_surplusreturn")
context.register_nav(("auditor",), "审计项目", "audits", 20)
extensions.APPLICATION_OBSTACLES.append(seams.application_obstacle)
extensions.PACKAGE_CHECKS.append(seams.package_checks)
extensions.CLOSING_CHECKS.append(seams.closing_checks)
extensions.FIGURES.append(seams.figures)
extensions.ARCHIVE_SUBJECTS.append(archive.subjects)
extensions.ARCHIVE_FILES.append(archive.stored_files)
extensions.ARCHIVE_TABLES.append(archive.tables)
extensions.TIMED_GRANTS.append(seams.audited_today)
extensions.PROJECT_FACTS.update(seams.project_facts)
extensions.TABS.append(seams.project_tabs)
extensions.LEXICONS.append(seams.lexicon_in_force)
