"""The center's pages of a draw: start, preview by items, confirmation, recomputation, seats by hand (D2)."""

import pytest
from django.urls import reverse

from reviews.actions import draws
from reviews.models import Assignment, ExpertDraw
from tests.factories import make_expert, make_user
from tests.reviews.worlds import applications_under_review, drawn, selection_round

pytestmark = pytest.mark.django_db
KINDS = ("technology", "industry", "finance")


@pytest.fixture
def officer(client):
    user = make_user("officer")
    client.force_login(user)
    return user


def _round(officer, items: int = 2, experts: int = 5):
    round = selection_round(applications_under_review(items), officer)
    for number in range(experts):
        make_expert(background=KINDS[number % 3])
    return round, reverse("admin:reviews_round_draw", args=[round.pk])


def _run_url(draw, name="draw_run"):
    return reverse(f"admin:reviews_round_{name}", args=[draw.round_id, draw.pk])


def test_a_draw_is_tried_read_and_confirmed(client, officer):
    _, url = _round(officer)
    assert "还需 6 席" in client.get(url).content.decode()
    page = client.post(url, {"seed": "2025"}, follow=True)
    text = page.content.decode()
    assert "试抽结果：6 个席位（尚未生效）" in text
    assert text.count("未发现利益冲突") == 6
    assert "备选递补" in text
    assert not Assignment.objects.exists()
    draw = ExpertDraw.objects.get()
    assert client.post(_run_url(draw), {"commit": "1"}, follow=True).status_code == 200
    assert Assignment.objects.filter(origin="draw").count() == 6
    assert "无需抽取" in client.get(url).content.decode()
    again = client.post(url, {"seed": "2025"})
    assert again.status_code == 400
    assert "无需抽取" in again.content.decode()


def test_a_second_confirmation_is_refused_in_words(client, officer):
    round, url = _round(officer)
    client.post(url, {"seed": "7"})
    draw = ExpertDraw.objects.get()
    client.post(_run_url(draw), {"commit": "1"})
    page = client.post(_run_url(draw), {"commit": "1"}, follow=True)
    assert "不能确定" in page.content.decode()
    assert Assignment.objects.filter(item__round=round).count() == 6


def test_a_stale_preview_leads_to_a_new_one_that_says_what_changed(client, officer):
    _, url = _round(officer)
    client.post(url, {"seed": "7"})
    draw = ExpertDraw.objects.get()
    make_expert(user=make_user(name="新来的专家"))
    page = client.post(_run_url(draw), {"commit": "1"}, follow=True).content.decode()
    assert "情况有变化，没有安排任何席位" in page
    assert "尚未生效" in page
    assert not Assignment.objects.exists()
    assert "专家新增 1 人（新来的专家）" in client.get(_run_url(draw)).content.decode()
    client.post(_run_url(ExpertDraw.objects.first()), {"commit": "1"})
    assert Assignment.objects.count() == 6


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"seed": "x" * 65}, "最多 64 个字"),
        ({"mix_technology": "-1"}, "不能小于 0"),
        ({"mix_technology": "三"}, "整数"),
        ({"mix_technology": "3", "mix_finance": "3"}, "不能超过每项专家数"),
    ],
)
def test_wrong_input_is_refused_and_draws_nothing(client, officer, form, word):
    _, url = _round(officer)
    page = client.post(url, form)
    assert page.status_code == 400
    assert word in page.content.decode()
    assert not ExpertDraw.objects.exists()


def test_the_wish_of_the_form_reaches_the_draw(client, officer):
    _, url = _round(officer)
    client.post(url, {"mix_technology": "", "mix_industry": "", "mix_finance": "１"})
    assert ExpertDraw.objects.get().snapshot["mix"] == {"finance": 1}


