"""Writes on seats: the recorded draw, seats by hand, substitutes (article 8(2), D2)."""

import secrets
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal import access, documents, events, notify, workflow
from portal.errors import Conflict, NotAllowed, Refused
from reviews import assignment as optimiser
from reviews import conflicts
from reviews.models import Assignment, Expert, ExpertDraw
from reviews.queries import draws as pages
from reviews.queries import pool
from reviews.states import SEEING_STATES, DrawState

SMALL_PAIRS = 20_000
MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=3)
LOST_AFTER = timedelta(seconds=30)
BATCH = 1_000
BROKEN = "计算时出错，没有安排任何席位。请重新计算；仍不成功的，请联系平台管理员。"


def _require_manager(by, round) -> None:
    if not access.allowed(by, "reviews.manage_assignments", round):
        raise NotAllowed("您的账号不能安排评审专家。", article="8(2)")
    if round.state == "closed":
        raise Refused("本轮评审已结束，不能再安排专家。", article="8(2)")


@workflow.action
def request_draw(round, *, by, seed: str = "", mix=None) -> ExpertDraw:
    """Have the open seats of all items drawn; nothing is seated before `commit_draw`. `mix`: background -> at least."""
    round = workflow.lock(round)
    _require_manager(by, round)
    if mix is not None and mix != round.panel_mix:
        if sum(mix.values()) > round.experts_per_item:
            raise Refused(f"各类别至少人数之和不能超过每项专家数 {round.experts_per_item}。", article="8(2)")
        before = {"panel_mix": round.panel_mix}
        round.panel_mix = mix
        round.save(update_fields=["panel_mix"])
        events.record("round.mix", "调整专家类别搭配", round, by=by, before=before, after={"panel_mix": mix})
    live = Assignment.objects.live().filter(item__round=round).count()
    if live >= round.items.count() * round.experts_per_item:
        raise Refused("各项目的专家席位都已排满，无需抽取。", article="8(2)")
    draw = ExpertDraw.objects.create(round=round, seed=(seed.strip() or secrets.token_hex(8))[:64], requested_by=by)
    _wake(draw)
    return draw


@workflow.action
def retry_draw(draw, *, by) -> ExpertDraw:
    """Compute a draw again that broke off."""
    _require_manager(by, workflow.lock(draw.round))
    workflow.move(draw, "retry", by=by, attempts=0, error="", progress=0)
    _wake(draw)
    return draw


def _wake(draw: ExpertDraw) -> None:
    """Tell the worker after commit; a dead broker loses nothing, the sweeper tries again."""
    if not is_small(draw):
        transaction.on_commit(lambda: documents.send_task("reviews.tasks.compute_draw", draw.pk))


def is_small(draw: ExpertDraw) -> bool:
    """Whether the draw is done in a moment: then the page that asks calls `compute_draw` itself."""
    return draw.round.items.count() * Expert.objects.count() <= SMALL_PAIRS


def stuck():
    """Draws that should be on their way but are not: lost messages and killed workers."""
    now = timezone.now()
    lost = Q(state=DrawState.QUEUED, touched_at__lt=now - LOST_AFTER)
    killed = Q(state=DrawState.COMPUTING, touched_at__lt=now - STUCK_AFTER)
    return ExpertDraw.objects.filter(lost | killed).order_by("pk")


def compute_draw(draw_id: int) -> None:
    """Take the snapshot and draw from it; idempotent, so that a message that comes twice does no harm."""
    draw = ExpertDraw.objects.select_related("round", "requested_by").get(pk=draw_id)
    if draw.state not in (DrawState.QUEUED, DrawState.COMPUTING):
        return
    attempts = draw.attempts + 1
    try:
        if attempts > MAX_ATTEMPTS:
            workflow.move(draw, "fail", by=None, error=BROKEN)
            return
        workflow.move(draw, "compute", by=None, attempts=attempts, progress=5, touched_at=timezone.now())
        _compute(draw)
    except Conflict:
        return  # another worker was faster


