"""KPI evidence: typed, judged, counted once, verified by somebody else (article 10, K1-K9)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.credit_code import make_credit_code
from projects.actions import evidence as actions
from projects.models import Evidence
from projects.queries.evidence import kpi_bars, progress
from tests import factories
from tests.papers import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    today = timezone.localdate()
    call = factories.make_call(execution_start=today - timedelta(100), execution_end=today + timedelta(100))
    project = factories.make_project(factories.make_application(call, state="approved"))
    factories.make_contract(project)
    return project


@pytest.fixture
def officer():
    return factories.make_user("officer")


def code(number: int) -> str:
    return make_credit_code("91110108", f"MB{number:06d}")


def member(project, number: int, *, claim=True, day=None, credit_code=None, **changes):
    values = {
        "project": project,
        "kpi_code": "member_expansion",
        "title": f"吸纳第{number}家单位",
        "happened_on": day or timezone.localdate() - timedelta(5),
        "data": {"unit_name": f"虚构单位{number}", "credit_code": credit_code or code(number)},
        "files": [(pdf(number), "协议.pdf", "协议")],
        "by": project.leader,
    } | changes
    row = actions.add_evidence(**values)
    return actions.claim_evidence(row, by=project.leader) if claim else row


def counts(project, kpi="member_expansion"):
    bar = next(bar for bar in kpi_bars(project) if bar["code"] == kpi)
    return bar["claimed"], bar["verified"]


def test_six_verified_new_members_meet_the_target(project, officer):
    for number in range(6):
        actions.verify_evidence(member(project, number), by=officer)
    assert counts(project) == (6, 6)
    assert next(row for row in progress(project) if row.code == "member_expansion").met


def test_claimed_and_rejected_evidence_is_not_verified(project, officer):
    member(project, 1)
    actions.reject_evidence(member(project, 2), by=officer, note="协议缺公章")
    assert counts(project) == (1, 0)


def test_numbers_count_up_within_the_project(project):
    rows = [member(project, number, claim=False) for number in range(2)]
    tail = project.number.rsplit("项", 1)[-1]
    assert [row.number for row in rows] == [f"佐证-{tail}-01", f"佐证-{tail}-02"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"credit_code": "baseline"}, "已是联合体成员"),
        ({"credit_code": "lead"}, "牵头单位"),
        ({"credit_code": "91110108MB0000010"}, "信用代码"),
        ({"day": timezone.localdate() - timedelta(101)}, "执行期"),
        ({"files": []}, "协议"),
    ],
)
def test_trick_cannot_be_verified(project, officer, changes, reason):
    codes = {"baseline": min(project.baseline), "lead": project.lead_unit.credit_code}
    if changes.get("credit_code") == "baseline":
        codes["baseline"] = next(code for code in project.baseline if code != project.lead_unit.credit_code)
    changes = {key: codes.get(value, value) if isinstance(value, str) else value for key, value in changes.items()}
    row = member(project, 1, **changes)
    with pytest.raises(Refused, match=reason):
        actions.verify_evidence(row, by=officer)
    row.refresh_from_db()
    assert row.state == "claimed"
    assert counts(project)[1] == 0


def test_same_unit_twice_is_refused_in_any_spelling(project):
    member(project, 1)
    twin = member(project, 2, claim=False, credit_code=f" {code(1).lower()} ")
    with pytest.raises(Refused, match="只计一次"):
        actions.claim_evidence(twin, by=project.leader)


def test_same_unit_in_second_project_is_refused(project):
    other = factories.make_project(
        factories.make_application(project.call, project.consortium, state="approved", leader=project.leader)
    )
    member(project, 1)
    twin = member(other, 2, claim=False, credit_code=code(1))
    with pytest.raises(Refused, match="其他项目"):
        actions.claim_evidence(twin, by=other.leader)


def test_same_fact_is_refused_by_the_database_itself(project):
    member(project, 1)
    twin = member(project, 2, claim=False, credit_code=code(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=twin.pk).update(state="claimed")


def test_same_file_supports_one_item_only(project):
    member(project, 1)
    with pytest.raises(Refused, match="同一材料"):
        member(project, 2, files=[(pdf(1), "改名.pdf", "")])


def test_verified_evidence_is_frozen(project, officer):
    row = actions.verify_evidence(member(project, 1), by=officer)
    with pytest.raises(Conflict, match="不能修改"):
        actions.update_evidence(row, title="别的", happened_on=row.happened_on, data=row.data, by=project.leader)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).update(happened_on=timezone.localdate())


def test_claimant_and_officer_of_the_consortium_may_not_verify(project, officer):
    row = member(project, 1)
    factories.seat(officer, project.consortium.memberships.filter(role="member").first().unit, "member")
    with pytest.raises(NotAllowed, match="回避"):
        actions.verify_evidence(row, by=officer)
    with pytest.raises(NotAllowed, match="由您提交"):
        actions.verify_evidence(row, by=project.leader)


def test_rejection_needs_a_reason_and_can_be_mended(project, officer):
    row = member(project, 1)
    with pytest.raises(Invalid):
        actions.reject_evidence(row, by=officer, note="")
    row = actions.reject_evidence(row, by=officer, note="协议不清晰")
    row = actions.update_evidence(
        row, title="更正", happened_on=row.happened_on, data=row.data, by=project.leader,
        files=[(pdf(9), "清晰版.pdf", "")],
    )  # fmt: skip
    assert actions.claim_evidence(row, by=project.leader).state == "claimed"


def transfer(project, number, **data):
    facts = {
        "contract_number": f"JS-{number}",
        "district": "haidian",
        "provider_code": project.lead_unit.credit_code,
        "receiver_code": code(50),
        "output": "年新增销售额 120 万元",
    } | data
    row = actions.add_evidence(
        project=project, kpi_code="tech_transfer", title=f"成果{number}", happened_on=timezone.localdate(), data=facts,
        by=project.leader,
    )  # fmt: skip
    return actions.claim_evidence(row, by=project.leader)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"district": "outside"}, "不在北京市内"),
        ({"output": "效果很好"}, "成效或产出"),
        ({"provider_code": code(60)}, "不是联合体单位"),
        ({"contract_number": " "}, "编号"),
    ],
)
def test_transfer_that_does_not_count_names_the_reason(project, officer, data, reason):
    with pytest.raises(Refused, match=reason):
        actions.verify_evidence(transfer(project, 1, **data), by=officer)


def event(project, people: int, **data):
    facts = {
        "hosts": "北京市科学技术协会、海淀区人民政府",
        "bast_attendee": "学会部 王某",
        "partner_kind": "district_government",
        "partner_name": "海淀区人民政府",
        "attendance": people,
        "attendees": [[f"与会{number}", f"1380000{number:04d}"] for number in range(people)],
    } | data
    row = actions.add_evidence(
        project=project, kpi_code="innovation_event", title="供需对接会", happened_on=timezone.localdate(), data=facts,
        by=project.leader,
    )  # fmt: skip
    return actions.claim_evidence(row, by=project.leader)


def test_event_of_99_fails_and_of_100_passes(project, officer):
    row = event(project, 99)
    with pytest.raises(Refused, match="99 人"):
        actions.verify_evidence(row, by=officer)
    actions.reject_evidence(row, by=officer, note="人数不足")
    assert actions.verify_evidence(event(project, 100), by=officer).state == "verified"


def test_event_that_bast_only_supports_is_not_counted(project, officer):
    with pytest.raises(Refused, match="主办单位中没有北京市科协"):
        actions.verify_evidence(event(project, 120, hosts="虚构产业促进会"), by=officer)


def test_summary_of_1999_characters_with_padding_fails(project, officer):
    letters = [chr(0x4E00 + number) for number in range(2000)]
    values = {"kpi_code": "work_summary", "happened_on": timezone.localdate(), "by": project.leader}
    short = actions.add_evidence(
        project=project, title="总结", data={"text": "，\u200b ".join(letters[:1999]) + "\u3164" * 50}, **values
    )
    with pytest.raises(Refused, match="1999 字"):
        actions.verify_evidence(actions.claim_evidence(short, by=project.leader), by=officer)
    full = actions.add_evidence(project=project, title="总结", data={"text": "".join(letters)}, **values)
    assert actions.verify_evidence(actions.claim_evidence(full, by=project.leader), by=officer).state == "verified"


def test_outsider_may_not_add_evidence(project):
    stranger = factories.make_person(factories.make_unit(), "drafter")
    with pytest.raises(NotAllowed):
        member(project, 1, by=stranger)
