"""The center's side of judgement."""

from reviews.admin import acceptance, experts, interests, rounds, seats, selection

__all__ = ["acceptance", "experts", "interests", "rounds", "seats", "selection"]
