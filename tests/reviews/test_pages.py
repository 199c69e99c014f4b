"""The expert's pages over HTTP: what is shown, what is not, bad input (D3, D4, R1-R5, R7, R9, R13)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consortia.models import Membership
from portal import access
from portal.models import StoredFile, User
from reviews.actions import experts as expert_actions
from reviews.actions import rounds, sheets
from reviews.models import Assignment, Expert, ScoreSheet
from tests.factories import make_expert, make_person, make_unit, make_user
from tests.reviews.worlds import COMMENT, accept, open_world, points, save, score, seat_of

pytestmark = pytest.mark.django_db
SEAT_PAGES = ("review_seat", "review_recuse", "review_submit", "review_print")


def _post(seat, **changes):
    values = {f"points_{code}": text for code, text in points(seat, 80).items()}
    return values | {"recommendation": "support", "comment": COMMENT, "revision": "0"} | changes


def _url(seat, name="review_seat"):
    return reverse(name, args=[seat.pk])


@pytest.fixture
def world(client):
    round, people, officer = open_world()
    client.force_login(people[0].user)
    return round, people, officer


def test_desk_hides_projects_until_the_undertaking_is_signed(client, world):
    round, people, _ = world
    title = round.items.get().application.title
    page = client.get(reverse("review_desk")).content.decode()
    assert title not in page
    response = client.post(
        reverse("review_undertaking", args=[round.pk]), {"agree": "on", "signed_name": people[0].user.name}
    )
    assert response.status_code == 302
    assert title in client.get(reverse("review_desk")).content.decode()


def test_undertaking_in_another_name_is_refused_and_kept(client, world):
    response = client.post(reverse("review_undertaking", args=[world[0].pk]), {"agree": "on", "signed_name": "张冠"})
    assert response.status_code == 400
    assert "签署姓名须与账号姓名" in response.content.decode()
    assert "张冠" in response.content.decode()


def test_content_opens_only_after_undertaking_and_acceptance(client, world):
    round, people, _ = world
    seat = seat_of(round, people[0])
    assert client.get(_url(seat))["Location"] == reverse("review_undertaking", args=[round.pk])
    sheets.sign_undertaking(round=round, by=people[0].user, signed_name=people[0].user.name)
    page = client.get(_url(seat)).content.decode()
    assert "确认有无利益冲突" in page
    assert "评分表" not in page
    assert client.get(_url(seat, "review_submit")).status_code == 404
    assert client.post(_url(seat, "review_accept")).status_code == 302
    assert 'data-max="20"' in client.get(_url(seat)).content.decode()


def test_an_expert_scores_and_submits_without_javascript(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    assert client.post(_url(seat), _post(seat, submit="1"))["Location"] == _url(seat, "review_submit")
    assert "核对并提交评分" in client.get(_url(seat, "review_submit")).content.decode()
    assert client.post(_url(seat, "review_submit")).status_code == 302
    seat = Assignment.objects.get(pk=seat.pk)
    assert (seat.state, seat.sheet.total) == ("submitted", 80)
    assert "已提交并锁定" in client.get(_url(seat)).content.decode()
    assert client.get(_url(seat, "review_print")).status_code == 200
    late = client.post(_url(seat), _post(seat, revision="1", comment="锁定以后写的评价"))
    assert late.status_code == 409
    assert "锁定以后写的评价" not in late.content.decode()
    assert COMMENT in late.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points_goals", "20.5"),
        ("points_goals", "NaN"),
        ("points_goals", "1e1"),
        ("points_goals", ["1", "2"]),
        ("points_foreign", "1"),
        ("recommendation", "best"),
        ("revision", "x"),
        ("comment", "长" * 2001),
    ],
)
def test_bad_input_is_refused_and_everything_typed_is_kept(client, world, field, value):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    response = client.post(_url(seat), _post(seat, comment_goals="我写的评语", **{field: value}))
    assert response.status_code == 400
    assert "我写的评语" in response.content.decode()
    assert ScoreSheet.objects.get(assignment=seat).revision == 0


def test_full_width_points_are_understood(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    assert client.post(_url(seat), _post(seat, points_goals="１８．５")).status_code == 302
    assert str(seat.sheet.entries.get(criterion="goals").points) == "18.50"


def test_a_second_window_sees_both_versions_and_may_then_save_its_own(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    client.post(_url(seat), _post(seat, comment="第一个窗口写的意见", points_goals="18"))
    response = client.post(_url(seat), _post(seat, comment="第二个窗口写的意见", points_goals="17.5"))
    assert response.status_code == 409
    told = [(row["label"], row["stored"], row["typed"]) for row in response.context["differences"]]
    assert ("总体评价", "第一个窗口写的意见", "第二个窗口写的意见") in told
    assert [row for row in told if row[0].endswith("得分")] == [("目标与指标得分", "18", "17.5")]
    assert "以本页为准的，点“保存”" in response.content.decode()
    again = _post(seat, comment="第二个窗口写的意见", revision=str(response.context["revision"]))
    assert client.post(_url(seat), again).status_code == 302
    assert ScoreSheet.objects.get(assignment=seat).comment == "第二个窗口写的意见"


def test_autosave_answers_with_the_new_revision(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    response = client.post(_url(seat, "review_autosave"), _post(seat, points_goals=""))
    assert 'value="1"' in response.content.decode()
    assert client.post(_url(seat, "review_autosave"), _post(seat)).status_code == 409


def test_an_incomplete_sheet_is_not_submitted(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    save(seat, comment="好")
    page = client.get(_url(seat, "review_submit")).content.decode()
    assert "至少 30 字，现有 1 字" in page
    assert client.post(_url(seat, "review_submit")).status_code == 400


def test_other_seats_do_not_exist_for_an_expert(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[1]))
    for name in SEAT_PAGES:
        assert client.get(_url(seat, name)).status_code == 404
    for name in ("review_accept", "review_autosave", "review_summary", "review_submit"):
        assert client.post(_url(seat, name)).status_code == 404


def _turn_away(how, round, expert, officer):
    """Things that end an expert's access while he is at it."""
    application = round.items.get().application
    if how == "recused":
        sheets.recuse(seat_of(round, expert), by=expert.user, note="近三年有合作项目")
    elif how == "pinned":
        expert_actions.pin_conflict(expert=expert, by=officer, kind="family", application=application)
    elif how == "joined":
        unit = make_unit()
        Expert.objects.filter(pk=expert.pk).update(unit=unit)
        today = timezone.localdate()
        Membership.objects.create(consortium=application.consortium, unit=unit, role="member", joined_on=today)
    elif how == "term over":
        Expert.objects.filter(pk=expert.pk).update(term_until=timezone.localdate() - timedelta(days=1))
    elif how == "unavailable":
        Expert.objects.filter(pk=expert.pk).update(available=False)


