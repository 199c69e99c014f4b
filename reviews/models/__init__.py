"""Models of judgement."""

from reviews.models.decision import AcceptanceConclusion, Proposal, ProposalAttempt, ProposalItem
from reviews.models.expert import Expert, ExpertConflict, ExpertPost
from reviews.models.feedback import FeedbackLetter
from reviews.models.round import Assignment, ReviewItem, Round, Undertaking
from reviews.models.sheet import ScoreEntry, ScoreSheet

__all__ = [
    "AcceptanceConclusion",
    "Assignment",
    "Expert",
    "ExpertConflict",
    "ExpertPost",
    "FeedbackLetter",
    "Proposal",
    "ProposalAttempt",
    "ProposalItem",
    "ReviewItem",
    "Round",
    "ScoreEntry",
    "ScoreSheet",
    "Undertaking",
]
