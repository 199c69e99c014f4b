"""One project's whole life over HTTP, every role at its own pages (issue section 2)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal import rendering
from projects.models import AcceptancePackage
from tests import factories
from tests.flows import steps_acceptance as acceptance
from tests.flows import steps_application as apply
from tests.flows import steps_center as center
from tests.flows import steps_execution as execution
from tests.flows import steps_money as money
from tests.flows import steps_review as review
from tests.flows.world import assert_sound, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def world():
    world = make_world()
    yield world
    world.stop()


def test_project_from_call_to_acceptance_report(world):
    call = center.publish_call(world)
    _, application = apply.start(world, call, "智能关节协同攻关")
    apply.fill(world, application)
    apply.hand_in(world, application)
    center.check_formality(world, application)
    round = center.create_round(world, call, "selection", "立项评审第一轮")
    review.score_round(world, round)
    center.close_round(world, round)
    center.decide_selection(world, round)
    notice = center.publish_notice(world, application)
    center.approve_too_early(world, notice, application)
    center.object_to(world, notice, application)
    world.travel(20)
    center.close_notice_with_objection(world, notice)
    project = center.approve(world, notice, application)
    center.sign_contract(world, project)
    world.travel(30)
    money.pay_first_instalment(world, project)
    money.refuse_second_instalment(world, project)
    execution.claim_evidence(world, project)
    execution.verify_evidence(world, project)
    execution.report_progress(world, project)
    execution.add_lines(world, project)
    execution.import_lines(world, project)
    money.claw_back(world, project)
    money.decide_open_lines(world, project)
    execution.hand_in_package(world, project)
    acceptance.evaluate_too_early(world, project)
    world.travel(240)
    acceptance.evaluate(world, project, share=85)
    acceptance.conclude(world, project, "passed", "accepted")
    report = acceptance.report_of(world, project, rendering.render)
    assert project.number in acceptance.text_of_pdf(report)
    acceptance.archive(world, project)
    assert_sound()


def test_failed_project_costs_the_consortium_its_qualification(world):
    # The hearing takes days, and applications are judged by the database's clock, which does not travel.
    world.travel(-30)
    call = factories.make_call()
    people = {"consortium": world.consortium, "leader": world.people["leader"]}
    today = timezone.localdate()
    period = {"start_on": today - timedelta(days=300), "end_on": today - timedelta(days=5)}
    application = factories.make_application(call, state="approved", **people, **period)
    factories.make_version(application)
    project = factories.make_project(application, state="final_submitted")
    factories.make_contract(project)
    AcceptancePackage.objects.create(project=project, state="submitted", work_summary="总结", sha256="0" * 64)
    factories.make_notice([application], state="closed", starts_on=today - timedelta(days=320))
    acceptance.evaluate(world, project, share=65)
    acceptance.conclude(world, project, "rectification_required", "rectifying")
    acceptance.rectify_in_vain(world, project)
    acceptance.conclude(world, project, "failed", "failed")
    acceptance.revoke(world, project)
    page, made = apply.start(world, factories.make_call(), "撤销资格之后的申报", expect=409)
    assert made is None
    assert "第二十条" in page
