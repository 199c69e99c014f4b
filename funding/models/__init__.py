"""Models of money that moved."""

from funding.models.audit import AuditEngagement, AuditFinding
from funding.models.books import HeaderMapping, ImportJob, ImportRow, MonthClosing
from funding.models.clawback import Clawback, ClawbackLine, Repayment
from funding.models.disbursement import Disbursement
from funding.models.ledger import BanDecision, BanFinding, LedgerImport, LedgerLine, LexiconVersion

__all__ = [
    "AuditEngagement",
    "AuditFinding",
    "BanDecision",
    "BanFinding",
    "Clawback",
    "ClawbackLine",
    "Disbursement",
    "HeaderMapping",
    "ImportJob",
    "ImportRow",
    "LedgerImport",
    "LedgerLine",
    "LexiconVersion",
    "MonthClosing",
    "Repayment",
]
