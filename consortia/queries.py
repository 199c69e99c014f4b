"""Nouns of units and consortia."""
