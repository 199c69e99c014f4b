"""Models of money that moved."""

from funding.models.answers import LineAnswer, LineAnswerFile
from funding.models.audit import AuditEngagement, AuditFinding
from funding.models.books import HeaderMapping, ImportJob, ImportRow, MonthClosing
from funding.models.clawback import Clawback, ClawbackLine, Repayment
from funding.models.disbursement import Disbursement
from funding.models.ledger import BanDecision, BanFinding, LedgerImport, LedgerLine
from funding.models.lexicon import LexiconDraft, LexiconTest, LexiconVersion
from funding.models.related import RelatedUnit

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
    "LexiconDraft",
    "LexiconTest",
    "LexiconVersion",
    "MonthClosing",
    "LineAnswer",
    "LineAnswerFile",
    "RelatedUnit",
    "Repayment",
]
