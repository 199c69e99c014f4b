"""Scores that cannot be bent: invariants R5, R6, R7, R10, R11, R14, by page, by action and by raw SQL."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import Conflict, Refused
from portal.models import Event
from reviews import scoring
from reviews.actions import rounds, sheets
from reviews.models import Assignment, ScoreEntry, ScoreSheet
from tests.factories import make_expert, make_user
from tests.reviews import worlds

pytestmark = pytest.mark.django_db


def refused_by_database(statement: str, *parameters) -> bool:
    """Whether the database itself refuses a statement that touches at least one row."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            assert cursor.rowcount > 0, "the statement touched no row: the test shows nothing"
    except IntegrityError:
        return True
    return False


@pytest.fixture
def closed():
    """A closed round with three submitted sheets on one item."""
    round, people, officer = worlds.open_world()
    for expert, share in zip(people, (70, 80, 90), strict=True):
        worlds.score(worlds.seat_of(round, expert), share)
    rounds.close_round(round, by=officer)
    round.refresh_from_db()
    return round, people, officer


def test_r5_others_open_with_a_complete_sheet_only_and_then_ones_own_is_frozen(client):
    round, people, officer = worlds.open_world(show_others_after_submit=True)
    worlds.score(worlds.seat_of(round, people[1]), 90)
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    page = reverse("review_seat", args=[seat.pk])
    empty = {"revision": "0", "submit": "1", "comment": "", "recommendation": ""}
    assert client.post(page, empty).status_code == 302
    assert client.post(reverse("review_submit", args=[seat.pk])).status_code == 400
    assert "其他专家的评分" not in client.get(page).content.decode()
    seat = Assignment.objects.get(pk=seat.pk)
    worlds.save(seat, 80)
    sheets.submit_sheet(seat, by=people[0].user)
    assert "其他专家的评分" in client.get(page).content.decode()
    typed = {f"points_{code}": "1" for code in worlds.points(seat, 80)} | {"revision": "2", "comment": "改"}
    assert client.post(page, typed).status_code == 409
    assert ScoreSheet.objects.get(assignment=seat).total == 80
    with pytest.raises(Refused, match="独立评分"):
        sheets.unlock_sheet(Assignment.objects.get(pk=seat.pk), by=officer, note="想再改改")


def test_r6_after_closing_no_way_leads_to_a_score(closed, client):
    round, people, officer = closed
    seat = worlds.seat_of(round, people[0])
    total = seat.sheet.total
    client.force_login(people[0].user)
    typed = {f"points_{code}": "1" for code in worlds.points(seat, 80)} | {"revision": "1"}
    for name in ("review_seat", "review_autosave", "review_submit"):
        assert client.post(reverse(name, args=[seat.pk]), typed).status_code in (302, 409)
    for act in (sheets.unlock_sheet, sheets.void_assignment):
        with pytest.raises(Refused):
            act(Assignment.objects.get(pk=seat.pk), by=officer, note="更正")
    statements = [
        ("UPDATE reviews_scoreentry SET points = 1 WHERE sheet_id = %s", seat.sheet.pk),
        ("DELETE FROM reviews_scoreentry WHERE sheet_id = %s", seat.sheet.pk),
        ("UPDATE reviews_scoresheet SET locked = %s WHERE id = %s", False, seat.sheet.pk),
        ("UPDATE reviews_scoresheet SET total = 1 WHERE id = %s", seat.sheet.pk),
        ("DELETE FROM reviews_scoresheet WHERE id = %s", seat.sheet.pk),
        ("UPDATE reviews_assignment SET state = 'voided', reason = 'x' WHERE id = %s", seat.pk),
        ("UPDATE reviews_reviewitem SET score = 99 WHERE round_id = %s", round.pk),
        ("UPDATE reviews_round SET scheme = '{}' WHERE id = %s", round.pk),
        ("UPDATE reviews_round SET scheme_frozen_at = NULL WHERE id = %s", round.pk),
    ]
    assert [statement for statement, *rest in statements if not refused_by_database(statement, *rest)] == []
    stored = ScoreSheet.objects.get(pk=seat.sheet.pk)
    assert (stored.total, stored.locked) == (total, True)


