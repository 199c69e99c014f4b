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
from reviews.queries.blinding import shown_title
from reviews.queries.schemes import LOW_COMMENT_CHARS, LOW_RATIO
from reviews.rules import expert_of, is_serving
from reviews.states import NO_CONFLICT_KINDS, Phase, RecusalKind

UNDERTAKING_VERSION = "2025-1"
TEXT_MAX = 2000


class InConflict(NotAllowed):
    """A conflict of interest came up: for this expert the item does not exist any more (R2)."""


class Stale(Conflict):
    """The sheet was saved elsewhere since the page was opened: the expert has to compare before he overwrites it."""


@workflow.action
def sign_undertaking(*, round, by, signed_name) -> Undertaking:
    """Sign the confidentiality undertaking of a round with one's own name; a second time returns the first (D3)."""
    expert = expert_of(by)
    seats = Assignment.objects.live().filter(item__round=round, expert=expert)
    if not is_serving(expert) or not round.allows("sign", timezone.now()) or not seats.exists():
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
    seat = _running_seat(assignment, by, "accept")
    if not Undertaking.objects.filter(round=seat.item.round, expert=seat.expert).exists():
        raise Refused("请先签署本轮的评审承诺书，再接受评审任务。", article="8(2)")
    workflow.move(seat, "accept", by=by)
    return _sheet_of(seat)


@workflow.action
def recuse(assignment, *, by, note, kind="other") -> None:
    """Withdraw from an item with its kind and a reason; from then on nothing of it is visible (D3)."""
    if kind not in RecusalKind.values:
        raise Invalid("请选择回避的情形。")
    # Whoever is in conflict may always say so: the check that keeps others from working on the seat is not made here.
    seat = _seat_of(assignment, by, "recuse_conflict" if kind not in NO_CONFLICT_KINDS else "recuse")
    reason = note.strip()
    if count_strict(reason) < 4:
        raise Invalid("请写明回避的原因（不少于 4 个字）。")
    word = RecusalKind(kind).label
    workflow.move(seat, "recuse", by=by, note=f"{word}：{reason}", reason=reason[:300], recusal_kind=kind)
    text = f"{by.name}申请回避“{seat.item}”（{word}）：{reason}"
    notify.tell(User.objects.with_duty("officer"), "有专家申请回避，请安排递补", text, url="/admin/reviews/round/")


_TOO_EARLY_OR_LATE = {
    Phase.CONFIRMING: "“{round}”的评分尚未开始，现在可以阅读材料、确认或回避。",
    Phase.SCORING: "确认与回避的时间已截止。有利益冲突的仍可申请回避，请选择相应情形；其他原因请联系中心经办人。",
    Phase.OVER: "“{round}”的评审时间已截止，不能再修改。请联系中心经办人。",
}
_NOT_RUNNING = "“{round}”不在评审中，不能再修改。已提交的内容不受影响。"


def _seat_of(assignment, by, act: str, lock_round=workflow.share) -> Assignment:
    """The expert's own seat, locked after its round, when the phase of the round allows `act`.

    Closing the round waits for this, and what is decided here waits for a closing that came first (R6).
    """
    round = lock_round(assignment.item.round)
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("expert__user")
    seat = rows.get(pk=assignment.pk)
    now = timezone.now()
    if not round.allows(act, now):
        words = _TOO_EARLY_OR_LATE.get(round.phase_at(now), _NOT_RUNNING)
        raise Conflict(words.format(round=round.title), article="8(2)")
    if seat.expert.user_id != by.pk or not is_serving(seat.expert):
        raise NotAllowed("这不是您的评审任务。", article="8(2)")
    seat.item = assignment.item
    seat.item.round = round
    return seat


