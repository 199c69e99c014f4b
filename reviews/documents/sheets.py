"""Snapshots of score sheets on paper: one item, or a whole round that is not too long (shapes: templates/pdf)."""

from django.utils import timezone

from portal import papers
from portal.measures.workdays import datetime_cn
from reviews import scoring
from reviews.models import ReviewItem, Round
from reviews.queries.results import expert_code, submitted_seats

SUBJECT = ("application__lead_unit", "application__leader", "project__application__leader", "project__lead_unit")


def sheets_snapshot(round: Round, items: list[ReviewItem]) -> dict:
    """The submitted sheets of items of a closed round, with the experts' names: for the center's file only."""
    scheme = scoring.scheme_of(round.scheme)
    signed = dict(round.undertakings.values_list("expert_id", "signed_at"))
    by_item: dict[int, list] = {item.pk: [] for item in items}
    for seat in submitted_seats(items).prefetch_related("sheet__entries"):
        by_item[seat.item_id].append(seat)
    return {
        "doc": papers.identity("score_sheets", "", issued_on=timezone.localdate(round.closed_at)),
        "waiver": round.waiver,
        "sheets": [
            sheet_dict(round, scheme, item, seat, expert_code(position), signed.get(seat.expert_id))
            for item in items
            for position, seat in enumerate(by_item[item.pk])
        ],
    }


def sheet_dict(round, scheme, item, seat, code: str, signed_at) -> dict:
    """One score sheet in the shape of the template; also the expert's own print."""
    entries = {entry.criterion: entry for entry in seat.sheet.entries.all()}
    application = item.judged_application
    return {
        "round_title": round.title,
        "expert": seat.expert.user.name,
        "expert_code": code,
        "submitted_at": datetime_cn(seat.submitted_at) if seat.submitted_at else "",
        "undertaking_at": datetime_cn(signed_at) if signed_at else "",
        "project": {
            "name": str(application.title),
            "number": item.number,
            "field": application.field,
            "lead_unit": application.lead_unit.name,
            "leader": application.leader.name if application.leader else "",
        },
        "criteria": [
            {
                "name": row.name,
                "maximum": scoring.plain(row.maximum),
                "hint": "；".join(row.hints),
                "score": _points(entries.get(row.code)),
                "comment": entries[row.code].comment if row.code in entries else "",
            }
            for row in scheme.criteria
        ],
        "maximum": scoring.plain(scheme.maximum),
        "total": str(seat.sheet.total) if seat.sheet.total is not None else "",
        "recommendation": scheme.recommendation(seat.sheet.recommendation),
        "comment": seat.sheet.comment,
    }


def _points(entry) -> str:
    if entry is None:
        return ""
    return "不适用" if entry.not_applicable else "" if entry.points is None else str(entry.points)
