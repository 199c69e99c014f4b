"""The list of a round: drafted page by page, reserves in line, agreed to exactly as seen, every attempt kept (D6)."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from portal import documents, events
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from projects.models import Application
from reviews.actions import lists, papers, proposals
from reviews.documents.lists import list_snapshot
from reviews.models import Proposal, ProposalAttempt, ProposalItem
from reviews.queries import proposals as queries
from tests.factories import make_user
from tests.reviews.wide import wide_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(client):
    """A closed round of twelve with five grants; its officer is signed in."""
    round, officer = wide_round(12, experts=1, grants=5)
    client.force_login(officer)
    return round, officer


def _url(round, name="proposal", query=""):
    return reverse(f"admin:reviews_round_{name}", args=[round.pk]) + query


def _rows(proposal):
    return list(queries.list_rows(proposal))


def _typed(rows, **changes):
    """The form of a page as the browser sends it; changes by place: r3="理由", o3="decline", p3="1"."""
    data = {}
    for place, row in enumerate(rows, start=1):
        data[f"outcome_{row.item_id}"] = changes.get(f"o{place}", row.outcome)
        data[f"place_{row.item_id}"] = changes.get(f"p{place}", row.place or "")
        data[f"reason_{row.item_id}"] = changes.get(f"r{place}", row.reason)
    return data


def _submitted(round, officer) -> Proposal:
    proposal = lists.start_list(round=round, by=officer)
    return proposals.submit_list(round=round, seen=proposal.digest, by=officer)


def test_a_list_begins_by_rank_with_reserves_in_line(closed):
    round, officer = closed
    rows = _rows(lists.start_list(round=round, by=officer))
    assert [row.outcome for row in rows] == ["support"] * 5 + ["reserve"] + ["decline"] * 6
    proposal = lists.fill_list(round=round, supports=4, reserves=3, seen=rows[0].proposal.digest, by=officer)
    assert [row.place for row in _rows(proposal)] == [None] * 4 + [1, 2, 3] + [None] * 5
    assert queries.standing(queries.choices(proposal)).deviating == frozenset()


def test_a_reserve_moves_in_line_and_only_it_needs_a_reason(closed):
    round, officer = closed
    proposal = lists.start_list(round=round, by=officer)
    proposal = lists.fill_list(round=round, supports=2, reserves=5, seen=proposal.digest, by=officer)
    rows = _rows(proposal)
    proposal = lists.choose(round=round, wanted={rows[6].item_id: ("reserve", "", 1)}, seen=proposal.digest, by=officer)
    line = {row.place: row.item_id for row in _rows(proposal) if row.place}
    assert [line[place] for place in range(1, 6)] == [rows[at].item_id for at in (6, 2, 3, 4, 5)]
    found = queries.standing(queries.choices(proposal))
    assert found.deviating == found.silent == {rows[6].item_id}
    with pytest.raises(Refused, match="填写理由"):
        proposals.submit_list(round=round, seen=proposal.digest, by=officer)
    back = lists.choose(round=round, wanted={line[1]: ("reserve", "", 5)}, seen=proposal.digest, by=officer)
    assert queries.standing(queries.choices(back)).deviating == frozenset()


def test_a_new_reserve_goes_in_by_its_rank(closed):
    round, officer = closed
    proposal = lists.start_list(round=round, by=officer)
    proposal = lists.fill_list(round=round, supports=2, reserves=3, seen=proposal.digest, by=officer)
    rows = _rows(proposal)
    wanted = {rows[1].item_id: ("reserve", "与在研项目重复", None), rows[5].item_id: ("reserve", "", None)}
    proposal = lists.choose(round=round, wanted=wanted, seen=proposal.digest, by=officer)
    places = {row.item_id: row.place for row in _rows(proposal)}
    assert (places[rows[1].item_id], places[rows[2].item_id], places[rows[5].item_id]) == (1, 2, 5)


def test_a_page_saved_over_another_window_is_refused_and_keeps_what_was_typed(client, closed):
    round, officer = closed
    proposal = lists.start_list(round=round, by=officer)
    rows, stale = _rows(proposal), proposal.digest
    lists.choose(round=round, wanted={rows[0].item_id: ("decline", "退出申报", None)}, seen=stale, by=officer)
    answer = client.post(_url(round), _typed(rows, r2="另一个窗口里写的") | {"seen": stale})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "名单在您打开本页之后已被修改" in page
    assert "另一个窗口里写的" in page
    assert ProposalItem.objects.get(item=rows[1].item).reason == ""
    filled = client.post(_url(round, "proposal_fill"), {"supports": 3, "reserves": 2, "seen": stale})
    assert filled.status_code == 409


def test_hundreds_are_drafted_page_by_page(client, django_assert_num_queries):
    round, officer = wide_round(60, experts=1, grants=40)
    client.force_login(officer)
    assert "生成名单草稿" in client.get(_url(round)).content.decode()
    client.post(_url(round, "proposal_fill"), {"supports": "40", "reserves": "10", "seen": ""})
    proposal = Proposal.objects.get()
    rows = _rows(proposal)
    second = client.get(_url(round, query="?page=2")).content.decode()
    assert rows[55].item.title in second
    assert rows[3].item.title not in second
    with django_assert_num_queries(10):
        client.get(_url(round, query="?page=2"))
    answer = client.post(
        _url(round, query="?page=2"), _typed(rows[50:], o6="reserve", r6="区域布局需要") | {"seen": proposal.digest}
    )
    assert answer["Location"].endswith("?page=2")
    kept = ProposalItem.objects.get(item=rows[55].item)
    assert (kept.outcome, kept.place, kept.reason) == ("reserve", 11, "区域布局需要")
    assert "共 <strong>11</strong> 项" in client.get(_url(round, query="?show=reserve")).content.decode()


def test_saving_and_putting_up_in_one_act_keeps_the_page_when_the_list_is_refused(client, closed):
    round, officer = closed
    proposal = lists.start_list(round=round, by=officer)
    rows = _rows(proposal)
    typed = _typed(rows, o1="decline", o6="support") | {"seen": proposal.digest, "submit_list": "1"}
    answer = client.post(_url(round), typed, follow=True)
    page = answer.content.decode()
    assert "本页的选择已保存，名单没有提交" in page
    assert "待填理由" in page
    assert ProposalItem.objects.get(item=rows[0].item).outcome == "decline"
    fresh = _rows(Proposal.objects.get())
    typed = _typed(fresh, r1="主动放弃", r6="区域布局需要") | {
        "seen": Proposal.objects.get().digest,
        "submit_list": "1",
    }
    answer = client.post(_url(round), typed)
    assert answer["Location"] == reverse("admin:reviews_proposal_change", args=[proposal.pk])
    assert Proposal.objects.get().state == "proposed"
    assert client.get(_url(round)).status_code == 409


@pytest.mark.parametrize("bad", [{"o1": "maybe"}, {"p6": "0"}, {"p6": "一"}, {"r1": "长" * 301}])
def test_bad_choices_are_named_beside_their_field(client, closed, bad):
    round, officer = closed
    proposal = lists.start_list(round=round, by=officer)
    answer = client.post(_url(round), _typed(_rows(proposal), **bad) | {"seen": proposal.digest})
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()


def _agree(client, proposal, move, **data):
    url = reverse("admin:reviews_proposal_move", args=[proposal.pk, move])
    return client.post(url, data)


def test_three_people_agree_to_exactly_what_they_saw(client, closed):
    round, officer = closed
    proposal = _submitted(round, officer)
    director, bast = make_user("director"), make_user("bast")
    client.force_login(director)
    page = client.get(reverse("admin:reviews_proposal_move", args=[proposal.pk, "confirm"])).content.decode()
    assert proposal.digest in page
    assert _rows(proposal)[0].item.title in page
    for digest in ("", "0" * 64):
        refused = _agree(client, proposal, "confirm", digest=digest)
        assert refused.status_code == 409
        assert "已被修改" in refused.content.decode()
    assert _agree(client, proposal, "confirm", digest=proposal.digest).status_code == 302
    second = _agree(client, proposal, "confirm", digest=proposal.digest)
    assert second.status_code == 409
    assert "可能已由他人或另一个窗口办理" in second.content.decode()
    assert _agree(client, proposal, "approve", digest=proposal.digest).status_code == 403
    client.force_login(bast)
    assert _agree(client, proposal, "approve", digest=proposal.digest).status_code == 302
    stored = Proposal.objects.get()
    assert (stored.state, stored.confirmed_by, stored.approved_by) == ("approved", director, bast)
    states = Application.objects.filter(review_items__round=round).order_by("review_items__rank")
    assert list(states.values_list("state", flat=True)) == ["proposed"] * 5 + ["reserve"] + ["not_selected"] * 6
    assert events.first_break() is None


def test_a_list_whose_rows_were_changed_behind_its_back_is_not_agreed_to(closed):
    round, officer = closed
    proposal = _submitted(round, officer)
    proposal.items.filter(outcome="reserve").update(outcome="decline", place=None)
    with pytest.raises(Conflict, match="与报送时不一致"):
        proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)


def test_every_attempt_stays_readable_with_who_when_and_why(client, closed):
    round, officer = closed
    proposal, director = _submitted(round, officer), make_user("director")
    proposals.confirm_proposal(proposal, by=director, digest=proposal.digest)
    proposals.send_back_proposal(proposal, by=make_user("bast"), note="请核实第二名的成果归属")
    again = proposals.submit_list(round=round, seen=Proposal.objects.get().digest, by=officer)
    with pytest.raises(Conflict):
        proposals.approve_proposal(again, by=make_user("bast"), digest=again.digest)
    first, second = ProposalAttempt.objects.order_by("number")
    assert (first.confirmed_by, first.ended_reason, second.confirmed_by) == (director, "请核实第二名的成果归属", None)
    assert [row["rank"] for row in first.rows][:3] == [1, 2, 3]
    page = client.get(reverse("admin:reviews_proposal_change", args=[proposal.pk])).content.decode()
    assert "已退回，此前的同意不再有效" in page
    assert "请核实第二名的成果归属" in page
    for change in ({"rows": []}, {"ended_reason": "别的"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProposalAttempt.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProposalAttempt.objects.filter(pk=first.pk).delete()


def test_the_author_takes_a_list_back_until_somebody_agreed(closed):
    round, officer = closed
    proposal = _submitted(round, officer)
    with pytest.raises(Invalid):
        proposals.recall_proposal(proposal, by=officer)
    with pytest.raises(NotAllowed):
        proposals.recall_proposal(proposal, by=make_user("director"), note="笔误")
    proposals.recall_proposal(proposal, by=officer, note="理由写错")
    assert Proposal.objects.get().state == "draft"
    again = proposals.submit_list(round=round, seen=Proposal.objects.get().digest, by=officer)
    proposals.confirm_proposal(again, by=make_user("director"), digest=again.digest)
    with pytest.raises(Conflict):
        proposals.recall_proposal(again, by=officer, note="又写错")


def test_reserves_move_up_in_their_order_when_one_falls_out(client, closed):
    round, officer = closed
    proposal = lists.start_list(round=round, by=officer)
    lists.fill_list(round=round, supports=5, reserves=3, seen=proposal.digest, by=officer)
    proposal = proposals.submit_list(round=round, seen=Proposal.objects.get().digest, by=officer)
    proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)
    proposals.approve_proposal(proposal, by=make_user("bast"), digest=proposal.digest)
    rows = _rows(proposal)
    Application.objects.filter(pk=rows[0].item.application_id).update(state="rejected")
    Application.objects.filter(pk__in=[row.item.application_id for row in rows[1:5]]).update(state="in_notice")
    proposals.reopen_proposal(proposal, by=make_user("bast"), note="第一名异议成立，由候补递补")
    page = client.get(_url(round)).content.decode()
    assert "有 1 个拟支持项目未获立项" in page
    client.post(_url(round, "proposal_up"), {"seen": Proposal.objects.get().digest})
    outcomes = [(row.outcome, row.place) for row in _rows(proposal)]
    assert outcomes[5:8] == [("support", None), ("reserve", 1), ("reserve", 2)]
    again = proposals.submit_list(round=round, seen=Proposal.objects.get().digest, by=officer)
    assert again.state == "proposed"
    assert ProposalAttempt.objects.count() == 2


def test_the_printed_list_holds_scores_steps_and_digest(client, closed, monkeypatch):
    round, officer = closed
    proposal = _submitted(round, officer)
    with pytest.raises(NotAllowed):
        papers.request_list(proposal, by=make_user("finance"))
    answer = client.post(reverse("admin:reviews_proposal_print", args=[proposal.pk]))
    document = documents.latest("selection_list", proposal)
    assert answer["Location"] == reverse("document", args=[document.verification_code])
    told = document.snapshot
    assert [group["code"] for group in told["groups"]] == ["support", "reserve", "decline"]
    assert told["digest"] == proposal.digest
    assert [row["step"] for row in told["steps"]] == ["拟定"]
    assert told["groups"][0]["rows"][0]["score"] == str(round.items.get(rank=1).score)
    monkeypatch.setattr("reviews.documents.lists.ROWS_MAX", 11)
    assert [(len(group["rows"]), group["count"]) for group in list_snapshot(proposal)["groups"]] == [
        (5, 5),
        (1, 1),
        (0, 6),
    ]
    monkeypatch.undo()
    # The same state gives the same paper, a further step another one.
    assert papers.request_list(proposal, by=officer) == document
    proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)
    assert papers.request_list(Proposal.objects.get(), by=officer).version == 2


@given(st.permutations(range(5)), st.integers(0, 4), st.integers(1, 5))
def test_whoever_is_moved_stands_where_he_was_put_and_the_others_keep_their_order(order, who, place):
    class Row:
        def __init__(self, key, at):
            self.item_id, self.outcome, self.place = key, "reserve", at
            self.item = type("Item", (), {"rank": key + 1})

    rows = [Row(key, at) for at, key in enumerate(order, start=1)]
    before = {row.item_id: ("reserve", "", row.place) for row in rows}
    next(row for row in rows if row.item_id == who).place = place
    lists._line_up(rows, before)
    after = [row.item_id for row in sorted(rows, key=lambda row: row.place)]
    assert after.index(who) == place - 1
    assert [key for key in after if key != who] == [key for key in order if key != who]
    assert sorted(row.place for row in rows) == [1, 2, 3, 4, 5]