def _compute(draw: ExpertDraw) -> None:
    started = time.perf_counter()
    snapshot = pool.snapshot_of(pool.problem(draw.round))
    ExpertDraw.objects.filter(pk=draw.pk).update(progress=40, touched_at=timezone.now())
    drawn = pool.draw_from(snapshot, draw.seed)
    figures = pages.figures_of(snapshot, drawn) | {"seconds": round(time.perf_counter() - started, 1)}
    kept = {"snapshot": snapshot, "digest": documents.digest_of(snapshot), "result": pool.result_of(drawn)}
    with transaction.atomic():
        ExpertDraw.objects.filter(pk=draw.pk, state=DrawState.COMPUTING).update(**kept, figures=figures)
        workflow.move(draw, "finish", by=None, progress=100)
    if not is_small(draw):
        url = f"/admin/reviews/round/{draw.round_id}/draws/{draw.pk}/"
        text = f"“{draw.round.title}”试抽完成，可安排 {figures['seats']} 个席位。请核对后确定。"
        notify.tell([draw.requested_by], "专家试抽完成", text, url=url, mail=False)


@workflow.action
def commit_draw(draw, *, by) -> ExpertDraw:
    """Seat exactly what was previewed. When people, conflicts or seats have changed since, nothing is seated: the
    draw is void, and a new one with the same seed is returned to be read (D2).
    """
    round = workflow.lock(draw.round)
    _require_manager(by, round)
    draw = workflow.lock(draw)
    if draw.state != DrawState.READY:
        raise Conflict(f"这次抽取的状态是“{draw.get_state_display()}”，不能确定。请刷新页面。", article="8(2)")
    if not draw.figures.get("seats"):
        raise Refused("候选专家中没有可安排的人选。请先补充专家库，或调整负担上限。", article="8(2)")
    now = pool.snapshot_of(pool.problem(round))
    if documents.digest_of(now) != draw.digest:
        workflow.move(draw, "outdate", by=None, error=pages.difference(draw.snapshot, now)[:300])
        fresh = ExpertDraw.objects.create(round=round, seed=draw.seed, requested_by=by)
        _wake(fresh)
        return fresh
    _seat_all(draw, round, by)
    workflow.move(draw, "commit", by=by, committed_by=by, committed_at=timezone.now())
    after = {"seed": draw.seed, "seats": draw.figures["seats"], "snapshot": draw.digest}
    events.record("round.draw", "抽取评审专家", round, by=by, after=after)
    return draw


def _seat_all(draw: ExpertDraw, round, by) -> None:
    seats = [
        Assignment(
            item_id=int(item), expert_id=expert, origin="draw", assigned_by=by,
            is_chair=draw.result["chairs"].get(item) == expert,
        )
        for item, experts in draw.result["seats"].items()
        for expert in experts
    ]  # fmt: skip
    Assignment.objects.bulk_create(seats, batch_size=BATCH)
    if round.state == "open":
        users = {row.user for row in Expert.objects.filter(pk__in={s.expert_id for s in seats}).select_related("user")}
        text = f"“{round.title}”为您安排了新的评审项目。"
        notify.tell(users, "您有新的评审任务", text, url="/reviews/", key=f"round-draw-{draw.pk}")


@workflow.action
def recompute_draw(draw: ExpertDraw, *, by=None) -> bool:
    """Draw again from the stored snapshot and seed; keeps and returns whether seats, chairs and reserves are equal."""
    is_equal = documents.digest_of(draw.snapshot) == draw.digest
    is_equal = is_equal and pool.result_of(pool.draw_from(draw.snapshot, draw.seed)) == draw.result
    ExpertDraw.objects.filter(pk=draw.pk).update(recomputed_at=timezone.now(), recomputed_equal=is_equal)
    events.record("round.recompute", "复算专家抽取", draw.round, by=by, after={"draw": draw.pk, "equal": is_equal})
    return is_equal


