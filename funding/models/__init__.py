"""Models of money that moved."""

from funding.models.answers import LineAnswer, LineAnswerFile
from funding.models.audit import AuditEngagement, AuditFinding, AuditMessage, AuditPackage, ProjectAudit
from funding.models.books import HeaderMapping, ImportJob, ImportRow, MonthClosing
from funding.models.budget import BudgetVersion, SurplusReturn
from funding.models.clawback import Clawback, ClawbackFile, ClawbackLine, Repayment, RepaymentDue
from funding.models.disbursement import Disbursement, PaymentWaiver
from funding.models.ledger import BanDecision, BanFinding, LedgerImport, LedgerLine
from funding.models.lexicon import LexiconDraft, LexiconTest, LexiconVersion
from funding.models.related import RelatedUnit

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
    "HeaderMapping",
    "ImportJob",
    "ImportRow",
    "LedgerImport",
    "LedgerLine",
    "LexiconDraft",
    "LexiconTest",
    "LexiconVersion",
    "LineAnswer",
    "LineAnswerFile",
    "MonthClosing",
    "PaymentWaiver",
    "ProjectAudit",
    "RelatedUnit",
    "Repayment",
    "RepaymentDue",
    "SurplusReturn",
]
