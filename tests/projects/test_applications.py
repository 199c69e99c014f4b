"""Applications by actions: who may start, the cap, the window, declarations, frozen versions (A1-A15)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consortia.models import Unit
from portal.bundle import Question
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Event
from projects import extensions
from projects.actions import applications
from projects.actions.application_copies import copy_from
from projects.models import Application, Call
from projects.queries.applications import completeness, findings
from projects.queries.whole import whole_application
from tests import factories
from tests.projects import applying

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return applying.make_team()


def test_submit_freezes_a_version_with_slot_number_and_receipt(team):
    application = applying.ready(team)
    version = applications.submit_application(application, by=team.admin)
    assert (application.state, application.slot, version.number) == ("submitted", 1, 1)
    assert application.number.startswith(f"京科协协同{team.call.year}-")
    assert version.snapshot["attachments"][0]["sha256"] == version.files.get().sha256
    assert len(version.snapshot["consortium"]["members"]) == 3
    assert version.snapshot["consortium"]["members"][0]["credit_code"] == team.unit.credit_code


def test_submit_twice_gives_the_same_receipt(team):
    application = applying.ready(team)
    first = applications.submit_application(application, by=team.admin)
    assert applications.submit_application(application, by=team.admin) == first
    assert application.versions.count() == 1


def test_third_application_is_refused_with_the_two_that_count(team):
    numbers = [applying.submitted(team, f"项目{index}").number for index in (1, 2)]
    third = applying.ready(team, "项目3")
    with pytest.raises(Refused, match="第五条（一）1") as refusal:
        applications.submit_application(third, by=team.admin)
    assert numbers[0] in refusal.value.message
    assert Application.objects.live().count() == 2
    assert Event.objects.filter(verb="submit_application", outcome="refused").exists()


def test_resubmission_keeps_the_number_and_makes_a_second_version(team):
    application = applying.submitted(team)
    number = application.number
    applications.withdraw_application(application, by=team.admin)
    applications.reopen_application(application, by=team.admin)
    applications.send_to_unit(application, by=team.drafter)
    version = applications.submit_application(application, by=team.admin)
    assert (application.number, version.number) == (number, 2)


def test_member_unit_cannot_start(team):
    member = team.consortium.memberships.filter(role="member").first().unit
    person = factories.make_person(member, "drafter")
    with pytest.raises(Refused, match="牵头单位"):
        applications.start_application(call=team.call, consortium=team.consortium, title="成员申报", by=person)
    assert not Application.objects.exists()


@pytest.mark.parametrize(("status", "words"), [("revoked", "撤销"), ("rectifying", "整改")])
def test_consortium_without_valid_qualification_cannot_start(status, words):
    team = applying.make_team(status=status)
    with pytest.raises(Refused, match="第二十条") as refusal:
        applying.start(team)
    assert words in refusal.value.message


def test_revocation_after_drafting_refuses_the_submit(team):
    application = applying.ready(team)
    team.consortium.qualifications.create(status="revoked", since=timezone.localdate(), reason="整改不到位")
    with pytest.raises(Refused, match="第二十条"):
        applications.submit_application(application, by=team.admin)


def test_strangers_and_the_wrong_role_cannot_act(team):
    application = applying.ready(team)
    with pytest.raises(NotAllowed):
        applications.submit_application(application, by=team.drafter)
    with pytest.raises(NotAllowed):
        applications.declare(application, by=team.admin)
    with pytest.raises(NotAllowed):
        applications.start_application(
            call=team.call, consortium=team.consortium, title="越权", by=factories.make_user("officer")
        )


def test_closed_window_refuses_by_the_clock_of_the_database(team):
    application = applying.ready(team)
    Call.objects.filter(pk=team.call.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused, match="截止"):
        applications.submit_application(application, by=team.admin)
    with pytest.raises(Refused, match="截止"):
        applying.start(applying.make_team(call=team.call))


def test_draft_may_begin_before_opening_but_not_be_submitted():
    call = factories.make_call(opens_at=timezone.now() + timedelta(days=1))
    team = applying.make_team(call=call)
    application = applying.ready(team)
    with pytest.raises(Refused, match="尚未开始"):
        applications.submit_application(application, by=team.admin)


def test_open_clawback_of_the_app_above_refuses(team, monkeypatch):
    block = findings(applying.start(team))[0]
    nothing = extensions.Obstacle(Question(lambda unit: Unit.objects.filter(pk=unit), ("name",)), lambda rows: [])
    monkeypatch.setattr(extensions, "APPLICATION_OBSTACLES", [nothing])
    applying.start(team, "第一份")
    refused = extensions.Obstacle(nothing.question, lambda rows: [block] if rows[0]["name"] == team.unit.name else [])
    monkeypatch.setattr(extensions, "APPLICATION_OBSTACLES", [nothing, refused])
    with pytest.raises(Refused):
        applying.start(team, "第二份")


def test_edit_after_the_declaration_makes_it_void(team):
    application = applying.fill(applying.start(team), team)
    applications.declare(application, by=team.leader)
    applications.save_section(
        application, code="rationale", data={"text": applying.TEXT + "补充。"}, revision=1, by=team.drafter
    )
    applications.send_to_unit(application, by=team.drafter)
    with pytest.raises(Refused, match="尚未声明"):
        applications.submit_application(application, by=team.admin)


def test_empty_draft_is_refused_with_every_missing_part(team):
    application = applying.start(team)
    applications.send_to_unit(application, by=team.drafter)
    with pytest.raises(Refused) as refusal:
        applications.submit_application(application, by=team.admin)
    for words in ("立项依据", "年度扩容成员单位", "项目负责人", "监督专员", "法人证照", "支出明细"):
        assert words in refusal.value.message
    assert Application.objects.get(pk=application.pk).state == "unit_review"


def test_stale_save_is_a_conflict_and_overwrites_nothing(team):
    application = applying.start(team)
    applications.save_section(application, code="rationale", data={"text": "甲"}, revision=0, by=team.drafter)
    with pytest.raises(Conflict, match="没有覆盖"):
        applications.save_section(application, code="rationale", data={"text": "乙"}, revision=0, by=team.admin)
    assert application.sections.get(code="rationale").body == {"text": "甲"}


def test_submitted_application_cannot_be_edited(team):
    application = applying.submitted(team)
    with pytest.raises(Conflict, match="冻结"):
        applications.save_section(application, code="rationale", data={"text": "改"}, revision=1, by=team.drafter)
    with pytest.raises(Conflict, match="冻结"):
        applications.remove_attachment(application.attachments.get(), by=team.drafter)


def test_kpi_below_its_floor_is_refused(team):
    application = applying.start(team)
    rows = [{**row, "target": 5} if row["code"] == "member_expansion" else row for row in applying.KPIS]
    with pytest.raises(Refused, match="第十条（一）1"):
        applications.save_kpis(application, rows=rows, revision=0, by=team.drafter)
    assert not application.kpi_targets.exists()


def test_banned_budget_line_is_refused_with_its_clause(team):
    application = applying.start(team)
    line = applying.LINE | {"item": "发放项目组成员年终奖金", "basis": "", "category": "labour_fee"}
    with pytest.raises(Refused) as refusal:
        applications.save_budget(application, sources=[], lines=[line], revision=0, by=team.drafter)
    assert refusal.value.findings[0].article == "14(1)"
    assert refusal.value.findings[0].subject == "经费预算 第 1 行"


def test_amount_that_rounds_to_nothing_is_invalid(team):
    application = applying.start(team)
    line = applying.LINE | {"unit_price": applying.Decimal("0.01"), "quantity": applying.Decimal("0.01")}
    with pytest.raises(Invalid):
        applications.save_budget(application, sources=[], lines=[line], revision=0, by=team.drafter)


def test_replaced_attachment_stays_on_record(team):
    application = applying.start(team)
    kind = team.call.attachment_kinds.get(code="licence")
    for name in ("旧.pdf", "新.pdf"):
        applications.add_attachment(application, kind=kind, data=applying.PDF, name=name, by=team.drafter)
    assert application.attachments.count() == 2
    assert application.attachments.get(replaced_at=None).file.name == "新.pdf"


def test_attachment_of_another_call_is_refused(team):
    application = applying.start(team)
    kind = factories.make_call().attachment_kinds.first()
    with pytest.raises(Invalid):
        applications.add_attachment(application, kind=kind, data=applying.PDF, name="a.pdf", by=team.drafter)


def test_copy_takes_content_but_no_files(team):
    previous = applying.submitted(team)
    call = factories.make_call(
        title="下一年度申报",
        execution_start=timezone.localdate() + timedelta(days=400),
        execution_end=timezone.localdate() + timedelta(days=700),
    )
    draft = copy_from(previous, call=call, by=team.drafter).draft
    assert draft.kpi_targets.count() == 6
    assert draft.stages.get().start_on == call.execution_start
    assert draft.sections.get(code="rationale").body["text"] == applying.TEXT
    assert not draft.attachments.exists()
    assert draft.state == "draft"


def test_lights_show_what_is_missing_and_what_is_done(team):
    application = applying.start(team)
    lights = {light.code: light for light in completeness(whole_application(application.pk))}
    assert (lights["kpis"].status, lights["unit"].status) == ("未开始", "已完成")
    applying.fill(application, team)
    lights = completeness(whole_application(application.pk))
    assert {light.status for light in lights} == {"已完成"}


def test_facts_and_findings_take_a_fixed_number_of_queries(team, django_assert_num_queries):
    application = applying.fill(applying.start(team), team)
    with django_assert_num_queries(3):
        findings(whole_application(application.pk))
