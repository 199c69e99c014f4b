"""Snapshots of the papers of judgement: what a PDF is made of, frozen when it is asked for (shapes: templates/pdf)."""

from reviews.documents.reports import report_snapshot, unit_snapshot
from reviews.documents.sheets import sheet_dict, sheets_snapshot

__all__ = ["report_snapshot", "sheet_dict", "sheets_snapshot", "unit_snapshot"]
