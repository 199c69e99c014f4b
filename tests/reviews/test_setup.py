"""Setting up a round: dates and phases, edits that lose nothing, the scheme and its freeze, blindness (D3-D5)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import Conflict, Invalid, Refused
from portal.models import Event, StoredFile
from reviews import scoring
from reviews.actions import rounds, schemes, sheets
from reviews.documents.sheets import sheets_snapshot
from reviews.models import Assignment, Round, ScoreEntry
from reviews.queries.blinding import Mask
from reviews.queries.workbooks import round_workbook
from reviews.states import PHASE_ACTS, Phase
from tests.factories import make_project, make_user
from tests.reviews import worlds

NOW = timezone.now()
pytestmark = pytest.mark.django_db


def _draft(**options):
    return worlds.selection_round(worlds.applications_under_review(1), **options)


def _other_scheme(round, **criterion) -> dict:
    """The scheme with five points moved from the first criterion to the second, and changes of the first."""
    rows = [dict(row) for row in round.scheme["criteria"]]
    rows[0] |= {"maximum": rows[0]["maximum"] - 5} | criterion
    rows[1]["maximum"] += 5
    return {**round.scheme, "criteria": rows}


def test_every_phase_says_what_experts_may_do():
    assert set(PHASE_ACTS) == set(Phase)
    round = Round(state="open", opens_at=NOW, closes_at=NOW + timedelta(days=2), recuse_until=NOW + timedelta(days=1))
    before, during, late, over = (NOW + timedelta(hours=hours) for hours in (-1, 1, 30, 48))
    acts = ("sign", "accept", "recuse", "recuse_conflict", "read", "score", "summarise")
    may = [[act for act in acts if round.allows(act, when)] for when in (before, during, late, over)]
    assert may == [
        ["sign", "accept", "recuse", "recuse_conflict", "read"],
        [*acts],
        ["sign", "accept", "recuse_conflict", "read", "score", "summarise"],
        ["read"],
    ]
    assert [Round(state=state).phase_at(NOW).value for state in ("draft", "closed", "cancelled")] == [
        "draft",
        "closed",
        "cancelled",
    ]


def test_before_scoring_begins_experts_confirm_and_read_but_do_not_score(client):
    round, people, _ = worlds.open_world(opens_at=timezone.now() + timedelta(days=2))
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    page = client.get(reverse("review_seat", args=[seat.pk])).content.decode()
    assert "评分尚未开始" in page
    assert "核对并提交" not in page
    with pytest.raises(Conflict, match="尚未开始"):
        worlds.save(seat)


def test_after_the_day_of_recusal_only_a_conflict_counts_as_a_reason():
    round, people, _ = worlds.open_world(recuse_until=timezone.now() + timedelta(days=1))
    Round.objects.filter(pk=round.pk).update(recuse_until=timezone.now() - timedelta(minutes=1))
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    with pytest.raises(Conflict, match="利益冲突的仍可申请回避"):
        sheets.recuse(seat, by=people[0].user, kind="time", note="临时出差不能评审")
    sheets.recuse(seat, by=people[0].user, kind="teacher", note="与负责人是师生")
    seat.refresh_from_db()
    assert (seat.state, seat.recusal_kind) == ("recused", "teacher")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"closes_at": NOW - timedelta(days=1)}, "晚于评分开始时间"),
        ({"recuse_until": NOW + timedelta(days=99)}, "不能晚于评分截止"),
        ({"quorum": 9}, "不能超过每项专家数"),
        ({"title": " "}, "名称"),
        ({"aggregation": "best"}, "计分方法"),
    ],
)
def test_terms_that_do_not_go_together_are_refused_and_the_database_agrees(change, words):
    round = _draft()
    with pytest.raises(Invalid, match=words):
        rounds.edit_round(round, revision=0, by=round.created_by, **change)
    round.refresh_from_db()
    assert round.revision == 0


def test_an_acceptance_never_hides_who_is_evaluated():
    project, officer = make_project(state="evaluating"), make_user("officer")
    terms = {"title": "验收评价", "opens_at": NOW, "closes_at": NOW + timedelta(days=9)}
    options = {"projects": [project], "quorum": 1, "experts_per_item": 3}
    with pytest.raises(Invalid, match="验收评价须核对合同"):
        rounds.create_round(call=project.call, kind="acceptance", by=officer, hide_applicants=True, **terms, **options)
    round = rounds.create_round(call=project.call, kind="acceptance", by=officer, **terms, **options)
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(hide_applicants=True)


def test_an_edit_from_an_old_page_overwrites_nothing(client):
    round = _draft()
    client.force_login(round.created_by)
    page = reverse("admin:reviews_round_edit", args=[round.pk])
    form = client.get(page).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed = {name: f"{value:%Y-%m-%dT%H:%M}" if hasattr(value, "hour") else value for name, value in typed.items()}
    typed = {name: value for name, value in typed.items() if value is not None and value is not False}
    assert client.post(page, typed | {"title": "第一人改的名称"}).status_code == 302
    late = client.post(page, typed | {"title": "第二人改的名称"})
    assert late.status_code == 400
    assert "刚刚由他人修改过" in late.content.decode()
    assert "第二人改的名称" in late.content.decode()
    round.refresh_from_db()
    assert (round.title, round.revision) == ("第一人改的名称", 1)
    event = Event.objects.get(verb="round.edit")
    assert event.after["title"] == "第一人改的名称"


def test_a_round_in_preparation_is_called_off_with_a_reason_and_its_items_are_free_again(client):
    round = _draft()
    item = round.items.get()
    client.force_login(round.created_by)
    move = reverse("admin:reviews_round_move", args=[round.pk, "cancel"])
    assert client.post(move, {"note": ""}).status_code == 200
    assert client.post(move, {"note": "分组方案调整，重新编组"}).status_code == 302
    round.refresh_from_db()
    assert round.state == "cancelled"
    assert worlds.selection_round([item.application], round.created_by).items.get().application == item.application
    opened, _, officer = worlds.open_world()
    with pytest.raises(Conflict):
        rounds.cancel_round(opened, by=officer, note="不能取消")


def test_the_scheme_changes_until_the_first_sheet_is_submitted_and_drafts_are_told():
    round, people, officer = worlds.open_world()
    begun = worlds.accept(worlds.seat_of(round, people[0]))
    worlds.save(begun, 100)
    first = round.scheme["criteria"][0]["code"]
    with pytest.raises(Invalid, match="理由"):
        schemes.change_scheme(round, scheme=_other_scheme(round), revision=0, by=officer)
    wanted = _other_scheme(round)
    schemes.change_scheme(round, scheme=wanted, revision=0, by=officer, note="按评审会意见调整权重")
    entry = ScoreEntry.objects.get(sheet__assignment=begun, criterion=first)
    assert (entry.points, entry.set_aside, entry.maximum) == (None, Decimal("15.00"), Decimal("10.00"))
    assert people[0].user.notifications.filter(title="评分表已调整，请核对").exists()
    assert not people[1].user.notifications.filter(title="评分表已调整，请核对").exists()
    with pytest.raises(Invalid, match="原得分 15 不符合调整后的评分表"):
        sheets.submit_sheet(Assignment.objects.get(pk=begun.pk), by=people[0].user)
    begun = Assignment.objects.get(pk=begun.pk)
    begun.item.round.refresh_from_db()
    worlds.save(begun, 80)
    sheets.submit_sheet(Assignment.objects.get(pk=begun.pk), by=people[0].user)
    round.refresh_from_db()
    with pytest.raises(Refused, match="锁定"):
        schemes.change_scheme(round, scheme=_other_scheme(round), revision=1, by=officer, note="再改")
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(scheme={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(scheme_frozen_at=None)


def test_points_that_fit_again_come_back_and_a_dropped_criterion_is_shown(client):
    round, people, officer = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    worlds.save(seat, 100)
    before = round.scheme
    schemes.change_scheme(round, scheme=_other_scheme(round), revision=0, by=officer, note="调整")
    schemes.change_scheme(round, scheme=before, revision=1, by=officer, note="改回")
    assert not ScoreEntry.objects.filter(sheet__assignment=seat, points=None).exists()
    rows = [dict(row) for row in before["criteria"]]
    rows[0] |= {"maximum": rows[0]["maximum"] + rows[-1]["maximum"]}
    schemes.change_scheme(round, scheme={**before, "criteria": rows[:-1]}, revision=2, by=officer, note="并项")
    client.force_login(people[0].user)
    page = client.get(reverse("review_seat", args=[seat.pk])).content.decode()
    assert "已取消的指标（不计分）" in page
    assert "原得分 10.00" in page


def _sent(form) -> dict:
    """What a browser sends of a scheme form that was not touched."""
    typed = {name: form[name].value() for name in form.fields}
    for row in form.rows:
        typed |= {row[name].html_name: row[name].value() for name in row.fields}
    typed |= {field.html_name: field.value() for field in form.rows.management_form}
    return {name: value for name, value in typed.items() if value is not None and value is not False}


def test_the_center_edits_the_scheme_in_a_form_with_clear_errors_and_a_preview(client):
    round = _draft()
    client.force_login(round.created_by)
    page = reverse("admin:reviews_round_scheme", args=[round.pk])
    sent = _sent(client.get(page).context["form"])
    assert client.post(page, sent).status_code == 302
    round.refresh_from_db()
    assert round.revision == 0, "nothing was changed"
    wrong = client.post(page, sent | {"criteria-0-maximum": "10"})
    assert (wrong.status_code, "现在是 95，还差 5 分" in wrong.content.decode()) == (400, True)
    more = {
        "criteria-0-maximum": "10",
        "criteria-6-name": "团队能力",
        "criteria-6-maximum": "5",
        "criteria-6-may_skip": "on",
    }
    seen = client.post(page, sent | more | {"preview": "1"})
    assert (seen.status_code, "7. 团队能力" in seen.content.decode()) == (200, True)
    round.refresh_from_db()
    assert len(round.scheme["criteria"]) == 6
    assert client.post(page, sent | more).status_code == 302
    round.refresh_from_db()
    assert round.scheme["criteria"][6] == {
        "code": "item1", "name": "团队能力", "maximum": 5, "hints": [], "may_skip": True,
    }  # fmt: skip
    tie = client.post(page, _sent(client.get(page).context["form"]) | {"tie_break": "6"})
    assert "不能允许“不适用”" in tie.content.decode()
    for field, value in {"bands": "优九十", "tie_break": "99", "criteria-0-maximum": "1e9", "step": "third"}.items():
        assert client.post(page, sent | {field: value}).status_code == 400, field


def test_not_applicable_needs_the_scheme_a_reason_and_something_that_applies(client):
    round, people, officer = worlds.open_world()
    rows = [dict(row) | {"may_skip": row["code"] != round.scheme["tie_break"]} for row in round.scheme["criteria"]]
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    page = reverse("review_seat", args=[seat.pk])
    assert client.post(page, {"skip_budget": "on", "revision": "0"}).status_code == 400
    schemes.change_scheme(round, scheme={**round.scheme, "criteria": rows}, revision=0, by=officer, note="允许")
    seat = Assignment.objects.get(pk=seat.pk)
    both = client.post(page, {"skip_budget": "on", "points_budget": "5", "revision": "1"})
    assert (both.status_code, "只留其一" in both.content.decode()) == (400, True)
    values = worlds.points(seat, 100) | {"budget": ""}
    worlds.save(seat, scores=values, skipped={"budget"}, revision=1)
    with pytest.raises(Invalid, match="须写明理由"):
        sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=people[0].user)
    seat = Assignment.objects.get(pk=seat.pk)
    worlds.save(seat, scores=values, skipped={"budget"}, comments={"budget": "本项目不使用财政资金，无法评价"})
    sheet = sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=people[0].user)
    assert sheet.total == Decimal("100.00")
    assert "不适用" in client.get(page).content.decode()
    assert "不适用" in client.get(reverse("review_print", args=[seat.pk])).content.decode()
    rounds.close_round(round, by=officer, note="其余两位专家因病缺席")
    round.refresh_from_db()
    printed = sheets_snapshot(round, list(round.items.all()))
    assert "不适用" in str(printed)
    _, *lines = round_workbook(round)["评分明细"]
    assert "不适用" in str([list(line) for part in lines for line in part])


HALVES = st.integers(0, 40).map(lambda half: Decimal(half) / 2)
SHEETS = st.lists(st.tuples(st.integers(20, 100), st.integers(0, 100), st.booleans()), min_size=1, max_size=8)


def _scheme(maxima) -> scoring.Scheme:
    criteria = tuple(
        scoring.Criterion(str(place), str(place), Decimal(value), ()) for place, value in enumerate(maxima)
    )
    return scoring.Scheme("表", "0", criteria, (), (), "half", 0, 5, 20, 15)


@given(SHEETS)
def test_what_does_not_apply_never_lowers_a_total(rows):
    scheme = _scheme([maximum for maximum, _, _ in rows])
    points = {str(place): Decimal(maximum * share // 100) for place, (maximum, share, _) in enumerate(rows)}
    skipped = frozenset(str(place) for place, row in enumerate(rows) if row[2])
    total = scoring.total_of(scheme, points, skipped)
    as_zero = scoring.total_of(
        scheme, {code: Decimal(0) if code in skipped else value for code, value in points.items()}
    )
    assert 0 <= total <= scheme.maximum
    if len(skipped) < len(rows):
        assert total >= as_zero
        judged = [(points[row.code], row.maximum) for row in scheme.criteria if row.code not in skipped]
        share = sum(value for value, _ in judged) / sum(maximum for _, maximum in judged)
        assert total == scoring.rounded(share * scheme.maximum)
    else:
        assert total == 0


@given(SHEETS)
def test_without_anything_skipped_the_total_is_the_plain_sum(rows):
    scheme = _scheme([maximum for maximum, _, _ in rows])
    points = {str(place): Decimal(maximum * share // 100) for place, (maximum, share, _) in enumerate(rows)}
    assert scoring.total_of(scheme, points) == sum(points.values())


def test_hidden_applicants_are_named_nowhere_that_an_expert_looks(client, monkeypatch):
    round, people, officer = worlds.open_world(hide_applicants=True)
    seat = worlds.seat_of(round, people[0])
    item, user = seat.item, people[0].user
    application = item.application
    stored = StoredFile.objects.create(
        sha256="e" * 64, size=9, name=f"{application.lead_unit.name}方案.pdf", content_type="application/pdf"
    )
    item.version.files.add(stored)
    monkeypatch.setattr("portal.files.read", lambda stored: b"%PDF-1.7")
    members = [row.unit.name for row in application.consortium.memberships.select_related("unit")]
    secrets = [
        application.lead_unit.name,
        application.consortium.name,
        application.leader.name,
        application.number,
        *members,
    ]
    client.force_login(user)
    sheets.sign_undertaking(round=round, by=user, signed_name=user.name)
    pages = [reverse("review_desk"), reverse("review_seat", args=[seat.pk])]
    seen = [client.get(path) for path in pages]
    sheets.accept_assignment(seat, by=user)
    worlds.save(Assignment.objects.get(pk=seat.pk), 80)
    names = ("review_seat", "review_recuse", "review_submit", "review_print")
    pages = [reverse("review_desk"), *(reverse(name, args=[seat.pk]) for name in names)]
    pages += [reverse("file_view", args=[stored.public_id]), reverse("file", args=[stored.public_id])]
    seen += [client.get(path) for path in pages]
    sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=user)
    sheets.unlock_sheet(Assignment.objects.get(pk=seat.pk), by=officer, note="更正")
    seen += [client.get(reverse("notifications")), client.get(reverse("home"), follow=True)]
    assert {page.status_code for page in seen} == {200}
    for page in seen:
        text = page.content.decode(errors="replace") + str(page.headers)
        assert [secret for secret in secrets if secret in text] == [], page.request["PATH_INFO"]
    assert "%E9%99%84%E4%BB%B61.pdf" in seen[8]["Content-Disposition"]


NAMES = st.text(alphabet="北京虚构科技学会甲乙丙", min_size=2, max_size=6)


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), st.lists(st.text(max_size=8), max_size=6))
def test_a_mask_leaves_no_name_in_any_text(names, fillers):
    mask = Mask(dict.fromkeys(names, "〔X〕"))
    tree = {"a": ["".join(fillers) + name for name in names], "b": {"c": names[0], "d": 5, "e": None}}
    masked = repr(mask.tree(tree))
    assert [name for name in names if name in masked] == []


def test_the_rest_of_a_center_page_survives_people_without_that_duty(client):
    round = _draft()
    for duty in ("finance", "sysadmin", "director"):
        client.force_login(make_user(duty))
        for name in ("edit", "scheme", "extend"):
            assert client.get(reverse(f"admin:reviews_round_{name}", args=[round.pk])).status_code == 403