def _live(round):
    return Assignment.objects.live().filter(item__round=round)


def _refuse_unfit(round, item, expert) -> None:
    """Refuse who cannot sit here: closed for the round, in conflict, or with a hint that nobody has decided (R1)."""
    name = expert.user.name
    reason = pool.closed_for(expert, round, expert.pk in pool.away_in(round))
    if reason:
        why = optimiser.CLOSED[reason]
        raise Refused(f"{name}目前不可安排：{why}。请改选其他专家，或先更新专家信息。", article="8(2)")
    application = item.judged_application
    found = conflicts.survey([expert], [application])
    pair = (expert.pk, application.pk)
    if pair in found.conflicts:
        reasons = "；".join(conflict.text for conflict in found.conflicts[pair])
        raise Refused(f"{name}须回避“{item}”：{reasons}。请改选其他专家。", article="8(2)")
    if pair in found.hints:
        reasons = "；".join(hint.text for hint in found.hints[pair])
        fix = "请先在该专家的“回避情况”中核实认定或排除。"
        raise Refused(f"{name}与“{item}”有待核实的线索：{reasons}。{fix}", article="8(2)")


@workflow.action
def assign_expert(*, item, expert, by, origin="manual", is_chair=False) -> Assignment:
    """Seat one expert on one item; conflict, open hint, full load, absence or an ended term refuses (8(2), R1, R10).

    Before the round opens, a seat that was taken away may be given back to the same person.
    """
    round = workflow.lock(item.round)
    _require_manager(by, round)
    _refuse_unfit(round, item, expert)
    seat = Assignment.objects.filter(item=item, expert=expert).first()
    if seat is not None and (round.state != "draft" or seat.state != "voided"):
        raise Conflict(f"{expert.user.name}已安排过“{item}”，不能重复指派。", article="8(2)")
    if _live(round).filter(expert=expert).count() >= expert.max_load:
        raise Refused(f"{expert.user.name}本轮已评 {expert.max_load} 项，达到上限。请改选其他专家。", article="8(2)")
    if is_chair:
        Assignment.objects.filter(item=item, is_chair=True, state__in=SEEING_STATES).update(is_chair=False)
    if seat is not None:
        workflow.move(seat, "reseat", by=by, is_chair=is_chair, origin=origin, reason="")
        return seat
    seat = Assignment.objects.create(item=item, expert=expert, is_chair=is_chair, origin=origin, assigned_by=by)
    events.record("assignment.create", "指派评审专家", seat, by=by, after={"origin": origin, "is_chair": is_chair})
    if round.state == "open":
        notify.tell([expert.user], "您有新的评审任务", f"“{round.title}”新增 1 个评审项目。", url="/reviews/")
    return seat


@workflow.action
def substitute(assignment, *, by) -> Assignment:
    """Seat the next of the reserves in place of one who recused or was voided; without reserves, draw one (D2)."""
    round = workflow.lock(assignment.item.round)
    _require_manager(by, round)
    if assignment.state in SEEING_STATES:
        raise Refused("该专家仍在席。请先作废这一席位，再安排递补。", article="8(2)")
    live = _live(round).filter(item=assignment.item_id).count()
    if live >= round.experts_per_item:
        raise Refused("该项目的专家席位已排满，无需递补。", article="8(2)")
    given = pool.problem(round, items=[assignment.item_id], wanted=1)
    expert_id = pages.next_reserve(round, given)
    if expert_id is None:
        drawn = optimiser.draw(given.subjects, given.candidates, f"substitute-{assignment.pk}", given.mix)
        if not drawn.seats:
            raise Refused(f"没有可递补的专家。{drawn.unfilled[0].sentence}请先补充专家库。", article="8(2)")
        expert_id = drawn.seats[0].expert
    expert = given.experts[expert_id]
    return assign_expert(item=assignment.item, expert=expert, by=by, origin="substitute", is_chair=assignment.is_chair)
