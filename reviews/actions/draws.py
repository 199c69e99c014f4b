"""Writes on seats: the recorded draw, seats by hand, substitutes (article 8(2), D2)."""

import secrets

from portal import access, events, notify, workflow
from portal.errors import Conflict, NotAllowed, Refused
from reviews import assignment as optimiser
from reviews import conflicts
from reviews.models import Assignment
from reviews.queries import pool
from reviews.rules import is_serving
from reviews.states import SEEING_STATES


def _require_manager(by, round) -> None:
    if not access.allowed(by, "reviews.manage_assignments", round):
        raise NotAllowed("您的账号不能安排评审专家。", article="8(2)")
    if round.state == "closed":
        raise Refused("本轮评审已结束，不能再安排专家。", article="8(2)")


@workflow.action
def draw_experts(round, *, by, seed=None, dry_run=False) -> optimiser.Draw:
    """Fill the open seats of all items by the seeded optimiser; with `dry_run` only say what it would do.

    The seed, the pool and the barred pairs are kept with the round. Returns the draw with a reason for each seat.
    """
    round = workflow.lock(round)
    _require_manager(by, round)
    seed = (seed or secrets.token_hex(8))[:64]
    experts, candidates = pool.candidates(round)
    subjects = pool.subjects(round, experts)
    if not any(subject.wanted for subject in subjects):
        raise Refused("各项目的专家席位都已排满，无需抽取。", article="8(2)")
    draw = optimiser.draw(subjects, candidates, seed)
    if dry_run:
        return draw
    if not draw.seats:
        raise Refused("候选专家中没有可安排的人选。请先补充专家库，或调整负担上限。", article="8(2)")
    chaired = set(_live(round).filter(is_chair=True).values_list("item_id", flat=True))
    for seat in draw.seats:
        is_chair = seat.subject not in chaired
        chaired.add(seat.subject)
        Assignment.objects.create(
            item_id=seat.subject, expert_id=seat.expert, is_chair=is_chair, origin="draw", assigned_by=by
        )
    snapshot = pool.snapshot_of(draw, experts, subjects)
    earlier = round.draw_snapshot.get("draws", [])
    round.draw_seed, round.draw_snapshot = seed, {"draws": [*earlier, snapshot]}
    round.save(update_fields=["draw_seed", "draw_snapshot"])
    events.record("round.draw", "抽取评审专家", round, by=by, after={"seed": seed, "seats": len(draw.seats)})
    return draw


def _live(round):
    return Assignment.objects.live().filter(item__round=round)


@workflow.action
def assign_expert(*, item, expert, by, origin="manual", is_chair=False) -> Assignment:
    """Seat one expert on one item; a conflict of interest, a full load or an ended term refuses (8(2), R1, R10)."""
    round = workflow.lock(item.round)
    _require_manager(by, round)
    if not is_serving(expert) or not expert.user.is_active or expert.user.duty:
        raise Refused(f"{expert.user.name}目前不可抽取（已停用、聘期已满或任职于管理单位）。", article="8(2)")
    found = conflicts.detect(expert, item.judged_application)
    if found:
        reasons = "；".join(conflict.text for conflict in found)
        raise Refused(f"{expert.user.name}须回避“{item}”：{reasons}。请改选其他专家。", article="8(2)")
    if Assignment.objects.filter(item=item, expert=expert).exists():
        raise Conflict(f"{expert.user.name}已安排过“{item}”，不能重复指派。", article="8(2)")
    if _live(round).filter(expert=expert).count() >= expert.max_load:
        raise Refused(f"{expert.user.name}本轮已评 {expert.max_load} 项，达到上限。请改选其他专家。", article="8(2)")
    if is_chair:
        Assignment.objects.filter(item=item, is_chair=True, state__in=SEEING_STATES).update(is_chair=False)
    seat = Assignment.objects.create(item=item, expert=expert, is_chair=is_chair, origin=origin, assigned_by=by)
    events.record("assignment.create", "指派评审专家", seat, by=by, after={"origin": origin, "is_chair": is_chair})
    if round.state == "open":
        notify.tell([expert.user], "您有新的评审任务", f"“{round.title}”新增 1 个评审项目。", url="/reviews/")
    return seat


@workflow.action
def substitute(assignment, *, by) -> Assignment:
    """Seat the best free expert in place of one who recused or was voided (D2)."""
    round = workflow.lock(assignment.item.round)
    _require_manager(by, round)
    if assignment.state in SEEING_STATES:
        raise Refused("该专家仍在席。请先作废这一席位，再安排递补。", article="8(2)")
    live = _live(round).filter(item=assignment.item_id).count()
    if live >= round.experts_per_item:
        raise Refused("该项目的专家席位已排满，无需递补。", article="8(2)")
    experts, candidates = pool.candidates(round)
    subjects = pool.subjects(round, experts, items=[assignment.item_id], wanted=1)
    draw = optimiser.draw(subjects, candidates, f"substitute-{assignment.pk}")
    if not draw.seats:
        raise Refused(f"没有可递补的专家。{draw.unfilled[0][2]}请先补充专家库。", article="8(2)")
    expert = next(expert for expert in experts if expert.pk == draw.seats[0].expert)
    return assign_expert(item=assignment.item, expert=expert, by=by, origin="substitute", is_chair=assignment.is_chair)
