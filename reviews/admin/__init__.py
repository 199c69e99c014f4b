"""The center's side of judgement."""

from reviews.admin import acceptance, experts, rounds, seats, selection

__all__ = ["acceptance", "experts", "rounds", "seats", "selection"]