def _running_seat(assignment, by, act: str, lock_round=workflow.share) -> Assignment:
    """The same, for what only an expert without any conflict of interest may do; looked up anew under the lock (R2)."""
    seat = _seat_of(assignment, by, act, lock_round)
    if conflicts.detect(seat.expert, seat.item.judged_application):
        raise InConflict("系统发现您与该项目存在利益冲突，须回避。评分未被接受。", article="8(2)")
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
def save_sheet(
    *, assignment, scores, comments, recommendation, comment, revision, by, skipped=frozenset()
) -> ScoreSheet:
    """Keep a draft: `scores` criterion -> text or Decimal ("" is missing, never zero), `comments` criterion -> text,
    `skipped` the criteria that do not apply.

    Invalid lists every bad field and keeps nothing; Stale when `revision` is not that of the stored sheet.
    """
    seat = _running_seat(assignment, by, "score")
    if seat.state != "accepted":
        raise Conflict("评分表已提交锁定，不能修改。需要修改的，请联系中心经办人退回。", article="8(2)")
    scheme = scoring.scheme_of(seat.item.round.scheme)
    points = read_points(scheme, scores, skipped)
    if recommendation and recommendation not in {choice.code for choice in scheme.recommendations}:
        raise Invalid("请选择表中所列的推荐意见。")
    if set(comments) - {row.code for row in scheme.criteria}:
        raise Invalid("提交的评语中有本表没有的指标。请刷新页面后重试。")
    entries = list(ScoreEntry.objects.filter(sheet__assignment=seat.pk).select_related("sheet"))
    sheet = entries[0].sheet
    if sheet.revision != revision:
        raise Stale("这张评分表已在另一个窗口保存过，本页内容还没有保存。请核对不同之处，再决定保存或放弃。")
    _write_entries(scheme, entries, points, comments, skipped)
    sheet.recommendation, sheet.comment = recommendation, comment.strip()[:TEXT_MAX]
    sheet.revision += 1
    sheet.save(update_fields=["recommendation", "comment", "revision", "updated_at"])
    return sheet


def _write_entries(scheme, entries, points, comments, skipped) -> None:
    """Only the rows that changed, in one statement."""
    known, changed = {row.code for row in scheme.criteria}, []
    for entry in entries:
        if entry.criterion not in known:
            continue
        new = points.get(entry.criterion)
        kept = None if new is not None else entry.set_aside
        text = comments.get(entry.criterion, "").strip()[:TEXT_MAX]
        wanted = (new, kept, entry.criterion in skipped, text)
        if wanted != (entry.points, entry.set_aside, entry.not_applicable, entry.comment):
            entry.points, entry.set_aside, entry.not_applicable, entry.comment = wanted
            changed.append(entry)
    columns = ["points", "set_aside", "not_applicable", "comment"]
    if len(changed) == 1:
        # What autosave sends as a rule; a bulk update costs twice as much to put into words.
        changed[0].save(update_fields=columns)
    elif changed:
        ScoreEntry.objects.bulk_update(changed, columns)


def read_points(scheme: scoring.Scheme, scores, skipped=frozenset()) -> dict[str, Decimal | None]:
    """Criterion -> points; Invalid with every problem at once, or for a criterion that is not in the scheme (R7)."""
    if (set(scores) | set(skipped)) - {row.code for row in scheme.criteria}:
        raise Invalid("提交的评分中有本表没有的指标。请刷新页面后重试。")
    points, problems = {}, []
    for row in scheme.criteria:
        value = scores.get(row.code)
        try:
            points[row.code] = scoring.parse_points("" if value is None else str(value), row.maximum, scheme.step)
        except scoring.PointsError as problem:
            problems.append(f"“{row.name}”{problem}")
            continue
        if row.code in skipped and not row.may_skip:
            problems.append(f"“{row.name}”不能标为不适用。")
        elif row.code in skipped and points[row.code] is not None:
            problems.append(f"“{row.name}”既填了得分，又标为不适用，请只留其一。")
    if problems:
        raise Invalid("；".join(problems))
    return points


@workflow.action
def submit_sheet(assignment, *, by) -> ScoreSheet:
    """Submit and lock a complete sheet; the total is added up here (D4, R5)."""
    seat = _running_seat(assignment, by, "score", workflow.lock)
    if seat.state == "submitted":
        raise Conflict("评分表已经提交，不能重复提交。", article="8(2)")
    if seat.state != "accepted":
        raise Refused("请先接受评审任务并填写评分表。", article="8(2)")
    round = seat.item.round
    scheme = scoring.scheme_of(round.scheme)
    sheet = workflow.lock(_sheet_of(seat))
    entries = {entry.criterion: entry for entry in sheet.entries.all()}
    problems = missing_parts(scheme, sheet, entries)
    if problems:
        raise Invalid("评分表还不完整：" + "；".join(problems) + "。")
    now = timezone.now()
    sheet.total = total_of(scheme, entries)
    sheet.locked, sheet.submitted_at = True, now
    sheet.save()
    if round.scheme_frozen_at is None:
        # From now on all sheets of the round are held to this scheme; the trigger reads the column too.
        round.scheme_frozen_at = now
        round.save(update_fields=["scheme_frozen_at"])
        events.record("round.freeze", "评分表随首份提交锁定", round, by=None)
    workflow.move(seat, "submit", by=by, submitted_at=now)
    return sheet


