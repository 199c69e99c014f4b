"""Clawback (17; M14): ground, limit, hearing, two people, repayment, what it blocks."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from funding.actions import clawbacks
from funding.actions.ledger import reverse_line
from funding.models import Clawback
from funding.queries import money_summary
from funding.queries.seams import package_checks
from portal import files
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Document
from projects.actions import archives
from projects.models import Project
from projects.queries.applicants import Applicant
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import PDF, pdf
from tests.portal.pdf_samples import CLAWBACK_DECISION, CLAWBACK_NOTICE

pytestmark = pytest.mark.django_db
FACTS = "以会议费名义列支与项目无关的接待支出。"


@pytest.fixture
def scene():
    return make_scene()


def opened(scene, **changes):
    lines = changes.pop("lines", None) or [scene.banned()]
    values = {"project": scene.project, "ground": 2, "facts": FACTS, "lines": lines, "by": scene.officer} | changes
    return clawbacks.open_clawback(**values)


def decided(scene):
    case = clawbacks.notify_clawback(opened(scene), by=scene.officer)
    clawbacks.reply_clawback(case, text="我单位对事实无异议，愿意退回。", by=scene.unitadmin)
    return clawbacks.decide_clawback(case, by=scene.director, note="事实清楚")


def repay(scene, case, amount, voucher="收-1", **changes):
    values = {"received_on": timezone.localdate(), "by": scene.finance} | changes
    return clawbacks.record_repayment(clawback=case, amount=Decimal(amount), voucher_no=voucher, **values)


def test_case_runs_from_banned_line_to_close(scene):
    case = decided(scene)
    repay(scene, case, "2000.00")
    with pytest.raises(Refused, match=r"尚欠 ¥3,000\.00"):
        clawbacks.close_clawback(case, by=scene.officer)
    repay(scene, case, "3000.00", "收-2")
    clawbacks.close_clawback(case, by=scene.officer)
    case.refresh_from_db()
    money = money_summary(scene.project)
    assert (case.state, case.amount, money.repaid, money.banned_count) == ("closed", 5000, 5000, 0)
    # The repaid line stands for the money, so nothing more may be booked than before.
    assert money.available == Decimal("205000.00")


def test_notice_and_decision_are_documents_of_their_sample_shape(scene):

    decided(scene)
    for kind, sample in (("clawback_notice", CLAWBACK_NOTICE), ("clawback_decision", CLAWBACK_DECISION)):
        snapshot = Document.objects.get(kind=kind).snapshot
        for part in ("official", "project", "clawback", "contact"):
            assert set(sample[part]) <= set(snapshot[part]), (kind, part)
    assert snapshot["clawback"]["notice_number"].startswith("京科协")
    assert "愿意退回" in snapshot["clawback"]["reply"]


@pytest.mark.parametrize("ground", [0, 8, "17(9)"])
def test_case_needs_one_of_the_seven_grounds(scene, ground):
    with pytest.raises(Refused, match="七种情形"):
        opened(scene, ground=ground)


def test_case_states_facts_and_stays_within_net_paid(scene):
    with pytest.raises(Refused, match="事实"):
        opened(scene, facts="短")
    with pytest.raises(Refused, match="超过可追回"):
        opened(scene, lines=[scene.book()], amount=Decimal("210000.01"))


def test_line_is_claimed_once_until_the_case_is_dismissed(scene):
    line = scene.banned()
    case = opened(scene, lines=[line])
    with pytest.raises(Refused, match="已在其他追回"):
        opened(scene, lines=[line])
    clawbacks.dismiss_clawback(case, by=scene.director, note="经核实属会议餐费")
    assert opened(scene, lines=[line]).number.endswith("追2")


def test_lines_of_another_project_and_reversed_lines_are_refused(scene):
    other = make_scene()
    with pytest.raises(Refused, match="本项目"):
        opened(scene, lines=[other.banned()])


def test_project_without_payment_or_closed_has_no_case(scene):
    unpaid = make_scene(paid=False)
    with pytest.raises(Refused):
        opened(unpaid, lines=[unpaid.book(source="matching")], amount=Decimal(1))
    line = scene.banned()
    Project.objects.filter(pk=scene.project.pk).update(state="closed")
    with pytest.raises(Refused, match="已归档"):
        opened(scene, lines=[line])


def test_decision_waits_for_reply_or_end_of_window(scene):
    case = clawbacks.notify_clawback(opened(scene), by=scene.officer)
    with pytest.raises(Refused, match="陈述期"):
        clawbacks.decide_clawback(case, by=scene.director, note="事实清楚")
    with time_machine.travel(timezone.now() + timedelta(days=16)):
        assert clawbacks.decide_clawback(case, by=scene.director, note="事实清楚").state == "decided"


def test_person_who_opened_does_not_decide(scene):
    case = opened(scene)
    Clawback.objects.filter(pk=case.pk).update(opened_by=scene.director)
    case = clawbacks.notify_clawback(Clawback.objects.get(pk=case.pk), by=scene.officer)
    with pytest.raises(NotAllowed, match="另一人"):
        clawbacks.decide_clawback(case, by=scene.director, note="事实清楚")


def test_reply_is_heard_in_time_from_the_unit_only(scene):
    case = clawbacks.notify_clawback(opened(scene), by=scene.officer)
    with pytest.raises(NotAllowed):
        clawbacks.reply_clawback(case, text="我单位对事实无异议。" * 2, by=scene.drafter)
    with time_machine.travel(timezone.now() + timedelta(days=16)), pytest.raises(Refused, match="已过"):
        clawbacks.reply_clawback(case, text="我单位对事实无异议。" * 2, by=scene.unitadmin)


def test_repayments_are_exact_and_counted_once(scene):
    case = decided(scene)
    with pytest.raises(Invalid, match="尚欠"):
        repay(scene, case, "5000.01")
    repay(scene, case, "1000.00")
    with pytest.raises(Conflict, match="凭证号"):
        repay(scene, case, "1000.00")
    with pytest.raises(NotAllowed):
        repay(scene, case, "1.00", "收-3", by=scene.officer)


def obstacles_of(application, unit):
    """What stands in the way of the unit's next application."""
    facts = {"call": application.call, "consortium": application.consortium, "now": timezone.now()}
    return Applicant(unit=unit, **facts).obstacles


