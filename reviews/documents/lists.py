"""Snapshot of the list of a selection round with its scores: for the center's file (8(2), D6)."""

from django.utils import timezone

from portal import papers
from portal.measures.workdays import datetime_cn
from reviews import scoring
from reviews.models import Proposal

# A row takes about 25 milliseconds, a paper a minute or nothing: of a longer list the declined are only counted.
ROWS_MAX = 1000
GROUPS = (("support", "一、拟支持项目"), ("reserve", "二、候补项目（按递补次序）"), ("decline", "三、未入选项目"))


def list_snapshot(proposal: Proposal) -> dict:
    """The list as it was put up last, who agreed to it, and the rule of the ranking."""
    attempt, round = proposal.attempts.first(), proposal.round
    steps = [
        ("拟定", attempt.proposed_by, attempt.proposed_at),
        ("中心负责人确认", attempt.confirmed_by, attempt.confirmed_at),
        ("市科协审定", attempt.approved_by, attempt.approved_at),
    ]
    return {
        "doc": papers.identity("selection_list", "", issued_on=timezone.localdate(attempt.proposed_at)),
        "round": {
            "title": round.title,
            "call": round.call.title,
            "aggregation": round.get_aggregation_display(),
            "waiver": round.waiver,
            "tie_rule": scoring.tie_rule(scoring.scheme_of(round.scheme)),
        },
        "attempt": attempt.number,
        "digest": attempt.digest,
        "groups": [group for group in (_group(attempt.rows, code, title) for code, title in GROUPS) if group["count"]],
        "steps": [{"step": step, "name": who.name, "at": datetime_cn(at)} for step, who, at in steps if who],
    }


def _group(rows: list[dict], code: str, title: str) -> dict:
    chosen = _rows(rows, code)
    is_counted_only = code == "decline" and len(rows) > ROWS_MAX
    return {"code": code, "title": title, "count": len(chosen), "rows": [] if is_counted_only else chosen}


def _rows(rows: list[dict], outcome: str) -> list[dict]:
    chosen = [row for row in rows if row["outcome"] == outcome]
    return sorted(chosen, key=lambda row: row["place"]) if outcome == "reserve" else chosen
