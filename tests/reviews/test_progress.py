"""The cockpit of a running round: progress, reminders, other experts for seats, history, the end (D7, R6, R10)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal import events
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Event
from reviews.actions import closing, reassigning, reminders, sheets
from reviews.models import Assignment, Round
from reviews.queries import progress
from tests.factories import make_expert, make_user
from tests.reviews.worlds import open_world, score, seat_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(client):
    """An open round of two items with the same three experts; its officer is signed in."""
    round, people, officer = open_world(applications=2)
    client.force_login(officer)
    return round, people, officer


def _url(round, name, *args, query=""):
    return reverse(f"admin:reviews_round_{name}", args=[round.pk, *args]) + query


def _text(client, round, name, query=""):
    return client.get(_url(round, name, query=query)).content.decode()


def test_the_round_says_what_is_done_and_what_waits(client, running):
    round, people, _ = running
    score(seat_of(round, people[0]))
    found = progress.summary(round)
    assert (found["items"], found["submitted"], found["live"], found["signed"], found["overdue"]) == (2, 1, 6, 1, 0)
    Round.objects.filter(pk=round.pk).update(
        opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(minutes=1)
    )
    assert progress.summary(Round.objects.get(pk=round.pk))["overdue"] == 5
    assert "逾期未交" in _text(client, round, "change")


def test_items_and_experts_are_found_by_what_they_lack(client, running):
    round, people, officer = running
    score(seat_of(round, people[0]))
    sheets.void_assignment(seat_of(round, people[1], 1), by=officer, note="出国")
    short = progress.item_rows(round, state="short")
    assert [item.pk for item in short] == [seat_of(round, people[0], 1).item_id]
    assert set(progress.expert_rows(round, state="unsigned")) == set(people[1:])
    assert set(progress.expert_rows(round, state="done")) == set()
    assert people[0].user.name in _text(client, round, "experts", "?state=waiting")
    assert people[0].user.name not in _text(client, round, "experts", "?state=unsigned")
    assert "少于 3 席" in _text(client, round, "items", "?state=short")


def test_chosen_experts_are_reminded_once_a_day_and_the_page_says_who_was_left_out(client, running):
    round, people, officer = running
    for index in (0, 1):
        score(seat_of(round, people[0], index))
    assert reminders.remind_experts(round, by=officer, experts=[people[1].pk]).told == 1
    found = reminders.remind_experts(round, by=officer, experts=[person.pk for person in people])
    assert (found.told, found.already, found.done) == (1, 1, 1)
    page = client.post(_url(round, "remind"), {"chosen": "1", "expert": [people[0].pk]}, follow=True)
    assert "1 位没有未提交的评分表，不需提醒" in page.content.decode()
    empty = client.post(_url(round, "remind"), {"chosen": "1"}, follow=True)
    assert "没有勾选专家" in empty.content.decode()
    counts = [person.user.notifications.filter(title="请完成评审").count() for person in people]
    assert counts == [0, 1, 1]
    with pytest.raises(NotAllowed):
        reminders.remind_experts(round, by=make_user("director"))


def test_a_seat_gets_another_expert_after_a_rehearsal_that_leaves_nothing_behind(client, running):
    round, people, _ = running
    successor, seat = make_expert(), seat_of(round, people[0])
    logged = Event.objects.count()
    form = {"seat": [seat.pk], "note": "专家临时出国"}
    tried = client.post(_url(round, "reassign"), form).content.decode()
    assert successor.user.name in tried
    assert (Assignment.objects.count(), Event.objects.count()) == (6, logged)
    client.post(_url(round, "reassign"), form | {"commit": "1"})
    seat.refresh_from_db()
    assert (seat.state, seat.reason) == ("voided", "专家临时出国")
    new = Assignment.objects.get(expert=successor)
    assert (new.item_id, new.origin, new.is_chair) == (seat.item_id, "substitute", True)


def test_a_second_window_cannot_reassign_the_same_seat(client, running):
    round, people, _ = running
    make_expert()
    form = {"seat": [seat_of(round, people[0]).pk], "note": "临时出国", "commit": "1"}
    assert client.post(_url(round, "reassign"), form).status_code == 302
    again = client.post(_url(round, "reassign"), form)
    assert again.status_code == 409
    assert "可能已由他人或另一个窗口办理" in again.content.decode()


def test_a_seat_without_a_successor_stays_as_it_was(running):
    round, people, officer = running
    seat = seat_of(round, people[0])
    (change,) = reassigning.reassign(round, seats=[seat.pk], note="出国", by=officer)
    assert change.successor is None
    assert "没有可递补的专家" in change.problem
    seat.refresh_from_db()
    assert seat.state == "assigned"


@pytest.mark.parametrize(("seats", "words"), [([], "没有勾选"), ([987654], "不属于本轮"), (range(51), "一次最多")])
def test_seats_that_make_no_sense_are_refused(running, seats, words):
    round, _, officer = running
    with pytest.raises(Invalid, match=words):
        reassigning.reassign(round, seats=seats, note="出国", by=officer)
    with pytest.raises(Invalid, match="理由"):
        reassigning.reassign(round, seats=seats, note=" ", by=officer)
    with pytest.raises(NotAllowed):
        reassigning.reassign(round, seats=seats, note="出国", by=make_user("director"))


def test_the_page_of_the_end_lists_what_is_missing_and_takes_a_written_reason(client, running):
    round, people, officer = running
    for person in people[:2]:
        for index in (0, 1):
            score(seat_of(round, person, index))
    page = _text(client, round, "close")
    assert page.count("1 位专家") == 2
    assert _url(round, "item", seat_of(round, people[0]).item_id) in page
    refused = client.post(_url(round, "close"), {"note": " "})
    assert refused.status_code == 409
    assert "还有 2 个项目评分不齐" in refused.content.decode()
    assert Round.objects.get(pk=round.pk).state == "open"
    assert client.post(_url(round, "close"), {"note": "一位专家因病缺席"})["Location"] == _url(round, "ranking")
    assert Round.objects.get(pk=round.pk).waiver == "一位专家因病缺席"
    again = client.post(_url(round, "close"), {"note": "再办一次"})
    assert again.status_code == 409
    assert "已经结束" in again.content.decode()
    with pytest.raises(Conflict):
        closing.close_round(round, by=officer, note="第三次")


def test_nothing_stands_for_an_item_without_any_sheet(client, running):
    round, people, _ = running
    score(seat_of(round, people[0]))
    refused = client.post(_url(round, "close"), {"note": "没有时间了"})
    assert "缺评不能按 0 分计" in refused.content.decode()


def test_a_complete_round_is_closed_without_a_reason_and_only_by_the_officer(client, running):
    round, people, officer = running
    for person in people:
        for index in (0, 1):
            score(seat_of(round, person, index))
    client.force_login(make_user("director"))
    assert client.post(_url(round, "close"), {"note": ""}).status_code == 403
    with pytest.raises(NotAllowed):
        closing.close_round(round, by=make_user("bast"))
    client.force_login(officer)
    assert "评分已齐" in _text(client, round, "close")
    client.post(_url(round, "close"), {"note": ""})
    stored = Round.objects.get(pk=round.pk)
    assert (stored.state, stored.waiver) == ("closed", "")
    assert set(stored.items.values_list("application__state", flat=True)) == {"scored"}
    assert events.first_break() is None


def test_the_history_of_a_round_holds_its_seats_newest_first(client, running):
    round, people, officer = running
    score(seat_of(round, people[0]))
    sheets.void_assignment(seat_of(round, people[1]), by=officer, note="发现利益关系")
    labels = [event.label for event in progress.history(round)]
    assert labels[0] == "作废"
    assert {"提交评分", "开始评审", "建立评审轮次"} <= set(labels)
    assert "发现利益关系" in _text(client, round, "log")
