"""Conflicts are found by unit, name, history, person and record (R1, R12)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from consortia.models import Membership, UnitName
from portal.errors import NotAllowed, Refused
from reviews import conflicts
from reviews.actions import experts as actions
from reviews.actions import rounds
from reviews.models import ExpertPost
from tests.factories import make_application, make_expert, make_unit, make_user, seat
from tests.reviews.worlds import applications_under_review, open_world, seat_of, selection_round

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def _kinds(expert, application):
    return [conflict.kind for conflict in conflicts.detect(expert, application)]


def _member(application):
    return application.consortium.memberships.filter(role="member").first().unit


def test_a_stranger_has_no_conflict():
    assert conflicts.detect(make_expert(), make_application()) == ()


def test_own_unit_as_lead_or_member_conflicts():
    application = make_application()
    assert _kinds(make_expert(unit=application.lead_unit), application) == ["employment"]
    assert _kinds(make_expert(unit=_member(application)), application) == ["membership"]


def test_unit_name_is_compared_folded_and_with_former_names():
    application = make_application()
    member = _member(application)
    member.name = "北京甲乙（示例）科技有限公司"
    member.save()
    UnitName.objects.create(unit=member, name="北京旧名研究所", until=date(2024, 1, 1))
    assert _kinds(make_expert(unit_name="北京甲乙(示例)科技 有限公司"), application) == ["membership"]
    assert _kinds(make_expert(unit_name="北京旧名研究所"), application) == ["membership"]


def test_merged_predecessor_of_a_member_conflicts():
    application = make_application()
    old = make_unit(merged_into=_member(application), state="merged")
    assert _kinds(make_expert(unit=old), application) == ["membership"]


@pytest.mark.parametrize(("years", "expected"), [(1, ["employment"]), (5, [])])
def test_former_unit_conflicts_for_the_years_of_the_edition(years, expected):
    application = make_application()
    expert = make_expert()
    ended = TODAY() - timedelta(days=366 * years)
    ExpertPost.objects.create(expert=expert, unit=application.lead_unit, unit_name="旧单位", ended_on=ended)
    assert _kinds(expert, application) == expected


def test_a_person_with_a_seat_in_the_consortium_conflicts_by_account_phone_or_name():
    application = make_application()
    unit = _member(application)
    own = make_expert()
    seat(own.user, unit, "member")
    other = make_user(phone="13800000001", name="另一账号")
    seat(other, unit, "member")
    by_phone = make_expert(user=make_user(phone="13800000001"))
    by_name = make_expert(user=make_user(name="另一账号"))
    assert [_kinds(expert, application) for expert in (own, by_phone, by_name)] == [["same_entity"]] * 3
    assert "疑为同一人" in conflicts.detect(by_name, application)[0].text


def test_recorded_conflicts_hold_within_their_dates():
    application = make_application()
    officer, expert = make_user("officer"), make_expert()
    yesterday = TODAY() - timedelta(days=1)
    actions.pin_conflict(expert=expert, by=officer, kind="family", application=application, until=yesterday)
    assert _kinds(expert, application) == []
    actions.pin_conflict(expert=expert, by=officer, kind="economic", unit=application.lead_unit)
    assert _kinds(expert, application) == ["economic"]


def test_detection_takes_a_constant_number_of_queries(django_assert_num_queries):
    for count in (1, 3):
        rows = [make_application() for _ in range(count)]
        experts = [make_expert() for _ in range(count)]
        [(row.call, row.lead_unit) for row in rows]
        [expert.user for expert in experts]
        with django_assert_num_queries(5):
            conflicts.detect_many(experts, rows)


def test_assignment_of_a_conflicted_expert_is_refused_with_the_reason():
    rows = applications_under_review(1)
    round = selection_round(rows)
    expert = make_expert(unit=rows[0].lead_unit)
    with pytest.raises(Refused, match=r"须回避.*牵头单位"):
        rounds.assign_expert(item=round.items.get(), expert=expert, by=round.created_by)


def test_draw_never_seats_a_conflicted_expert():
    rows = applications_under_review(2)
    round = selection_round(rows)
    bad = [make_expert(unit=row.lead_unit) for row in rows]
    for _ in range(4):
        make_expert()
    draw = rounds.draw_experts(round, by=round.created_by, seed="7")
    pairs = {(seat.subject, seat.expert) for seat in draw.seats}
    items = {item.application_id: item.pk for item in round.items.all()}
    assert not pairs & {(items[row.pk], expert.pk) for row, expert in zip(rows, bad, strict=True)}
    round.refresh_from_db()
    kept = round.draw_snapshot["draws"][0]
    assert kept["seed"] == "7"
    assert len(kept["pool"]) == 6
    assert kept["barred"]


def test_dry_run_stores_nothing_and_the_commit_repeats_it():
    round = selection_round(applications_under_review(2))
    for _ in range(5):
        make_expert()
    preview = rounds.draw_experts(round, by=round.created_by, seed="abc", dry_run=True)
    assert not round.items.filter(assignments__isnull=False).exists()
    assert rounds.draw_experts(round, by=round.created_by, seed="abc").seats == preview.seats


def test_a_pinned_conflict_ends_running_seats_at_once():
    round, (first, second, _), officer = open_world()
    application = round.items.get().application
    actions.pin_conflict(expert=first, by=officer, kind="family", application=application, note="亲属")
    assert seat_of(round, first).state == "voided"
    assert seat_of(round, second).state == "assigned"


def test_a_unit_that_joins_later_shuts_its_experts_out():
    round, (expert, *_), _ = open_world()
    unit = make_unit()
    expert.unit = unit
    expert.save()
    consortium = round.items.get().application.consortium
    Membership.objects.create(consortium=consortium, unit=unit, role="member", joined_on=TODAY())
    assert conflicts.detect(expert, round.items.get().application)


def test_an_expert_declares_only_for_himself():
    expert = make_expert()
    with pytest.raises(NotAllowed):
        actions.declare_conflict(expert=make_expert(), by=expert.user, kind="family", unit=make_unit())
    row = actions.declare_conflict(expert=expert, by=expert.user, kind="teacher", unit=make_unit())
    assert row.source == "declared"


def test_people_of_the_center_never_become_experts():
    with pytest.raises(Refused, match="管理单位人员"):
        actions.save_expert(by=make_user("officer"), user=make_user("finance"), unit_name="中心")
