"""A draw of a round: previewed, confirmed as previewed, repeated from its snapshot; seats by hand and substitutes."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.errors import Conflict, NotAllowed, Refused
from reviews import tasks
from reviews.actions import draws, interests, rounds, sheets
from reviews.models import Assignment, Expert, ExpertAbsence, ExpertDraw
from reviews.queries import pool
from tests.factories import make_expert, make_user
from tests.reviews.worlds import accept, applications_under_review, drawn, seat_of, selection_round

pytestmark = pytest.mark.django_db
KINDS = ("technology", "industry", "finance")


def _round(items: int = 2, experts: int = 6, **options):
    round = selection_round(applications_under_review(items), **options)
    return round, [make_expert(background=KINDS[n % 3]) for n in range(experts)]


def _preview(round, seed="2025", **options):
    draw = draws.request_draw(round, by=round.created_by, seed=seed, **options)
    draws.compute_draw(draw.pk)
    draw.refresh_from_db()
    return draw


def _seats(round) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for seat in Assignment.objects.live().filter(item__round=round):
        found.setdefault(seat.item_id, set()).add(seat.expert_id)
    return found


def test_a_preview_seats_nobody_and_the_commit_is_exactly_the_preview():
    round, _ = _round()
    draw = _preview(round)
    assert (draw.state, Assignment.objects.count()) == ("ready", 0)
    draws.commit_draw(draw, by=round.created_by)
    assert _seats(round) == {int(item): set(experts) for item, experts in draw.result["seats"].items()}
    chairs = {seat.item_id: seat.expert_id for seat in Assignment.objects.filter(is_chair=True)}
    assert chairs == {int(item): expert for item, expert in draw.result["chairs"].items()}
    draw.refresh_from_db()
    assert (draw.state, draw.committed_by) == ("committed", round.created_by)
    with pytest.raises(Conflict, match="已确定"):
        draws.commit_draw(draw, by=round.created_by)


def test_same_seed_and_same_facts_give_the_same_draw():
    round, _ = _round()
    first, second = _preview(round), _preview(round)
    assert (first.digest, first.result) == (second.digest, second.result)
    assert any(_preview(round, seed=str(n)).result != first.result for n in range(5))


@pytest.mark.parametrize("change", ["expert", "conflict", "absence", "seat"])
def test_a_stale_preview_seats_nobody_and_is_drawn_anew(change):
    round, people = _round()
    officer, draw = round.created_by, _preview(round)
    item = round.items.first()
    taken = Expert.objects.get(pk=draw.result["seats"][str(item.pk)][0])
    if change == "expert":
        make_expert()
    elif change == "conflict":
        interests.pin_conflict(expert=taken, by=officer, kind="family", application=item.application)
    elif change == "absence":
        ExpertAbsence.objects.create(expert=taken, away_from=timezone.localdate())
    else:
        rounds.assign_expert(item=item, expert=people[0], by=officer)
    before = _seats(round)
    fresh = draws.commit_draw(draw, by=officer)
    draw.refresh_from_db()
    assert (draw.state, fresh.state, fresh.seed) == ("stale", "queued", draw.seed)
    assert draw.error
    assert _seats(round) == before
    draws.compute_draw(fresh.pk)
    fresh.refresh_from_db()
    assert draws.commit_draw(fresh, by=officer).pk == fresh.pk


def test_seats_by_hand_are_kept_and_count():
    round, people = _round()
    item = round.items.first()
    seat = rounds.assign_expert(item=item, expert=people[0], by=round.created_by, is_chair=True)
    drawn(round)
    seat.refresh_from_db()
    assert (seat.state, seat.origin) == ("assigned", "manual")
    assert all(len(experts) == 3 for experts in _seats(round).values())
    assert Assignment.objects.filter(item=item, is_chair=True).get() == seat


def test_a_seat_taken_away_before_opening_is_not_drawn_again_but_can_be_given_back():
    round, people = _round(items=1, experts=4)
    officer = round.created_by
    seat = rounds.assign_expert(item=round.items.get(), expert=people[0], by=officer)
    sheets.void_assignment(seat, by=officer, note="指派有误")
    drawn(round)
    assert people[0].pk not in _seats(round)[round.items.get().pk]
    other = Assignment.objects.live().get(expert=people[1])
    sheets.void_assignment(other, by=officer, note="让出席位")
    again = rounds.assign_expert(item=round.items.get(), expert=people[0], by=officer)
    assert (again.pk, again.state, again.reason) == (seat.pk, "assigned", "")
    rounds.open_round(round, by=officer)
    sheets.void_assignment(Assignment.objects.get(pk=seat.pk), by=officer, note="时间冲突")
    with pytest.raises(Refused, match="已安排过"):
        rounds.assign_expert(item=round.items.get(), expert=people[0], by=officer)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"available": False}, "已停用"),
        ({"term_until": timezone.localdate() + timedelta(days=3)}, "聘期已满"),
    ],
)
def test_who_cannot_serve_for_the_whole_round_is_neither_drawn_nor_seated(change, word):
    round, people = _round(items=1, experts=4)
    Expert.objects.filter(pk=people[0].pk).update(**change)
    expert = Expert.objects.get(pk=people[0].pk)
    with pytest.raises(Refused, match=word):
        rounds.assign_expert(item=round.items.get(), expert=expert, by=round.created_by)
    drawn(round)
    assert expert.pk not in _seats(round)[round.items.get().pk]


@pytest.mark.parametrize(("first", "last", "is_away"), [(-9, -1, False), (-9, 0, True), (9, 30, True), (11, 30, False)])
def test_an_absence_that_touches_the_round_keeps_an_expert_out(first, last, is_away):
    round, people = _round(items=1, experts=1)
    day = timezone.localdate()
    ExpertAbsence.objects.create(
        expert=people[0], away_from=day + timedelta(days=first), away_to=day + timedelta(days=last)
    )
    assert (people[0].pk in pool.away_in(round)) == is_away


def test_earlier_rounds_of_the_year_count_for_the_load():
    first, people = _round(items=4, experts=6)
    drawn(first)
    busy = Counter(Assignment.objects.values_list("expert", flat=True))
    second = selection_round(applications_under_review(1), first.created_by)
    fresh = [make_expert(background=kind) for kind in KINDS]
    drawn(second)
    assert _seats(second)[second.items.get().pk] == {expert.pk for expert in fresh}
    assert busy[people[0].pk] == 2


def test_the_wish_for_a_panel_is_kept_with_the_round_and_limited():
    round, _ = _round()
    with pytest.raises(Refused, match="不能超过每项专家数 3"):
        draws.request_draw(round, by=round.created_by, mix={"technology": 4})
    draw = _preview(round, mix={"finance": 2})
    round.refresh_from_db()
    assert round.panel_mix == {"finance": 2}
    kinds = dict(Expert.objects.values_list("pk", "background"))
    for experts in draw.result["seats"].values():
        assert Counter(kinds[pk] for pk in experts)["finance"] == 2


def test_reserves_step_in_in_their_order_and_skip_who_cannot():
    round, _ = _round(items=1, experts=8)
    officer, draw = round.created_by, drawn(round)
    item = round.items.get()
    rounds.open_round(round, by=officer)
    order = draw.result["reserves"][str(item.pk)]
    kinds = dict(Expert.objects.values_list("pk", "background"))
    Expert.objects.filter(pk=order[0]).update(available=False)
    leaving = Assignment.objects.filter(item=item, is_chair=True).get()
    sheets.void_assignment(leaving, by=officer, note="因病不能参加")
    seat = rounds.substitute(Assignment.objects.get(pk=leaving.pk), by=officer)
    free = [pk for pk in order[1:] if kinds[pk] == kinds[leaving.expert_id]] or order[1:]
    assert (seat.expert_id, seat.origin, seat.is_chair) == (free[0], "substitute", True)


def test_without_reserves_a_substitute_is_drawn_or_the_lack_is_explained():
    round, people = _round(items=1, experts=3)
    officer = round.created_by
    for expert in people:
        rounds.assign_expert(item=round.items.get(), expert=expert, by=officer)
    rounds.open_round(round, by=officer)
    seat = accept(seat_of(round, people[0]))
    sheets.recuse(seat, by=people[0].user, note="曾指导该团队")
    gone = Assignment.objects.get(pk=seat.pk)
    with pytest.raises(Refused, match=r"没有可递补的专家.*已安排过本项目 3 人"):
        rounds.substitute(gone, by=officer)
    spare = make_expert()
    assert rounds.substitute(gone, by=officer).expert == spare


def test_a_full_round_needs_no_draw_and_others_may_not_draw():
    round, _ = _round(items=1, experts=4)
    drawn(round)
    with pytest.raises(Refused, match="无需抽取"):
        draws.request_draw(round, by=round.created_by)
    with pytest.raises(NotAllowed):
        draws.request_draw(round, by=make_user("director"))


def test_a_confirmed_draw_is_recomputed_from_its_snapshot_whatever_happened_since(capsys):
    round, people = _round()
    draw = drawn(round)
    Expert.objects.update(max_load=1, fields=[], unit_name="改名后的单位")
    assert draws.recompute_draw(ExpertDraw.objects.get(pk=draw.pk))
    call_command("recompute_draws", round=round.pk)
    assert "一致" in capsys.readouterr().out
    other = ExpertDraw.objects.create(
        round=round, seed="1", requested_by=round.created_by, snapshot=draw.snapshot, digest=draw.digest,
        result=draw.result | {"chairs": {}}, state="committed", committed_by=round.created_by,
        committed_at=timezone.now(),
    )  # fmt: skip
    assert not draws.recompute_draw(other)
    with pytest.raises(CommandError, match="不一致"):
        call_command("recompute_draws")
    assert people


def test_a_confirmed_draw_cannot_be_rewritten():
    round, _ = _round()
    draw = drawn(round)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertDraw.objects.filter(pk=draw.pk).update(result={})
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertDraw.objects.filter(pk=draw.pk).delete()


def test_large_draws_go_to_the_worker_and_survive_its_death(monkeypatch, django_capture_on_commit_callbacks):
    round, _ = _round()
    sent = []
    monkeypatch.setattr(draws, "SMALL_PAIRS", 0)
    monkeypatch.setattr("portal.documents.send_task", lambda name, pk: sent.append((name, pk)))
    with django_capture_on_commit_callbacks(execute=True):
        draw = draws.request_draw(round, by=round.created_by)
    assert sent == [("reviews.tasks.compute_draw", draw.pk)]
    ExpertDraw.objects.update(state="computing", attempts=1, touched_at=timezone.now() - timedelta(minutes=5))
    assert tasks.sweep_draws() == 1
    tasks.compute_draw(draw.pk)
    draw.refresh_from_db()
    assert (draw.state, draw.progress, draw.attempts) == ("ready", 100, 2)
    assert round.created_by.notifications.filter(title="专家试抽完成").exists()
    tasks.compute_draw(draw.pk)
    tasks.recompute_draw(draw.pk)
    draw.refresh_from_db()
    assert draw.recomputed_equal


def test_a_draw_that_breaks_off_three_times_is_given_up_and_can_be_started_again():
    round, _ = _round()
    draw = draws.request_draw(round, by=round.created_by)
    ExpertDraw.objects.update(attempts=3)
    draws.compute_draw(draw.pk)
    draw.refresh_from_db()
    assert (draw.state, draw.error) == ("failed", draws.BROKEN)
    draws.retry_draw(draw, by=round.created_by)
    draws.compute_draw(draw.pk)
    draw.refresh_from_db()
    assert draw.state == "ready"


@pytest.mark.parametrize("count", [2, 5])
def test_the_facts_of_a_draw_take_a_constant_number_of_queries(count, django_assert_num_queries):
    round, _ = _round(items=count, experts=count)
    with django_assert_num_queries(11):
        pool.snapshot_of(pool.problem(round))


@pytest.mark.parametrize("title", ["教授", "教授级高级工程师", "正高级会计师", "研究员", "主任医师", "中国科学院院士"])
def test_senior_titles_may_lead(title):
    assert pool.is_senior(title)


@pytest.mark.parametrize("title", ["副教授", "助理研究员", "高级工程师", "副主任医师", "总经理", ""])
def test_associate_titles_and_posts_are_no_senior_titles(title):
    assert not pool.is_senior(title)
