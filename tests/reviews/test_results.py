"""Ranking, one item's panel, scales, workbook and sheets on paper of a closed round (D5, R4, R8, R11)."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from portal import documents
from portal.errors import Refused
from reviews import scoring
from reviews.actions import papers, rounds
from reviews.queries import panels, results
from reviews.queries.charts import distribution, ranking_chart
from tests.factories import make_expert, make_user
from tests.reviews.wide import wide_round
from tests.reviews.worlds import open_world, score, seat_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(client):
    """A closed round of two items judged by two experts, one of whom is lenient; an officer is signed in."""
    round, people, officer = open_world(applications=2, experts=2, experts_per_item=2)
    for index, shares in enumerate(((95, 55), (80, 75))):
        for expert, share in zip(people, shares, strict=True):
            score(seat_of(round, expert, index), share)
    rounds.close_round(round, by=officer)
    client.force_login(officer)
    return type(round).objects.get(pk=round.pk)


def _url(round, name, *args, query=""):
    return reverse(f"admin:reviews_round_{name}", args=[round.pk, *args]) + query


def _page(client, round, name, *args, query=""):
    response = client.get(_url(round, name, *args, query=query))
    assert response.status_code == 200
    return response.content.decode()


def test_the_ranking_states_its_rule_and_draws_what_it_lists(client, closed):
    page = _page(client, closed, "ranking")
    assert "仍相同的，排名并列" in page
    assert 'aria-label="得分分布图' in page
    assert 'aria-label="得分图' in page
    assert "极差" in page
    assert "离散预警" in page


def test_the_ranking_is_narrowed_and_sorted_in_the_database(client):
    round, officer = wide_round(30)
    client.force_login(officer)
    first, last = round.items.order_by("rank").first(), round.items.order_by("-rank").first()
    assert first.title in _page(client, round, "ranking")
    assert last.title not in _page(client, round, "ranking")
    assert last.title in _page(client, round, "ranking", query="?page=2")
    assert last.title in _page(client, round, "ranking", query="?sort=score")
    only = _page(client, round, "ranking", query=f"?q={last.number}")
    assert (last.title in only, first.title in only) == (True, False)
    flagged = _page(client, round, "ranking", query="?flagged=on")
    assert f"共 <strong>{sum(bool(item.flags) for item in round.items.all())}</strong> 项" in flagged
    assert "共 <strong>15</strong> 项" in _page(client, round, "ranking", query="?field=节能环保")
    assert "没有符合条件的项目" in _page(client, round, "ranking", query="?q=没有这个项目")


@pytest.mark.parametrize("nonsense", ["?page=x", "?sort=drop", "?field=无", "?outcome=%00x", "?page=99999"])
def test_nonsense_in_the_address_is_no_error(client, closed, nonsense):
    assert client.get(_url(closed, "ranking", query=nonsense)).status_code in (200, 400)


@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize(
    ("name", "queries"), [("ranking", 5), ("scales", 6), ("items", 7), ("experts", 6), ("change", 11), ("log", 6)]
)
def test_pages_of_a_round_take_a_constant_number_of_queries(client, django_assert_num_queries, count, name, queries):
    round, officer = wide_round(count)
    client.force_login(officer)
    client.get(_url(round, name))
    with django_assert_num_queries(queries):
        client.get(_url(round, name))


def test_one_item_shows_its_sheets_side_by_side_with_leniency_and_no_change_of_rank(client, closed):
    item = closed.items.get(rank=2)
    page = _page(client, closed, "item", item.pk)
    names = [seat.expert.user.name for seat in item.assignments.select_related("expert__user")]
    assert all(name in page for name in names)
    assert "仅供参考，不参与排名" in page
    assert "偏离" in page
    assert client.get(_url(closed, "item", 987654321)).status_code == 404


def test_scales_name_who_gives_more_than_his_panels(client, closed):
    found, rows = panels.scale_rows(closed)
    assert sum(row["points"] * row["n"] for row in rows) == 0
    lenient = max(rows, key=lambda row: row["points"])
    assert lenient["expert"].user == closed.items.first().assignments.order_by("pk").first().expert.user
    page = _page(client, closed, "scales")
    assert str(found.alpha) in page
    assert "偏宽" in page


@pytest.mark.parametrize("name", ["ranking", "scales", "ranking_xlsx", "items", "experts", "log", "feedback"])
def test_only_the_center_reads_results(client, closed, name):
    expert = closed.items.first().assignments.first().expert
    for user, status in ((expert.user, 302), (make_user("finance"), 403), (make_user("director"), 200)):
        client.force_login(user)
        assert client.get(_url(closed, name)).status_code == status


def test_the_workbook_holds_the_ranking_and_every_score(client, closed):
    application = closed.items.get(rank=1).application
    type(application).objects.filter(pk=application.pk).update(title="=HYPERLINK(1)")
    book = load_workbook(io.BytesIO(client.get(_url(closed, "ranking_xlsx")).content))
    assert book.sheetnames == ["排名", "评分明细", "说明"]
    cell = book["排名"].cell(row=2, column=3)
    assert (cell.data_type, cell.value) == ("s", "'=HYPERLINK(1)")
    heads, *rows = book["评分明细"].iter_rows(values_only=True)
    assert len(rows) == 4
    scheme = scoring.scheme_of(closed.scheme)
    first = heads.index(f"{scheme.criteria[0].name}（{scoring.plain(scheme.criteria[0].maximum)} 分）")
    for row in rows:
        assert sum(row[first : first + len(scheme.criteria)]) == row[heads.index("总分")]


def test_a_waiver_is_printed_wherever_results_are(client):
    round, people, officer = open_world()
    for expert in people[:2]:
        score(seat_of(round, expert), 80)
    rounds.close_round(round, by=officer, note="一位专家因病缺席")
    round.refresh_from_db()
    client.force_login(officer)
    assert "一位专家因病缺席" in _page(client, round, "ranking")
    book = load_workbook(io.BytesIO(client.get(_url(round, "ranking_xlsx")).content))
    assert "一位专家因病缺席" in [row[1] for row in book["说明"].iter_rows(values_only=True)]
    document = papers.request_score_sheets(round, by=officer)
    assert document.snapshot["waiver"] == "一位专家因病缺席"


def test_a_long_round_is_printed_item_by_item(client, monkeypatch, closed):
    monkeypatch.setattr(papers, "SHEETS_MAX", 3)
    with pytest.raises(Refused, match="共 4 份评分表，超过一份 PDF 的上限 3 份"):
        papers.request_score_sheets(closed, by=make_user("officer"))
    assert client.post(_url(closed, "sheets")).status_code == 302
    items = list(closed.items.all())
    client.post(_url(closed, "item_sheets"), {"item": [item.pk for item in items]})
    made = [documents.latest("item_sheets", item) for item in items]
    assert [len(document.snapshot["sheets"]) for document in made] == [2, 2]
    one = client.post(_url(closed, "item_sheets"), {"item": items[0].pk})
    assert one["Location"] == reverse("document", args=[made[0].verification_code])
    none = client.post(_url(closed, "item_sheets"), {"item": ["x", "-1"]}, follow=True)
    assert "没有勾选项目" in none.content.decode()
    monkeypatch.setattr(papers, "ITEMS_MAX", 1)
    with pytest.raises(Refused, match="最多为 1 个"):
        papers.request_item_sheets(closed, items=[item.pk for item in items], by=make_user("officer"))


def test_sheets_on_paper_are_for_the_center_only(client, closed):
    item = closed.items.first()
    document = papers.request_item_sheets(closed, items=[item.pk], by=make_user("officer"))[0]
    address = reverse("document", args=[document.verification_code])
    assert client.get(address).status_code == 200
    for user in (item.assignments.first().expert.user, item.application.leader, make_expert().user):
        client.force_login(user)
        assert client.get(address).status_code == 404


def test_the_distribution_counts_every_item_once():
    round, _ = wide_round(60)
    drawn = distribution(results.score_bins(round))
    assert sum(bar["count"] for bar in drawn["bars"]) == drawn["count"] == 60
    exact = sum((item.score for item in round.items.all()), Decimal(0)) / 60
    assert abs(Decimal(drawn["mean"]) - exact) < Decimal("0.01")
    assert distribution([]) is None
    assert ranking_chart([]) is None


def test_ranks_are_the_same_on_every_run_and_ties_share_a_rank():
    round, _ = wide_round(12)
    rows = [(item.pk, item.score, item.tie_break) for item in round.items.all()]
    assert scoring.rank(rows) == scoring.rank(rows[::-1]) == {item.pk: item.rank for item in round.items.all()}
