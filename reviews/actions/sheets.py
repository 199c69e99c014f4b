"""Writes of experts: undertaking, acceptance, recusal, score sheets; the center's unlock and void (8(2), D3, D4)."""

import unicodedata
from decimal import Decimal

from django.utils import timezone

from portal import events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.counting import count_strict
from portal.models import User
from reviews import conflicts, scoring
from reviews.models import Assignment, ScoreEntry, ScoreSheet, Undertaking
from reviews.queries.schemes import LOW_COMMENT_CHARS, LOW_RATIO
from reviews.rules import expert_of, is_serving

UNDERTAKING_VERSION = "2025-1"
TEXT_MAX = 2000


class Stale(Conflict):
    """The sheet was saved elsewhere since the page was opened: the expert has to compare before he overwrites it."""


@workflow.action
def sign_undertaking(*, round, by, signed_name) -> Undertaking:
    """Sign the confidentiality undertaking of a round with one's own name; a second time returns the first (D3)."""
    expert = expert_of(by)
    seats = Assignment.objects.live().filter(item__round=round, expert=expert)
    if expert is None or not is_serving(expert) or round.state != "open" or not seats.exists():
        raise NotAllowed("您在本轮没有评审任务，不能签署承诺书。", article="8(2)")
    if _plain(signed_name) != _plain(by.name):
        raise Invalid(f"签署姓名须与账号姓名“{by.name}”一致。请重新填写。")
    undertaking, created = Undertaking.objects.get_or_create(
        round=round,
        expert=expert,
        defaults={"text_version": UNDERTAKING_VERSION, "signed_name": by.name},
    )
    if created:
        events.record("undertaking.sign", "签署评审承诺书", round, by=by, after={"version": UNDERTAKING_VERSION})
    return undertaking


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


@workflow.action
def accept_assignment(assignment, *, by) -> ScoreSheet:
    """Declare that there is no conflict and open the content: makes the empty sheet (D3)."""
    seat = _running_seat(assignment, by)
    if not Undertaking.objects.filter(round=seat.item.round, expert=seat.expert).exists():
        raise Refused("请先签署本轮的评审承诺书，再接受评审任务。", article="8(2)")
    workflow.move(seat, "accept", by=by)
    return _sheet_of(seat)


@workflow.action
def recuse(assignment, *, by, note) -> None:
    """Withdraw from an item with a reason; from then on nothing of it is visible (D3)."""
    seat = _running_seat(assignment, by)
    reason = note.strip()
    if count_strict(reason) < 4:
        raise Invalid("请写明回避的原因（不少于 4 个字）。")
    workflow.move(seat, "recuse", by=by, note=reason, reason=reason[:300])
    text = f"{by.name}申请回避“{seat.item}”：{reason}"
    notify.tell(User.objects.with_duty("officer"), "有专家申请回避，请安排递补", text, url="/admin/reviews/round/")


def _running_seat(assignment, by) -> Assignment:
    """The seat, locked after its round, when its expert may work on it now; closing the round waits for this."""
    round = workflow.lock(assignment.item.round)
    seat = workflow.lock(assignment)
    if round.state != "open":
        raise Conflict(f"“{round.title}”不在评审中，不能再修改。已提交的内容不受影响。", article="8(2)")
    if timezone.now() >= round.closes_at:
        raise Conflict(f"“{round.title}”的评审时间已截止，不能再修改。请联系中心经办人。", article="8(2)")
    if expert_of(by) is None or seat.expert_id != expert_of(by).pk or not is_serving(seat.expert):
        raise NotAllowed("这不是您的评审任务。", article="8(2)")
    if conflicts.detect(seat.expert, seat.item.judged_application):
        raise NotAllowed("系统发现您与该项目存在利益冲突，须回避。评分未被接受。", article="8(2)")
    return seat


def _sheet_of(seat) -> ScoreSheet:
    """The sheet with one empty entry for each criterion."""
    sheet, created = ScoreSheet.objects.get_or_create(assignment=seat)
    if created:
        scheme = scoring.scheme_of(seat.item.round.scheme)
        ScoreEntry.objects.bulk_create(
            [ScoreEntry(sheet=sheet, criterion=row.code, maximum=row.maximum) for row in scheme.criteria]
        )
    return sheet


@workflow.action
def save_sheet(*, assignment, scores, comments, recommendation, comment, revision, by) -> ScoreSheet:
    """Keep a draft: `scores` criterion -> text or Decimal ("" is missing, never zero), `comments` criterion -> text.

    Invalid lists every bad field and keeps nothing; Stale when `revision` is not that of the stored sheet.
    """
    seat = _running_seat(assignment, by)
    if seat.state != "accepted":
        raise Conflict("评分表已提交锁定，不能修改。需要修改的，请联系中心经办人退回。", article="8(2)")
    scheme = scoring.scheme_of(seat.item.round.scheme)
    points = read_points(scheme, scores)
    if recommendation and recommendation not in {choice.code for choice in scheme.recommendations}:
        raise Invalid("请选择表中所列的推荐意见。")
    if set(comments) - {row.code for row in scheme.criteria}:
        raise Invalid("提交的评语中有本表没有的指标。请刷新页面后重试。")
    sheet = workflow.lock(_sheet_of(seat))
    if sheet.revision != revision:
        raise Stale("这张评分表已在另一个窗口保存过，本页内容还没有保存。请核对不同之处，再决定保存或放弃。")
    for entry in sheet.entries.all():
        entry.points = points.get(entry.criterion)
        entry.comment = comments.get(entry.criterion, "").strip()[:TEXT_MAX]
        entry.save(update_fields=["points", "comment"])
    sheet.recommendation, sheet.comment = recommendation, comment.strip()[:TEXT_MAX]
    sheet.revision += 1
    sheet.save()
    return sheet


