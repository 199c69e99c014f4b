"""The score sheet of a round: changed by the center until the first sheet is submitted, then frozen (D4, D5)."""

from decimal import Decimal

from django.db.models import F

from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from reviews import scoring
from reviews.models import Assignment, Round, ScoreEntry, ScoreSheet
from reviews.queries.schemes import LIMITS


@workflow.action
def change_scheme(round, *, scheme, revision, by, note="") -> Round:
    """Replace the score sheet of a round that nobody has submitted a sheet in; `scheme` as in Round.scheme.

    Sheets already begun keep what they hold: points that fit stay, others are set aside and shown, and their experts
    are told. The lock on the round orders this and every save. A reason is needed once the round is open.
    """
    round = workflow.lock(round)
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能修改评分表。", article="8(2)")
    if round.state not in ("draft", "open"):
        raise Refused("本轮评审已结束，评分表不能修改。", article="8(2)")
    if round.scheme_frozen_at is not None:
        raise Refused("已有专家提交评分，评分表随之锁定，不能再修改。", article="8(2)")
    if round.revision != revision:
        raise Conflict("这一轮次刚刚由他人修改过，您的修改没有保存。请返回查看最新内容后再填写。")
    if round.state == "open" and not note.strip():
        raise Invalid("评审已经开始，请写明修改评分表的理由，专家会看到。")
    new, before = _checked(scheme), round.scheme
    if new == before:
        return round
    round.scheme, round.revision = new, round.revision + 1
    round.save(update_fields=["scheme", "revision"])
    after = scoring.scheme_of(new)
    told = _carry_over(round, after)
    events.record(
        "round.scheme", "修改评分表", round, by=by, note=note,
        before=_outline(scoring.scheme_of(before)), after=_outline(after) | {"drafts": told},
    )  # fmt: skip
    return round


def _checked(scheme: dict) -> dict:
    """The scheme as it will be stored, or Invalid with the sentence that says what is wrong."""
    try:
        read = scoring.scheme_of(scheme)
    except ValueError as problem:
        raise Invalid(str(problem)) from problem
    if not 1 <= len(read.criteria) <= LIMITS["criteria"]:
        raise Invalid(f"评分表须有 1 至 {LIMITS['criteria']} 项指标。")
    if any(row.maximum % 1 for row in read.criteria):
        raise Invalid("各项满分须为整数。")
    ratios = [ratio for _, ratio in read.bands]
    if ratios and (sorted(ratios, reverse=True) != ratios or ratios[-1] != 0 or len(set(ratios)) != len(ratios)):
        raise Invalid("档次须从高到低排列，互不相同，最低一档从 0 起。")
    return scheme


def _outline(scheme: scoring.Scheme) -> dict:
    """What the log keeps of a scheme."""
    return {
        "criteria": {row.name: scoring.plain(row.maximum) for row in scheme.criteria},
        "step": scheme.step,
        "comment_min_chars": scheme.comment_min_chars,
    }


def _carry_over(round: Round, scheme: scoring.Scheme) -> int:
    """Fit the entries of all begun sheets to the new scheme and tell their experts; returns how many sheets."""
    sheets = list(ScoreSheet.objects.filter(assignment__item__round=round))
    if not sheets:
        return 0
    entries = {(row.sheet_id, row.criterion): row for row in ScoreEntry.objects.filter(sheet__in=sheets)}
    criteria = {row.code: row for row in scheme.criteria}
    for entry in entries.values():
        _fit(entry, criteria.get(entry.criterion), scheme.step)
    ScoreEntry.objects.bulk_update(
        entries.values(), ["maximum", "points", "set_aside", "not_applicable"], batch_size=200
    )
    ScoreEntry.objects.bulk_create(
        ScoreEntry(sheet=sheet, criterion=row.code, maximum=row.maximum)
        for sheet in sheets
        for row in scheme.criteria
        if (sheet.pk, row.code) not in entries
    )
    ScoreSheet.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(revision=F("revision") + 1)
    seats = Assignment.objects.live().filter(sheet__in=sheets).select_related("expert__user")
    text = f"“{round.title}”的评分表已由中心调整。已填的分数仍在；超过新满分的不计入，请打开评分表核对后再提交。"
    notify.tell({seat.expert.user for seat in seats}, "评分表已调整，请核对", text, url="/reviews/")
    return len(sheets)


def _fit(entry: ScoreEntry, criterion: scoring.Criterion | None, step: str) -> None:
    """Keep the points where the new criterion takes them, set them aside where not; nothing is lost."""
    given = entry.points if entry.points is not None else entry.set_aside
    if criterion is None:
        entry.points, entry.set_aside, entry.not_applicable = None, given, False
        return
    entry.maximum = criterion.maximum
    entry.not_applicable = entry.not_applicable and criterion.may_skip
    fits = given is not None and given <= criterion.maximum and given % scoring.STEPS[step] == Decimal(0)
    entry.points, entry.set_aside = (given, None) if fits and not entry.not_applicable else (None, given)
