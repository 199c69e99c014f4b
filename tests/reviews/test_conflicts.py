"""Conflicts are found by unit, name, history, person and record (R1, R12)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from consortia.models import Membership, UnitName
from portal.errors import Invalid, NotAllowed, Refused
from reviews import conflicts
from reviews.actions import experts as actions
from reviews.actions import interests, rounds
from reviews.models import Assignment, ExpertPost
from tests.factories import make_application, make_expert, make_unit, make_user, seat
from tests.reviews.worlds import applications_under_review, drawn, open_world, seat_of, selection_round

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def pair_and_lists_agree(monkeypatch):
    """Every pair of this file is asked in both ways: in one statement, as pages do, and as one of many, as draws do."""
    detect = conflicts.detect

    def both(expert, application):
        found = detect(expert, application)
        assert conflicts.detect_many([expert], [application]).get((expert.pk, application.pk), ()) == found
        return found

    monkeypatch.setattr(conflicts, "detect", both)


def _kinds(expert, application):
    return [conflict.kind for conflict in conflicts.detect(expert, application)]


def test_a_pair_costs_one_query(django_assert_num_queries):
    application = make_application()
    expert = make_expert(unit=application.lead_unit)
    assert _kinds(expert, application) == ["employment"]  # compiles the statement, too
    with django_assert_num_queries(1):
        rows = conflicts.PairRows(expert, application, TODAY())
        assert application.lead_unit_id in {unit for _, unit, *_ in rows.members([])}


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


def test_an_earlier_unit_is_told_with_its_dates():
    application, day = make_application(), TODAY() - timedelta(days=400)
    expert = make_expert()
    ExpertPost.objects.create(
        expert=expert, unit=_member(application), unit_name="旧单位", started_on=day, ended_on=day
    )
    found = conflicts.detect(expert, application)[0]
    assert (found.kind, found.since, f"{day.year}年前任职" in found.text) == ("membership", day, True)


def test_another_registration_of_the_same_legal_body_conflicts():
    application = make_application()
    code = application.lead_unit.credit_code
    twin = make_unit(credit_code=f"{'52' if code[:2] != '52' else '11'}{code[2:17]}{'X' if code[-1] != 'X' else '0'}")
    assert _kinds(make_expert(unit=twin), application) == ["same_entity"]


def test_parent_and_subsidiary_conflict_until_the_tie_ends():
    application, parent, officer = make_application(), make_unit(), make_user("officer")
    tie = interests.tie_units(parent=parent, child=application.lead_unit, note="控股百分之六十", by=officer)
    assert _kinds(make_expert(unit=parent), application) == ["same_entity"]
    assert _kinds(make_expert(unit_name=parent.name), application) == ["same_entity"]
    interests.untie_units(tie, by=officer, note="股权已经转让")
    assert _kinds(make_expert(unit=parent), application) == []


@pytest.mark.parametrize("branch", ["{}物理研究所", "{}附属示例医院"])
def test_a_branch_by_name_is_a_hint_in_both_directions(branch):
    application = make_application()
    name = application.lead_unit.name
    survey = conflicts.survey([expert := make_expert(unit_name=branch.format(name))], [application])
    assert (survey.conflicts, len(survey.hints[expert.pk, application.pk])) == ({}, 1)
    parent = make_expert(unit_name=name[:-2])
    hint = conflicts.survey([parent], [application]).hints[parent.pk, application.pk][0]
    assert (hint.kind, hint.key) == ("same_entity", f"unit:{application.lead_unit_id}")


def test_leader_supervisor_and_team_of_the_application_conflict():
    application = make_application(supervisor_name="冯监督", supervisor_phone="13700000000")
    application.team.create(name="褚成员", unit_name="虚构大学", task="研究", months=3)
    by_unit = make_expert(user=make_user(name="褚成员"), unit_name="虚构大学")
    by_phone = make_expert(user=make_user(name="冯监督", phone="13700000000"))
    leader = make_expert(user=application.leader)
    assert _kinds(by_unit, application) == ["membership"]
    assert _kinds(by_phone, application) == ["employment"]
    assert "employment" in _kinds(leader, application)
    stranger = make_expert(user=make_user(name="褚成员"), unit_name="另一大学")
    survey = conflicts.survey([stranger], [application])
    assert (survey.conflicts, len(survey.hints)) == ({}, 1)


def _hinted():
    """An expert whose name is that of a member's drafter, and the application."""
    application = applications_under_review(1)[0]
    seat(make_user(name="同名人"), _member(application), "member")
    return make_expert(user=make_user(name="同名人")), application


def test_an_open_hint_keeps_the_expert_out_of_draw_and_seat_but_takes_nothing_away():
    expert, application = _hinted()
    round = selection_round([application])
    with pytest.raises(Refused, match="待核实的线索"):
        rounds.assign_expert(item=round.items.get(), expert=expert, by=round.created_by)
    for _ in range(3):
        make_expert()
    draw = drawn(round)
    assert expert.pk not in set(Assignment.objects.values_list("expert", flat=True))
    assert draw.figures["held"] == 1
    assert conflicts.detect(expert, application) == ()


