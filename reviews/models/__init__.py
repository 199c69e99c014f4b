"""Models of judgement."""

from reviews.models.decision import AcceptanceConclusion, Proposal, ProposalAttempt, ProposalItem
from reviews.models.draw import ExpertDraw
from reviews.models.expert import Expert, ExpertAbsence, ExpertConflict, ExpertPost, HintCheck, UnitTie
from reviews.models.feedback import FeedbackLetter
from reviews.models.round import Assignment, ReviewItem, Round, Undertaking
from reviews.models.sheet import ScoreEntry, ScoreSheet

__all__ = [
    "AcceptanceConclusion",
    "Assignment",
    "Expert",
    "ExpertAbsence",
    "ExpertConflict",
    "ExpertDraw",
    "ExpertPost",
    "FeedbackLetter",
    "HintCheck",
    "Proposal",
    "ProposalAttempt",
    "ProposalItem",
    "ReviewItem",
    "Round",
    "ScoreEntry",
    "ScoreSheet",
    "Undertaking",
    "UnitTie",
]
