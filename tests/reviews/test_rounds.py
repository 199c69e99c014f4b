"""From a round's creation to its stored results (D2-D5, R5-R7, R10, R11, R14)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from reviews.actions import rounds, sheets
from reviews.models import Assignment, ReviewItem, ScoreEntry, ScoreSheet
from tests.factories import make_application, make_expert, make_user
from tests.reviews.worlds import (
    accept,
    applications_under_review,
    open_world,
    points,
    save,
    score,
    seat_of,
    selection_round,
)

pytestmark = pytest.mark.django_db


def test_a_round_freezes_the_newest_version_and_moves_applications_to_review():
    rows = applications_under_review(2)
    round = selection_round(rows)
    assert {item.version.number for item in round.items.all()} == {1}
    assert {row.state for row in rows[0].call.applications.all()} == {"under_review"}
    assert round.scheme["comment_min_chars"] == 30


def test_a_round_refuses_applications_that_did_not_pass_the_formality_check():
    with pytest.raises(Refused, match="形式审查通过"):
        selection_round([make_application(state="submitted")])


def test_an_application_sits_in_one_open_round_only():
    rows = applications_under_review(1)
    selection_round(rows)
    with pytest.raises(Refused, match="未结束的评审轮次"):
        selection_round(rows)


def test_only_the_officer_creates_rounds():
    with pytest.raises(NotAllowed):
        selection_round(applications_under_review(1), make_user("finance"))


def test_a_round_opens_only_with_the_quorum_of_seats():
    round = selection_round(applications_under_review(1))
    rounds.assign_expert(item=round.items.get(), expert=make_expert(), by=round.created_by)
    with pytest.raises(Refused, match="至少需要 2 位"):
        rounds.open_round(round, by=round.created_by)


def test_an_expert_is_seated_once_and_within_his_load():
    rows = applications_under_review(2)
    round = selection_round(rows)
    one, two = round.items.order_by("pk")
    expert = make_expert(max_load=1)
    rounds.assign_expert(item=one, expert=expert, by=round.created_by)
    with pytest.raises(Conflict, match="不能重复指派"):
        rounds.assign_expert(item=one, expert=expert, by=round.created_by)
    with pytest.raises(Refused, match="上限"):
        rounds.assign_expert(item=two, expert=expert, by=round.created_by)


def test_undertaking_comes_before_the_content_and_in_ones_own_name():
    round, (expert, *_), _ = open_world()
    seat = seat_of(round, expert)
    with pytest.raises(Refused, match="承诺书"):
        sheets.accept_assignment(seat, by=expert.user)
    with pytest.raises(Invalid, match="签署姓名"):
        sheets.sign_undertaking(round=round, by=expert.user, signed_name="别人")
    with pytest.raises(NotAllowed):
        sheets.sign_undertaking(round=round, by=make_expert().user, signed_name="x")
    assert accept(seat).state == "accepted"


def test_recusal_needs_a_reason_and_ends_the_seat():
    round, (expert, *_), officer = open_world()
    seat = seat_of(round, expert)
    with pytest.raises(Invalid):
        sheets.recuse(seat, by=expert.user, note="无")
    sheets.recuse(seat, by=expert.user, note="与负责人有师生关系")
    make_expert()
    seat.refresh_from_db()
    new = rounds.substitute(seat, by=officer)
    assert (seat.state, new.origin, new.is_chair) == ("recused", "substitute", True)


def test_a_sheet_keeps_drafts_and_detects_a_second_window():
    round, (expert, *_), _ = open_world()
    seat = accept(seat_of(round, expert))
    sheet = save(seat, scores={"goals": "18.5"})
    assert ScoreEntry.objects.get(sheet=sheet, criterion="goals").points == Decimal("18.50")
    assert ScoreEntry.objects.filter(sheet=sheet, points__isnull=False).count() == 1
    with pytest.raises(Conflict, match="另一个窗口"):
        save(seat, revision=0)


@pytest.mark.parametrize("bad", ["-1", "20.5", "NaN", "1e1", "1_0", "abc"])
def test_a_sheet_refuses_bad_points_by_name(bad):
    round, (expert, *_), _ = open_world()
    seat = accept(seat_of(round, expert))
    with pytest.raises(Invalid, match="目标与指标"):
        save(seat, scores={"goals": bad})
    with pytest.raises(Invalid, match="没有的指标"):
        save(seat, scores={"other": "1"})


def test_submission_needs_every_part_and_names_what_is_missing():
    round, (expert, *_), _ = open_world()
    seat = accept(seat_of(round, expert))
    save(seat, scores=points(seat, 80) | {"goals": ""}, recommendation="", comment="很好")
    with pytest.raises(Invalid, match=r"未评分.*推荐意见.*至少 30 字"):
        sheets.submit_sheet(seat, by=expert.user)
    seat.refresh_from_db()
    save(Assignment.objects.get(pk=seat.pk), 40, comments={})
    with pytest.raises(Invalid, match="须写明理由"):
        sheets.submit_sheet(seat, by=expert.user)


def test_a_submitted_sheet_is_locked_by_action_and_database():
    round, (expert, *_), officer = open_world()
    seat = score(seat_of(round, expert))
    with pytest.raises(Conflict, match="已提交锁定"):
        save(seat, 90)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreEntry.objects.filter(sheet=seat.sheet).update(points=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreSheet.objects.filter(pk=seat.sheet.pk).update(total=1)
    with pytest.raises(Conflict):
        sheets.submit_sheet(seat, by=expert.user)
    with pytest.raises(Invalid):
        sheets.unlock_sheet(seat, by=officer, note="")
    sheets.unlock_sheet(seat, by=officer, note="专家申请更正评语")
    seat = Assignment.objects.get(pk=seat.pk)
    assert (seat.state, seat.sheet.locked) == ("accepted", False)


def test_a_round_that_shows_others_never_gives_a_sheet_back():
    round, (expert, *_), officer = open_world(show_others_after_submit=True)
    seat = score(seat_of(round, expert))
    with pytest.raises(Refused, match="独立评分"):
        sheets.unlock_sheet(seat, by=officer, note="更正")


def test_nobody_scores_for_another_or_after_the_deadline():
    round, (expert, other, _), officer = open_world()
    seat = accept(seat_of(round, expert))
    for stranger in (other.user, officer):
        with pytest.raises(NotAllowed):
            sheets.submit_sheet(seat, by=stranger)
    with pytest.raises(NotAllowed):
        sheets.save_sheet(
            assignment=seat, scores={}, comments={}, recommendation="", comment="", revision=0, by=officer
        )
    type(round).objects.filter(pk=round.pk).update(
        opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(seconds=1)
    )
    with pytest.raises(Conflict, match="已截止"):
        save(Assignment.objects.get(pk=seat.pk))


def test_closing_refuses_missing_scores_unless_waived_in_writing_and_never_counts_them_as_zero():
    round, people, officer = open_world()
    with pytest.raises(Refused, match="缺评不能按 0 分计"):
        rounds.close_round(round, by=officer, note="没有时间了")
    for expert, share in zip(people[:2], (80, 90), strict=True):
        score(seat_of(round, expert), share)
    with pytest.raises(Refused, match="评分不齐"):
        rounds.close_round(round, by=officer)
    rounds.close_round(round, by=officer, note="一位专家因病无法评审")
    item = round.items.get()
    assert (item.n, item.score, item.rank) == (2, Decimal("84.50"), 1)
    assert item.application.state == "scored"
    round.refresh_from_db()
    assert round.waiver == "一位专家因病无法评审"


def test_results_use_the_trimmed_mean_from_five_sheets_and_rank_applications():
    round, people, officer = open_world(applications=2, experts=5, experts_per_item=5, quorum=5)
    for place, expert in enumerate(people):
        score(seat_of(round, expert, 0), 60 + 5 * place)
        score(seat_of(round, expert, 1), 95)
    rounds.close_round(round, by=officer)
    first, second = round.items.order_by("pk")
    totals = sorted(seat.sheet.total for seat in first.assignments.all())
    assert first.score == first.trimmed_mean == (sum(totals[1:-1]) / 3).quantize(Decimal("0.01"))
    assert (second.rank, first.rank) == (1, 2)
    assert first.score_range == totals[-1] - totals[0]


def test_a_voided_seat_does_not_count():
    round, people, officer = open_world()
    for expert, share in zip(people, (80, 80, 100), strict=True):
        score(seat_of(round, expert), share)
    sheets.void_assignment(seat_of(round, people[2]), by=officer, note="发现利益关系")
    rounds.close_round(round, by=officer)
    assert round.items.get().n == 2


def test_a_closed_round_is_frozen_in_the_database():
    round, people, officer = open_world()
    for expert in people:
        score(seat_of(round, expert))
    rounds.close_round(round, by=officer)
    seat = seat_of(round, people[0])
    tries = [
        (ScoreSheet.objects.filter(assignment=seat), {"locked": False}),
        (ScoreEntry.objects.filter(sheet__assignment=seat), {"points": 0}),
        (ReviewItem.objects.filter(round=round), {"score": 99}),
    ]
    for rows, change in tries:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(Refused):
        sheets.unlock_sheet(seat, by=officer, note="更正")
    with pytest.raises(Refused):
        sheets.void_assignment(seat, by=officer, note="更正")
    with pytest.raises(Conflict):
        rounds.close_round(round, by=officer)


def test_the_chair_writes_the_opinion_of_the_panel_after_his_own_sheet():
    round, (chair, other, _), _ = open_world()
    seat = accept(seat_of(round, chair))
    text = "专家组经讨论，一致认为该项目目标明确、基础扎实，建议优先支持。"
    with pytest.raises(NotAllowed):
        sheets.save_summary(seat, text=text, by=chair.user)
    save(seat)
    sheets.submit_sheet(seat, by=chair.user)
    sheets.save_summary(seat, text=text, by=chair.user)
    assert round.items.get().chair_summary == text
    with pytest.raises(NotAllowed):
        sheets.save_summary(score(seat_of(round, other)), text=text, by=other.user)


def test_the_deadline_moves_only_forward_and_while_the_round_lives():
    round, _, officer = open_world()
    with pytest.raises(Invalid):
        rounds.extend_round(round, closes_at=timezone.now() - timedelta(days=1), by=officer)
    later = timezone.now() + timedelta(days=30)
    assert rounds.extend_round(round, closes_at=later, by=officer, note="延长").closes_at == later
