"""Another expert for a seat at one stroke: the old one ends with a reason, the next best takes over (D2, D7)."""

from dataclasses import dataclass

from django.db import transaction

from portal import access, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from reviews.actions import draws, sheets
from reviews.models import Assignment

SEATS_MAX = 50
MOVABLE = ("assigned", "accepted")


@dataclass(frozen=True)
class Change:
    """One seat: who would take over, or why nobody does."""

    seat: Assignment
    successor: Assignment | None = None
    problem: str = ""


class _Rehearsed(Exception):  # noqa: N818, no error: takes a rehearsal back
    """Raised to undo what was only tried."""


@workflow.action
def reassign(round, *, seats, note, by, dry_run=False) -> list[Change]:
    """End the chosen seats and seat substitutes, each seat wholly or not at all; `dry_run` takes everything back.

    Seats that were submitted or have ended are refused (Conflict): they are not those that the page showed.
    """
    if not access.allowed(by, "reviews.manage_assignments", round):
        raise NotAllowed("您的账号不能安排评审专家。", article="8(2)")
    if not note.strip():
        raise Invalid("请填写换人的理由。")
    round = workflow.lock(round)
    rows = _chosen(round, seats)
    if dry_run:
        return _rehearse(rows, note, by)
    return [_replace(seat, note, by) for seat in rows]


def _chosen(round, seats) -> list[Assignment]:
    keys = set(seats)
    if not keys:
        raise Invalid("没有勾选席位。请先勾选要换人的席位。")
    if len(keys) > SEATS_MAX:
        raise Invalid(f"一次最多换 {SEATS_MAX} 个席位。请分几次办理。")
    found = Assignment.objects.filter(item__round=round, pk__in=keys)
    rows = list(
        found.select_related("expert__user", "item__application", "item__project", "item__round").order_by("pk")
    )
    if len(rows) != len(keys):
        raise Invalid("勾选的席位中有不属于本轮的。请刷新页面后重试。")
    gone = [seat for seat in rows if seat.state not in MOVABLE]
    if gone:
        listed = "、".join(f"{seat.expert.user.name}（{seat.get_state_display()}）" for seat in gone[:3])
        raise Conflict(
            f"所选席位中有 {len(gone)} 个已提交、已回避或已作废：{listed}，可能已由他人或另一个窗口办理。"
            "没有办理任何一个，请刷新页面后重新勾选。",
            article="8(2)",
        )
    return rows


def _rehearse(rows, note, by) -> list[Change]:
    changes: list[Change] = []
    try:
        with transaction.atomic():
            changes += [_replace(seat, note, by) for seat in rows]
            raise _Rehearsed
    except _Rehearsed:
        return changes


def _replace(seat, note, by) -> Change:
    """Void and substitute in one savepoint."""
    try:
        with transaction.atomic():
            sheets.void_assignment(seat, by=by, note=note)
            ended = Assignment.objects.select_related("item__round", "expert__user").get(pk=seat.pk)
            return Change(seat, draws.substitute(ended, by=by))
    except Refused as refusal:
        return Change(seat, problem=refusal.message)