def test_a_hint_is_dismissed_or_confirmed_with_a_reason_and_may_be_decided_anew():
    expert, application = _hinted()
    round, officer = selection_round([application]), make_user("officer")
    key = conflicts.survey([expert], [application]).hints[expert.pk, application.pk][0].key
    told = {"expert": expert, "key": key, "about": "同名", "by": officer}
    with pytest.raises(Invalid, match="理由"):
        interests.check_hint(**told, is_conflict=False, note="")
    interests.check_hint(**told, is_conflict=False, note="身份证号不同")
    seated = rounds.assign_expert(item=round.items.get(), expert=expert, by=officer)
    with pytest.raises(Refused, match="结论相同"):
        interests.check_hint(**told, is_conflict=False, note="再次排除")
    interests.check_hint(**told, is_conflict=True, note="经核实为同一人")
    seated.refresh_from_db()
    assert seated.state == "voided"
    assert "中心已核实认定" in conflicts.detect(expert, application)[0].text
    assert expert.hint_checks.count() == 2


def test_a_decided_hint_cannot_be_rewritten():
    expert = make_expert()
    row = expert.hint_checks.create(
        key="user:1", about="同名", is_conflict=True, reason="同一人", decided_by=expert.user
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        expert.hint_checks.filter(pk=row.pk).update(is_conflict=False)


def test_units_ask_by_letter_for_at_most_three_experts_to_be_avoided():
    application, officer = make_application(), make_user("officer")
    ask = {"by": officer, "kind": "requested", "application": application, "note": "存在学术争议"}
    with pytest.raises(Invalid, match="申请书的日期"):
        interests.pin_conflict(expert=make_expert(), **ask)
    with pytest.raises(Invalid, match="理由"):
        interests.pin_conflict(expert=make_expert(), **(ask | {"note": ""}), letter_on=TODAY())
    wrong = ask | {"application": None, "unit": make_unit()}
    with pytest.raises(Invalid, match="对应一份申报书"):
        interests.pin_conflict(expert=make_expert(), **wrong, letter_on=TODAY())
    rows = [interests.pin_conflict(expert=make_expert(), **ask, letter_on=TODAY()) for _ in range(3)]
    assert "书面申请回避" in conflicts.detect(rows[0].expert, application)[0].text
    with pytest.raises(Refused, match="每项最多 3 位"):
        interests.pin_conflict(expert=make_expert(), **ask, letter_on=TODAY())
    interests.end_conflict(rows[0], by=officer, note="单位撤回申请")
    assert interests.pin_conflict(expert=make_expert(), **ask, letter_on=TODAY()).pk


def test_a_conflict_ends_with_a_reason_and_its_record_stays():
    application, officer = make_application(), make_user("officer")
    row = interests.pin_conflict(expert=make_expert(), by=officer, kind="family", application=application)
    with pytest.raises(Invalid, match="解除的理由"):
        interests.end_conflict(row, by=officer, note="")
    interests.end_conflict(row, by=officer, note="登记有误，查无此亲属关系")
    assert conflicts.detect(row.expert, application) == ()
    with pytest.raises(Refused, match="已经解除"):
        interests.end_conflict(row, by=officer, note="再解除一次")
    rows = row.expert.conflicts.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(kind="teacher")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(ended_at=None, end_reason="")


def test_the_unit_that_a_card_leaves_goes_into_the_history_and_still_conflicts():
    application, officer = make_application(), make_user("officer")
    expert = make_expert(unit=application.lead_unit, unit_name=application.lead_unit.name)
    change = {"unit": None, "unit_name": "另一大学", "title": "教授", "background": "finance", "fields": ["人工智能"]}
    actions.save_expert(by=officer, user=expert.user, expert=expert, posts=[], **change)
    expert.refresh_from_db()
    post = expert.posts.get()
    assert (post.unit, post.ended_on) == (application.lead_unit, TODAY())
    assert _kinds(expert, application) == ["employment"]


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
    assert [_kinds(expert, application) for expert in (own, by_phone)] == [["membership"]] * 2
    # Only the name is the same: a hint, which the center decides.
    survey = conflicts.survey([by_name], [application])
    assert survey.conflicts == {}
    assert "不能确定是否本人" in survey.hints[by_name.pk, application.pk][0].text


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
    draw = drawn(round, seed="7")
    seats = {(seat.item_id, seat.expert_id) for seat in Assignment.objects.filter(item__round=round)}
    items = {item.application_id: item.pk for item in round.items.all()}
    assert len(seats) == 6
    assert not seats & {(items[row.pk], expert.pk) for row, expert in zip(rows, bad, strict=True)}
    assert draw.seed == "7"
    assert len(draw.snapshot["pool"]) == 6
    assert [len(row["barred"]) for row in draw.snapshot["items"]] == [1, 1]


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
