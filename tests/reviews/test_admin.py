"""The center's pages: progress, draw, seats, ranking, proposal, acceptance board (D1, D2, D5-D7, H3)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.actions import conclusions, rounds, sheets
from reviews.models import Assignment, Expert, Round
from tests.factories import make_expert, make_user
from tests.reviews.acceptance import finished_project
from tests.reviews.worlds import applications_under_review, open_world, score, seat_of, selection_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = make_user("officer")
    client.force_login(user)
    return user


def _round_url(round, name):
    return reverse(f"admin:reviews_round_{name}", args=[round.pk])


def _closed():
    round, people, officer = open_world(applications=2, experts=2, experts_per_item=2)
    for index, share in enumerate((90, 70)):
        for expert in people:
            score(seat_of(round, expert, index), share)
    rounds.close_round(round, by=officer)
    round.refresh_from_db()
    return round


def test_an_officer_builds_a_round_in_the_browser(client, officer):
    call = applications_under_review(2)[0].call
    now = timezone.localtime()
    form = {
        "call": call.pk,
        "kind": "selection",
        "title": "第一轮",
        "opens_at": f"{now:%Y-%m-%dT%H:%M}",
        "closes_at": f"{now + timedelta(days=7):%Y-%m-%dT%H:%M}",
        "experts_per_item": "３",
        "quorum": "2",
        "aggregation": "trimmed",
        "step": "whole",
    }
    url = reverse("admin:reviews_round_add")
    assert client.get(url).status_code == 200
    bad = client.post(url, form | {"quorum": "5"})
    assert bad.status_code == 400
    assert "最少有效评分数不能超过" in bad.content.decode()
    assert client.post(url, form)["Location"] == _round_url(Round.objects.get(), "change")
    assert Round.objects.get().items.count() == 2


def _new_round(call, **changes):
    now = timezone.localtime()
    return {
        "call": call.pk, "kind": "selection", "title": "分组评审", "opens_at": f"{now:%Y-%m-%dT%H:%M}",
        "closes_at": f"{now + timedelta(days=7):%Y-%m-%dT%H:%M}", "experts_per_item": "3", "quorum": "2",
        "aggregation": "trimmed", "step": "whole",
    } | changes  # fmt: skip


def test_applications_are_reviewed_in_groups_and_late_ones_in_a_round_of_their_own(client, officer):
    first, second, third = applications_under_review(3)
    url = reverse("admin:reviews_round_add")
    assert client.post(url, _new_round(first.call, applications=[first.pk])).status_code == 302
    page = client.get(url).content.decode()
    assert first.title not in page
    assert second.number in page
    wrong = client.post(url, _new_round(first.call, kind="acceptance", applications=[second.pk]))
    assert "与评审种类不符" in wrong.content.decode()
    assert client.post(url, _new_round(first.call)).status_code == 302
    chosen = [sorted(round.items.values_list("application", flat=True)) for round in Round.objects.order_by("pk")]
    assert chosen == [[first.pk], [second.pk, third.pk]]
    refused = client.post(url, _new_round(first.call))
    assert "没有可评审的项目" in refused.content.decode()


def test_the_items_of_a_round_offer_a_substitute_where_a_seat_fell_away(client, officer):
    round, people, _ = open_world(experts=3)
    seat = seat_of(round, people[0])
    substitute = reverse("admin:reviews_assignment_substitute", args=[seat.pk])
    page = _round_url(round, "items")
    assert substitute not in client.get(page).content.decode()
    sheets.void_assignment(seat, by=officer, note="时间冲突")
    assert f'formaction="{substitute}"' in client.get(page).content.decode()


def test_a_conflicted_expert_is_refused_in_the_form_with_the_reason(client, officer):
    rows = applications_under_review(1)
    round = selection_round(rows, officer)
    expert = make_expert(unit=rows[0].lead_unit)
    response = client.post(_round_url(round, "assign"), {"item": round.items.get().pk, "expert": expert.pk})
    assert response.status_code == 400
    assert "须回避" in response.content.decode()


def test_seats_are_voided_and_substituted(client, officer):
    round, people, _ = open_world()
    seat = seat_of(round, people[0])
    void = reverse("admin:reviews_assignment_move", args=[seat.pk, "void"])
    client.post(void, {"note": ""})
    assert seat_of(round, people[0]).state == "assigned"
    client.post(void, {"note": "专家出国"})
    assert seat_of(round, people[0]).state == "voided"
    make_expert()
    client.post(reverse("admin:reviews_assignment_substitute", args=[seat.pk]))
    assert Assignment.objects.filter(origin="substitute").count() == 1


def test_scores_cannot_be_edited_in_the_admin(client, officer):
    round, people, _ = open_world()
    seat = score(seat_of(round, people[0]))
    response = client.post(reverse("admin:reviews_assignment_change", args=[seat.pk]), {"state": "assigned"})
    assert response.status_code == 403
    assert Assignment.objects.get(pk=seat.pk).state == "submitted"


def test_reminders_go_to_the_late_once_a_day(client, officer):
    round, people, _ = open_world()
    score(seat_of(round, people[0]))
    for _ in range(2):
        client.post(_round_url(round, "remind"))
    counts = [expert.user.notifications.filter(title="请完成评审").count() for expert in people]
    assert counts == [0, 1, 1]


def test_the_score_sheets_of_a_closed_round_become_one_document(client, officer):
    round = _closed()
    location = client.post(_round_url(round, "sheets"))["Location"]
    assert client.get(location).status_code == 200
    client.force_login(seat_of(round, Expert.objects.first()).expert.user)
    assert client.get(location).status_code == 404


def test_acceptance_goes_from_the_board(client, officer):
    project = finished_project(with_evidence=False)
    board = reverse("admin:reviews_acceptance_board")
    assert "组织验收评价" in client.get(board).content.decode()
    client.post(reverse("admin:reviews_acceptance_start", args=[project.pk]))
    project.refresh_from_db()
    assert project.state == "evaluating"
    page = client.get(reverse("admin:reviews_acceptance_draft", args=[project.pk])).content.decode()
    assert "资料不足" in page
    form = {"code": "failed", "opinion": "未完成"}
    assert client.post(reverse("admin:reviews_acceptance_draft", args=[project.pk]), form).status_code == 400
    client.post(reverse("admin:reviews_acceptance_reports"), {"project": [project.pk, "x"]})
    assert "还没有下达验收结论" in client.get(board).content.decode()


def test_a_conclusion_that_waits_for_its_issue_is_drafted_anew(client, officer):
    project = finished_project(state="evaluating", with_evidence=False)
    draft = project.conclusions.create(code="passed", opinion="通过", state="draft", drafted_by=officer)
    anew = reverse("admin:reviews_acceptance_draft", args=[project.pk])
    pages = [reverse("admin:reviews_acceptance_board")]
    pages.append(reverse("admin:reviews_acceptanceconclusion_change", args=[draft.pk]))
    for page in pages:
        assert anew in client.get(page).content.decode()
    client.force_login(make_user("director"))
    for page in pages:
        assert anew not in client.get(page).content.decode()


def test_reports_need_a_project(client, officer):
    response = client.post(reverse("admin:reviews_acceptance_reports"), follow=True)
    assert [str(message) for message in response.context["messages"]] == ["没有勾选项目。请先勾选已下达结论的项目。"]


def test_the_board_shows_a_report_on_its_way(client, officer, monkeypatch):
    project = finished_project(state="accepted", with_evidence=False)
    project.conclusions.create(
        code="passed", opinion="通过", state="issued", drafted_by=officer, issued_at=timezone.now()
    )
    conclusions.request_report(project=project, by=officer)
    assert "排队中" in client.get(reverse("admin:reviews_acceptance_board")).content.decode()
    fragment = client.get(reverse("admin:reviews_acceptance_progress", args=[project.pk])).content.decode()
    assert 'data-hx-trigger="every 2s"' in fragment
    assert "<html" not in fragment


LISTS = ["expert", "expertconflict", "unittie", "round", "assignment", "proposal", "acceptanceconclusion"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(("duty", "status"), [("officer", 200), ("bast", 200), ("logadmin", 403), ("", 302)])
def test_lists_open_for_their_duties_only(client, name, duty, status):
    client.force_login(make_user(duty))
    assert client.get(reverse(f"admin:reviews_{name}_changelist")).status_code in (
        {status} | ({403} if not duty else set())
    )


@pytest.mark.parametrize("name", ["draw", "assign", "extend", "proposal"])
def test_acts_of_the_officer_are_closed_to_other_duties(client, name):
    round = selection_round(applications_under_review(1))
    client.force_login(make_user("director"))
    assert client.get(_round_url(round, name)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_round_takes_a_constant_number_of_queries(client, officer, count, django_assert_num_queries):
    round, _, _ = open_world(applications=count)
    url = _round_url(round, "change")
    client.get(url)
    with django_assert_num_queries(10):
        client.get(url)


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_takes_a_constant_number_of_queries(client, officer, count, django_assert_num_queries):
    for _ in range(count):
        finished_project(with_evidence=False)
    url = reverse("admin:reviews_acceptance_board")
    client.get(url)
    with django_assert_num_queries(6):
        client.get(url)
