"""The writes on review rounds, gathered from the modules that hold them (article 8(2), 11)."""

from reviews.actions.closing import close_round
from reviews.actions.draws import assign_expert, substitute
from reviews.actions.setup import cancel_round, create_round, edit_round, extend_round, open_round

__all__ = [
    "assign_expert",
    "cancel_round",
    "close_round",
    "create_round",
    "edit_round",
    "extend_round",
    "open_round",
    "substitute",
]