def read_points(scheme: scoring.Scheme, scores) -> dict[str, Decimal | None]:
    """Criterion -> points; Invalid with every problem at once, or for a criterion that is not in the scheme (R7)."""
    if set(scores) - {row.code for row in scheme.criteria}:
        raise Invalid("提交的评分中有本表没有的指标。请刷新页面后重试。")
    points, problems = {}, []
    for row in scheme.criteria:
        value = scores.get(row.code)
        try:
            points[row.code] = scoring.parse_points("" if value is None else str(value), row.maximum, scheme.step)
        except scoring.PointsError as problem:
            problems.append(f"“{row.name}”{problem}")
    if problems:
        raise Invalid("；".join(problems))
    return points


@workflow.action
def submit_sheet(assignment, *, by) -> ScoreSheet:
    """Submit and lock a complete sheet; the total is added up here (D4, R5)."""
    seat = _running_seat(assignment, by)
    if seat.state == "submitted":
        raise Conflict("评分表已经提交，不能重复提交。", article="8(2)")
    if seat.state != "accepted":
        raise Refused("请先接受评审任务并填写评分表。", article="8(2)")
    scheme = scoring.scheme_of(seat.item.round.scheme)
    sheet = workflow.lock(_sheet_of(seat))
    entries = {entry.criterion: entry for entry in sheet.entries.all()}
    problems = missing_parts(scheme, sheet, entries)
    if problems:
        raise Invalid("评分表还不完整：" + "；".join(problems) + "。")
    now = timezone.now()
    sheet.total = sum((entry.points for entry in entries.values()), Decimal(0))
    sheet.locked, sheet.submitted_at = True, now
    sheet.save()
    workflow.move(seat, "submit", by=by, submitted_at=now)
    return sheet


def missing_parts(scheme: scoring.Scheme, sheet: ScoreSheet, entries: dict[str, ScoreEntry]) -> list[str]:
    """What a sheet still lacks before it can be submitted, in Chinese."""
    problems = []
    for row in scheme.criteria:
        entry = entries[row.code]
        if entry.points is None:
            problems.append(f"“{row.name}”未评分")
        elif entry.points * 100 < row.maximum * LOW_RATIO and count_strict(entry.comment) < LOW_COMMENT_CHARS:
            problems.append(f"“{row.name}”得分低于满分的 {LOW_RATIO}%，须写明理由（不少于 {LOW_COMMENT_CHARS} 字）")
    if not sheet.recommendation:
        problems.append("未选择推荐意见")
    written = count_strict(sheet.comment)
    if written < scheme.comment_min_chars:
        problems.append(f"总体评价至少 {scheme.comment_min_chars} 字，现有 {written} 字")
    return problems


@workflow.action
def unlock_sheet(assignment, *, by, note) -> None:
    """Give a submitted sheet back to its expert, with a reason (D4); never where he may have read the others' (R5)."""
    round = workflow.lock(assignment.item.round)
    seat = workflow.lock(assignment)
    if not note.strip():
        raise Invalid("请填写退回修改的理由。")
    if round.state != "open":
        raise Refused("本轮评审不在进行中，评分表不能退回修改。", article="8(2)")
    if round.show_others_after_submit:
        raise Refused("本轮允许提交后查看他人评分，为保证独立评分，不能退回修改。", article="8(2)")
    workflow.move(seat, "unlock", by=by, note=note, submitted_at=None)
    ScoreSheet.objects.filter(assignment=seat).update(locked=False, submitted_at=None)
    notify.tell([seat.expert.user], "评分表已退回修改", f"“{seat.item}”的评分表已退回：{note}", url="/reviews/")


@workflow.action
def void_assignment(assignment, *, by, note) -> None:
    """End a seat with a reason; its sheet stays readable for the center but does not count (R14)."""
    round = workflow.lock(assignment.item.round)
    seat = workflow.lock(assignment)
    if not note.strip():
        raise Invalid("请填写作废的理由。")
    if round.state == "closed":
        raise Refused("本轮评审已结束，席位不能作废。", article="8(2)")
    workflow.move(seat, "void", by=by, note=note, reason=note.strip()[:300])


@workflow.action
def save_summary(assignment, *, text, by) -> None:
    """The chair writes the panel's opinion after submitting his own sheet (domain: 组长汇总)."""
    seat = _running_seat(assignment, by)
    if not seat.is_chair or seat.state != "submitted":
        raise NotAllowed("专家组意见由组长在提交本人评分后填写。", article="8(2)")
    if count_strict(text) < 20:
        raise Invalid("专家组意见不少于 20 字。")
    item = workflow.lock(seat.item)
    before = {"chair_summary": item.chair_summary}
    item.chair_summary = text.strip()[:TEXT_MAX]
    item.save(update_fields=["chair_summary"])
    events.record("item.summary", "填写专家组意见", item, by=by, before=before, after={"chair_summary": text[:200]})