def test_open_case_blocks_application_and_acceptance(scene):
    case = opened(scene)
    application = scene.project.application
    assert not obstacles_of(application, scene.project.lead_unit)
    clawbacks.notify_clawback(case, by=scene.officer)
    (obstacle,) = obstacles_of(application, scene.project.lead_unit)
    assert (obstacle.article, obstacle.code) == ("17", "open_clawback")
    assert case.number in obstacle.message
    codes = {finding.code for finding in package_checks(scene.project)}
    assert {"open_clawback", "banned_lines_open"} <= codes
    assert not obstacles_of(application, factories.make_unit())


def test_project_with_an_open_case_is_not_archived(scene):
    case = decided(scene)
    Project.objects.filter(pk=scene.project.pk).update(state="terminated")
    with pytest.raises(Refused, match=f"不能归档：资金追回（{case.number}）未了结"):
        archives.close_project(scene.project, by=scene.officer)
    repay(scene, case, "5000.00")
    clawbacks.close_clawback(case, by=scene.officer)
    archives.close_project(scene.project, by=scene.officer)
    assert Project.objects.get(pk=scene.project.pk).state == "closed"


def test_line_under_a_case_is_not_reversed(scene):

    line = scene.banned()
    opened(scene, lines=[line])
    with pytest.raises(Refused, match="追回案"):
        reverse_line(line, by=scene.drafter, reason="更正", voucher_no="记-8", voucher_date=timezone.localdate())


def test_evidence_is_kept_by_side_and_seen_by_the_unit_from_the_notice_on(scene):
    case = opened(scene)
    row = clawbacks.add_clawback_file(case, file=(PDF, "核查记录.pdf"), note="核查记录", by=scene.officer)
    assert not files.may_read(scene.unitadmin, row.file)
    with pytest.raises(Conflict):
        clawbacks.add_clawback_file(case, file=(PDF, "同一文件.pdf"), note="再次提交", by=scene.officer)
    with pytest.raises(Conflict):
        clawbacks.add_clawback_file(case, file=(pdf(2), "说明.pdf"), note="情况说明", by=scene.unitadmin)
    clawbacks.notify_clawback(case, by=scene.officer)
    assert files.may_read(scene.unitadmin, row.file)
    own = clawbacks.add_clawback_file(case, file=(pdf(2), "说明.pdf"), note="情况说明", by=scene.unitadmin)
    assert (row.side, own.side) == ("center", "unit")
    with pytest.raises(NotAllowed):
        clawbacks.add_clawback_file(case, file=(pdf(3), "x.pdf"), note="他人文件", by=make_scene().unitadmin)
    with time_machine.travel(timezone.now() + timedelta(days=16)), pytest.raises(Refused, match="已过"):
        clawbacks.add_clawback_file(case, file=(pdf(4), "x.pdf"), note="迟到的文件", by=scene.unitadmin)


def test_plan_of_repayment_adds_up_and_is_laid_down_once(scene):
    today = timezone.localdate()
    days = [today + timedelta(days=30), today + timedelta(days=60)]
    parts = [(days[0], Decimal("2000.00")), (days[1], Decimal("3000.00"))]
    with pytest.raises(Conflict):
        clawbacks.plan_repayment(opened(scene), parts=parts, by=scene.officer)
    scene.project.clawbacks.all()[0].lines.update(active=False)
    other = make_scene()
    case = decided(other)
    for wrong in (parts[:1], [*parts, (today + timedelta(days=90), Decimal("0.01"))], parts[::-1], [(today, 5000)] * 2):
        with pytest.raises(Invalid):
            clawbacks.plan_repayment(case, parts=wrong, by=other.officer)
    with pytest.raises(NotAllowed):
        clawbacks.plan_repayment(case, parts=parts, by=other.finance)
    rows = clawbacks.plan_repayment(case, parts=parts, by=other.officer)
    case.refresh_from_db()
    assert ([row.number for row in rows], case.repay_due_on) == ([1, 2], days[1])
    with pytest.raises(Conflict):
        clawbacks.plan_repayment(case, parts=parts, by=other.officer)
