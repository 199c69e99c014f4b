"""Models of money that moved."""

from funding.models.audit import AuditEngagement, AuditFinding, AuditMessage, AuditPackage, ProjectAudit
from funding.models.budget import BudgetVersion, SurplusReturn
from funding.models.clawback import Clawback, ClawbackFile, ClawbackLine, Repayment, RepaymentDue
from funding.models.disbursement import Disbursement, PaymentWaiver
from funding.models.ledger import BanDecision, BanFinding, LedgerImport, LedgerLine, LexiconVersion

__all__ = [
    "AuditEngagement",
    "AuditFinding",
    "AuditMessage",
    "AuditPackage",
    "BanDecision",
    "BanFinding",
    "BudgetVersion",
    "Clawback",
    "ClawbackFile",
    "ClawbackLine",
    "Disbursement",
    "LedgerImport",
    "LedgerLine",
    "LexiconVersion",
    "PaymentWaiver",
    "ProjectAudit",
    "Repayment",
    "RepaymentDue",
    "SurplusReturn",
]
