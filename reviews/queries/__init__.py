"""Nouns of judgement."""