def test_r6_the_ranking_rests_on_the_sheets_as_stored(closed):
    round, _, _ = closed
    totals = sorted(ScoreSheet.objects.filter(assignment__item__round=round).values_list("total", flat=True))
    item = round.items.get()
    assert (item.n, item.mean) == (3, scoring.rounded(sum(totals) / 3))
    for sheet in ScoreSheet.objects.filter(assignment__item__round=round):
        assert sheet.total == sum(sheet.entries.values_list("points", flat=True))


@pytest.mark.parametrize(
    "typed",
    ["-1", "20.5", "101", "60.25", "NaN", "Infinity", "1e2", "1_000", "٣", "-0", "0x1", "१", "１０１", "1,5", "+5"],
)
def test_r7_points_that_are_no_plain_number_in_range_are_refused(client, typed):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    page = reverse("review_seat", args=[seat.pk])
    answer = client.post(page, {"points_goals": typed, "revision": "0"})
    assert answer.status_code == 400
    assert "目标与指标" in answer.content.decode()
    assert (
        client.post(reverse("review_autosave", args=[seat.pk]), {"points_goals": typed, "revision": "0"}).status_code
        == 400
    )
    assert ScoreEntry.objects.filter(sheet=seat.sheet, points__isnull=False).count() == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"points_goals": ["1", "2"]},
        {"points_other": "1"},
        {"points_goals2": "1"},
        {"skip_goals": "on"},
        {"skip_other": "on"},
        {"recommendation": "best"},
        {"revision": "-1"},
        {"revision": ""},
    ],
)
def test_r7_a_sheet_of_another_shape_is_refused(client, sent):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    answer = client.post(reverse("review_seat", args=[seat.pk]), {"points_goals": "7", "revision": "0"} | sent)
    assert answer.status_code == 400
    assert ScoreEntry.objects.filter(sheet=seat.sheet, points__isnull=False).count() == 0


def test_r7_a_missing_criterion_is_missing_and_full_width_digits_count(client):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    client.post(reverse("review_seat", args=[seat.pk]), {"points_goals": " １８．５ ", "revision": "0"})
    points = dict(seat.sheet.entries.values_list("criterion", "points"))
    assert points.pop("goals") == Decimal("18.50")
    assert set(points.values()) == {None}
    with pytest.raises(Refused, match="未评分"):
        sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=people[0].user)


def test_r7_the_database_takes_no_points_out_of_range():
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    for points in ("-1", "20.5", "101"):
        change = "UPDATE reviews_scoreentry SET points = %s WHERE sheet_id = %s AND criterion = 'goals'"
        assert refused_by_database(change, points, seat.sheet.pk)
    both = "UPDATE reviews_scoreentry SET points = 1, not_applicable = %s WHERE sheet_id = %s"
    assert refused_by_database(both, True, seat.sheet.pk)


