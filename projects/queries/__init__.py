"""Queries, one module a part."""