def test_what_stays_empty_is_explained_by_name(client, officer):
    rows = applications_under_review(1)
    round = selection_round(rows, officer)
    make_expert(user=make_user(name="本单位专家"), unit=rows[0].lead_unit)
    make_expert(user=make_user(name="<b>停用专家"), available=False)
    make_expert()
    url = reverse("admin:reviews_round_draw", args=[round.pk])
    page = client.post(url, {"seed": ""}, follow=True).content.decode()
    assert "还缺 2 位专家" in page
    assert "须回避 1 人：本单位专家" in page
    assert "已停用 1 人：&lt;b&gt;停用专家" in page
    assert "类别不齐" in page
    draw = ExpertDraw.objects.get()
    assert "还缺 2 位专家" in client.get(_run_url(draw), {"only": "short"}).content.decode()


def test_nobody_to_seat_cannot_be_confirmed(client, officer):
    round = selection_round(applications_under_review(1), officer)
    client.post(reverse("admin:reviews_round_draw", args=[round.pk]), {"seed": ""})
    page = client.post(_run_url(ExpertDraw.objects.get()), {"commit": "1"}, follow=True)
    assert "没有可安排的人选" in page.content.decode()


def test_a_draw_is_recomputed_on_its_page(client, officer):
    round, _ = _round(officer)
    draw = drawn(round)
    page = client.post(_run_url(draw), {"recompute": "1"}, follow=True).content.decode()
    assert "与当时一致" in page
    assert "一致" in client.get(reverse("admin:reviews_round_draw", args=[round.pk])).content.decode()


def test_a_long_draw_shows_its_progress(client, officer, monkeypatch):
    _, url = _round(officer)
    monkeypatch.setattr(draws, "SMALL_PAIRS", 0)
    page = client.post(url, {"seed": "7"}, follow=True).content.decode()
    draw = ExpertDraw.objects.get()
    assert 'data-hx-trigger="every 2s"' in page
    fragment = client.get(_run_url(draw, "draw_progress")).content.decode()
    assert "正在核对回避情况" in fragment
    assert "<html" not in fragment
    early = client.post(_run_url(draw), {"commit": "1"}, follow=True).content.decode()
    assert "不能确定" in early
    assert "还没有结果" in client.post(_run_url(draw), {"recompute": "1"}, follow=True).content.decode()
    draws.compute_draw(draw.pk)
    assert client.get(_run_url(draw, "draw_progress")).headers["HX-Refresh"] == "true"
    assert "已安排复算" in client.post(_run_url(draw), {"recompute": "1"}, follow=True).content.decode()
    ExpertDraw.objects.update(state="failed", error="计算时出错", attempts=3)
    assert "计算时出错" in client.get(_run_url(draw)).content.decode()
    client.post(_run_url(draw), {"retry": "1"})
    assert ExpertDraw.objects.get().state == "queued"


def test_a_draw_of_another_round_is_not_found(client, officer):
    _, url = _round(officer)
    client.post(url, {"seed": "7"})
    other = selection_round(applications_under_review(1), officer)
    draw = ExpertDraw.objects.get()
    wrong = reverse("admin:reviews_round_draw_run", args=[other.pk, draw.pk])
    assert client.get(wrong).status_code == 404
    assert client.get(_run_url(draw), {"page": "x", "only": "y"}).status_code == 200


@pytest.mark.parametrize("duty", ["director", "bast", "finance", ""])
def test_only_officers_draw(client, officer, duty):
    round, url = _round(officer)
    draw = drawn(round)
    client.force_login(make_user(duty))
    for address in (url, _run_url(draw), _run_url(draw, "draw_progress")):
        assert client.get(address).status_code in (302, 403)
        assert client.post(address, {"recompute": "1"}).status_code in (302, 403)
    draw.refresh_from_db()
    assert draw.recomputed_at is None


@pytest.mark.parametrize("count", [1, 4])
def test_pages_of_a_draw_take_a_constant_number_of_queries(client, officer, count, django_assert_num_queries):
    round, url = _round(officer, items=count, experts=count + 2)
    draw = drawn(round)
    client.get(url)
    with django_assert_num_queries(7):
        client.get(url)
    with django_assert_num_queries(5):
        client.get(_run_url(draw))