def test_r10_an_expert_sits_once_and_a_round_needs_its_quorum():
    round = worlds.selection_round(worlds.applications_under_review(1), quorum=2)
    item, expert = round.items.get(), make_expert()
    rounds.assign_expert(item=item, expert=expert, by=round.created_by)
    with pytest.raises(Conflict, match="不能重复指派"):
        rounds.assign_expert(item=item, expert=expert, by=round.created_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(item=item, expert=expert, assigned_by=round.created_by)
    with pytest.raises(Refused, match="至少需要 2 位"):
        rounds.open_round(round, by=round.created_by)
    second = make_expert()
    rounds.assign_expert(item=item, expert=second, by=round.created_by)
    rounds.open_round(round, by=round.created_by)
    with pytest.raises(Refused, match="还没有任何有效评分"):
        rounds.close_round(round, by=round.created_by, note="急")
    worlds.score(worlds.seat_of(round, expert), 80)
    with pytest.raises(Refused, match="评分不齐"):
        rounds.close_round(round, by=round.created_by)
    rounds.close_round(round, by=round.created_by, note="一位专家病休，已书面说明")
    round.refresh_from_db()
    assert (round.state, round.waiver) == ("closed", "一位专家病休，已书面说明")


HALVES = st.integers(0, 200).map(lambda half: Decimal(half) / 2)


@given(st.lists(HALVES, min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_r11_the_same_sheets_give_the_same_figures_in_any_order(scores, random):
    mixed = list(scores)
    random.shuffle(mixed)
    for method in ("mean", "trimmed"):
        assert scoring.aggregate(scores, method) == scoring.aggregate(mixed, method)


def test_r11_ties_and_halves_follow_the_written_rule():
    equal = scoring.aggregate([Decimal(80)] * 3, "trimmed")
    assert (equal.trimmed, equal.score, equal.sd) == (None, Decimal("80.00"), Decimal("0.00"))
    # Half up, not to even: 80.125 -> 80.13.
    assert scoring.rounded(Decimal("80.125")) == Decimal("80.13")
    assert scoring.rank([("b", Decimal(80), Decimal(9)), ("a", Decimal(80), Decimal(9)), ("c", Decimal(80), None)]) == {
        "b": 1,
        "a": 1,
        "c": 3,
    }


def test_r14_nobody_writes_a_score_for_an_expert(client):
    round, people, officer = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    worlds.save(seat, 80)
    typed = {f"points_{code}": "1" for code in worlds.points(seat, 80)} | {"revision": "1"}
    for duty in ("officer", "director", "bast", "sysadmin"):
        client.force_login(make_user(duty))
        assert client.post(reverse("review_seat", args=[seat.pk]), typed).status_code == 403
        for name in ("assignment_change", "assignment_add"):
            args = [seat.pk] if name.endswith("change") else []
            answer = client.post(
                reverse(f"admin:reviews_{name}", args=args), {"sheet-0-total": "1", "state": "submitted"}
            )
            assert answer.status_code in (302, 403, 404)
    with pytest.raises(Refused):
        sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=officer)
    assert ScoreSheet.objects.get(assignment=seat).entries.get(criterion="goals").points == 16


def test_r14_a_submitted_sheet_is_only_given_back_or_voided_with_a_reason_and_logged():
    round, people, officer = worlds.open_world()
    seat = worlds.score(worlds.seat_of(round, people[0]), 80)
    statements = [
        ("UPDATE reviews_scoreentry SET points = 1 WHERE sheet_id = %s", seat.sheet.pk),
        ("UPDATE reviews_scoresheet SET total = 1 WHERE id = %s", seat.sheet.pk),
        ("UPDATE reviews_scoresheet SET locked = %s, total = 1 WHERE id = %s", False, seat.sheet.pk),
        ("UPDATE reviews_scoresheet SET locked = %s WHERE id = %s", False, seat.sheet.pk),
        ("UPDATE reviews_scoresheet SET comment = 'x' WHERE id = %s", seat.sheet.pk),
        ("UPDATE reviews_assignment SET expert_id = %s WHERE id = %s", people[1].pk, seat.pk),
        ("UPDATE reviews_round SET show_others_after_submit = %s WHERE id = %s", True, round.pk),
    ]
    assert [statement for statement, *rest in statements if not refused_by_database(statement, *rest)] == []
    sheets.unlock_sheet(seat, by=officer, note="专家来电要求更正评语")
    event = Event.objects.filter(verb="assignment.unlock").latest("pk")
    assert (event.actor_id, event.note) == (officer.pk, "专家来电要求更正评语")
    told = people[0].user.notifications.get(title="评分表已退回修改")
    assert "专家来电要求更正评语" in told.body
    sheets.void_assignment(Assignment.objects.get(pk=seat.pk), by=officer, note="发现利益关系")
    assert ScoreSheet.objects.get(assignment=seat).entries.get(criterion="goals").points == 16
