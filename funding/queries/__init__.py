"""Nouns of money, one module a part; the sums that other apps show are here."""

from funding.queries.money import MoneySummary, budget_vs_actual, money_summary, with_money

__all__ = ["MoneySummary", "budget_vs_actual", "money_summary", "with_money"]