@pytest.mark.parametrize("how", ["recused", "pinned", "joined", "term over", "unavailable"])
def test_access_ends_at_the_next_request(client, world, how):
    round, people, officer = world
    seat = accept(seat_of(round, people[0]))
    item = round.items.get()
    stored = StoredFile.objects.create(sha256="a" * 64, size=1, name="方案.pdf", content_type="application/pdf")
    item.version.files.add(stored)
    assert client.get(_url(seat)).status_code == 200
    _turn_away(how, round, people[0], officer)
    for name in SEAT_PAGES:
        assert client.get(_url(seat, name)).status_code == 404
    assert client.get(reverse("file", args=[stored.public_id])).status_code == 404
    assert client.post(_url(seat), _post(seat)).status_code == 404
    assert item.application.title not in client.get(reverse("review_desk")).content.decode()


def test_attachments_open_for_the_seated_expert_only(client, world, monkeypatch):
    round, people, _ = world
    stored = StoredFile.objects.create(sha256="b" * 64, size=1, name="方案.pdf", content_type="application/pdf")
    round.items.get().version.files.add(stored)
    monkeypatch.setattr("portal.files.read", lambda stored: b"%PDF-1.7")
    url = reverse("file", args=[stored.public_id])
    assert client.get(url).status_code == 404
    seat = accept(seat_of(round, people[0]))
    assert client.get(url).status_code == 200
    assert "方案.pdf" in client.get(_url(seat)).content.decode()
    client.force_login(make_expert().user)
    assert client.get(url).status_code == 404


def _pages(client, expert, seat) -> list[bytes]:
    """All that an expert can open, without the CSRF token that changes with each page."""
    client.force_login(expert.user)
    names = [reverse("review_desk"), _url(seat), _url(seat, "review_submit"), reverse("notifications")]
    pages = []
    for url in names:
        response = client.get(url)
        text = response.content.decode()
        token = response.context and response.context.get("csrf_token")
        pages.append(text.replace(str(token), "") if token else text)
    return pages


@pytest.mark.parametrize("state", ["saved", "submitted"])
def test_no_byte_depends_on_the_scores_of_others(client, world, state):
    round, people, officer = world
    first, others = people[0], people[1:]
    seat = accept(seat_of(round, first))
    save(seat, 80)
    if state == "submitted":
        sheets.submit_sheet(seat, by=first.user)
    before = _pages(client, first, seat)
    for expert in others:
        score(seat_of(round, expert), 90)
    high = _pages(client, first, seat)
    for expert in others:
        other = seat_of(round, expert)
        sheets.unlock_sheet(other, by=officer, note="更正")
        save(Assignment.objects.get(pk=other.pk), 10)
        sheets.submit_sheet(Assignment.objects.get(pk=other.pk), by=expert.user)
    assert before == high == _pages(client, first, seat)


