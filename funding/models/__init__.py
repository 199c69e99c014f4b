"""Models of money that moved."""

from funding.models.audit import AuditEngagement, AuditFinding
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
    "LedgerImport",
    "LedgerLine",
    "LexiconVersion",
    "Repayment",
]
