"""Frozen inputs of the PDFs about money."""