def test_others_are_shown_after_own_submission_only_where_the_round_says_so(client):
    round, people, _ = open_world(show_others_after_submit=True)
    score(seat_of(round, people[1]), 90)
    client.force_login(people[0].user)
    seat = accept(seat_of(round, people[0]))
    assert "其他专家的评分" not in client.get(_url(seat)).content.decode()
    save(seat)
    sheets.submit_sheet(seat, by=people[0].user)
    page = client.get(_url(seat)).content.decode()
    assert "其他专家的评分" in page
    assert people[1].user.name not in page


@pytest.mark.parametrize("role", ["unitadmin", "officer", "anonymous"])
def test_pages_of_experts_are_closed_to_others(client, role):
    round, people, officer = open_world()
    seat = seat_of(round, people[0])
    if role == "unitadmin":
        client.force_login(make_person(round.items.get().application.lead_unit, "unitadmin"))
    elif role == "officer":
        client.force_login(officer)
    for url in (reverse("review_desk"), _url(seat)):
        assert client.get(url).status_code == (302 if role == "anonymous" else 403)


@pytest.mark.parametrize("count", [1, 3])
def test_desk_takes_a_constant_number_of_queries(client, count, django_assert_num_queries):
    round, people, _ = open_world(applications=count)
    sheets.sign_undertaking(round=round, by=people[0].user, signed_name=people[0].user.name)
    client.force_login(people[0].user)
    client.get(reverse("review_desk"))
    with django_assert_num_queries(9):
        client.get(reverse("review_desk"))


def test_a_closed_round_stays_readable_for_its_experts(client, world):
    round, people, officer = world
    for expert in people:
        score(seat_of(round, expert))
    rounds.close_round(round, by=officer)
    assert "已提交并锁定" in client.get(_url(seat_of(round, people[0]))).content.decode()


def test_typed_markup_is_shown_as_text(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    client.post(_url(seat), _post(seat, comment="<script>alert(1)</script>" + COMMENT))
    page = client.get(_url(seat)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_officer_account_cannot_post_a_score(client, world):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    client.force_login(make_user("officer"))
    assert client.post(_url(seat), _post(seat)).status_code == 403


def test_an_expert_declares_a_conflict_and_loses_the_seats_it_touches(client, world):
    round, people, _ = world
    unit = round.items.get().application.lead_unit
    url = reverse("review_conflicts")
    wrong = {"unit": unit.name, "kind": "teacher", "since": "2025-05-01", "until": "2024-05-01"}
    response = client.post(url, wrong)
    assert response.status_code == 400
    assert "截止日期不能早于起始日期" in response.content.decode()
    assert client.post(url, {"unit": unit.name, "kind": "teacher", "note": "指导教师"}).status_code == 302
    assert "指导教师" in client.get(url).content.decode()
    assert seat_of(round, people[0]).state == "voided"


@pytest.mark.parametrize("how", ["", "recused", "pinned", "term over", "unavailable"])
def test_list_and_predicate_agree_for_every_expert(how):
    round, people, officer = open_world()
    stranger = make_expert()
    if how:
        _turn_away(how, round, people[0], officer)
    for expert in (*people, stranger):
        user = User.objects.get(pk=expert.user_id)
        listed = {seat.pk for seat in Assignment.objects.visible_to(user)}
        allowed = {
            seat.pk
            for seat in Assignment.objects.with_subjects()
            if access.allowed(user, "reviews.see_assignment", seat)
        }
        assert listed == allowed


@pytest.mark.parametrize("count", [1, 3])
def test_a_score_sheet_takes_a_constant_number_of_queries(client, world, count, django_assert_num_queries):
    round, people, _ = world
    seat = accept(seat_of(round, people[0]))
    for place in range(count):
        stored = StoredFile.objects.create(
            sha256=f"{place:064x}", size=1, name=f"附件{place}.pdf", content_type="application/pdf"
        )
        round.items.get().version.files.add(stored)
    client.get(_url(seat))
    with django_assert_num_queries(5):
        assert client.get(_url(seat)).status_code == 200
    typed = _post(seat)
    # Session, person, standing, seat; then in one transaction: round, seat, conflicts, sheet, two updates.
    with django_assert_num_queries(10 + len(("SAVEPOINT", "RELEASE SAVEPOINT"))):
        assert client.post(_url(seat, "review_autosave"), typed).status_code == 200


def test_the_sheet_counts_the_words_of_the_comment_and_shows_the_application_once(client):
    round, people, _ = open_world()
    seat = accept(seat_of(round, people[0]))
    client.force_login(people[0].user)
    page = client.get(reverse("review_seat", args=[seat.pk])).content.decode()
    assert '<span id="comment-written">0</span>' in page
    assert page.count("<h2>基本情况</h2>") == 1