def total_of(scheme: scoring.Scheme, entries: dict[str, ScoreEntry]) -> Decimal:
    """The total of a sheet as it stands."""
    skipped = frozenset(code for code, entry in entries.items() if entry.not_applicable)
    return scoring.total_of(scheme, {code: entry.points for code, entry in entries.items()}, skipped)


def missing_parts(scheme: scoring.Scheme, sheet: ScoreSheet, entries: dict[str, ScoreEntry]) -> list[str]:
    """What a sheet still lacks before it can be submitted, in Chinese."""
    problems = [text for row in scheme.criteria for text in _missing_in(row, entries[row.code])]
    if all(entries[row.code].not_applicable for row in scheme.criteria):
        problems.append("不能把全部指标标为不适用")
    if not sheet.recommendation:
        problems.append("未选择推荐意见")
    written = count_strict(sheet.comment)
    if written < scheme.comment_min_chars:
        problems.append(f"总体评价至少 {scheme.comment_min_chars} 字，现有 {written} 字")
    return problems


def _missing_in(row: scoring.Criterion, entry: ScoreEntry) -> list[str]:
    """What one criterion lacks."""
    written = count_strict(entry.comment)
    if entry.not_applicable:
        short = written < LOW_COMMENT_CHARS
        return [f"“{row.name}”标为不适用，须写明理由（不少于 {LOW_COMMENT_CHARS} 字）"] if short else []
    if entry.points is None and entry.set_aside is not None:
        return [f"“{row.name}”原得分 {scoring.plain(entry.set_aside)} 不符合调整后的评分表，请重新评分"]
    if entry.points is None:
        return [f"“{row.name}”未评分"]
    if entry.points * 100 < row.maximum * LOW_RATIO and written < LOW_COMMENT_CHARS:
        return [f"“{row.name}”得分低于满分的 {LOW_RATIO}%，须写明理由（不少于 {LOW_COMMENT_CHARS} 字）"]
    if written < row.comment_min:
        return [f"“{row.name}”的评语至少 {row.comment_min} 字，现有 {written} 字"]
    return []


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
    text = f"“{shown_title(seat.item)}”的评分表已退回：{note}"
    notify.tell([seat.expert.user], "评分表已退回修改", text, url=f"/reviews/seats/{seat.pk}/")


@workflow.action
def void_assignment(assignment, *, by, note) -> None:
    """End a seat with a reason; its sheet stays readable for the center but does not count (R14)."""
    round = workflow.lock(assignment.item.round)
    seat = workflow.lock(assignment)
    if not note.strip():
        raise Invalid("请填写作废的理由。")
    if round.state not in ("draft", "open"):
        raise Refused("本轮评审已结束，席位不能作废。", article="8(2)")
    workflow.move(seat, "void", by=by, note=note, reason=note.strip()[:300])


@workflow.action
def save_summary(assignment, *, text, by) -> None:
    """The chair writes the panel's opinion after submitting his own sheet (domain: 组长汇总)."""
    seat = _running_seat(assignment, by, "summarise")
    if not seat.is_chair or seat.state != "submitted":
        raise NotAllowed("专家组意见由组长在提交本人评分后填写。", article="8(2)")
    if count_strict(text) < 20:
        raise Invalid("专家组意见不少于 20 字。")
    item = workflow.lock(seat.item)
    before = {"chair_summary": item.chair_summary}
    item.chair_summary = text.strip()[:TEXT_MAX]
    item.save(update_fields=["chair_summary"])
    events.record("item.summary", "填写专家组意见", item, by=by, before=before, after={"chair_summary": text[:200]})
