"""One project's whole life over HTTP, every role at its own pages (issue section 2)."""

import pytest

from tests.flows import steps_application as apply
from tests.flows import steps_center as center
from tests.flows import steps_execution as execution
from tests.flows import steps_review as review
from tests.flows.world import assert_sound, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def world():
    world = make_world()
    yield world
    world.stop()


def test_project_from_call_to_contract(world):
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
    world.travel(20)
    center.move(world.visit("officer"), "projects/publicnotice", notice.pk, "close", "结束公示")
    project = center.approve(world, notice, application)
    center.sign_contract(world, project)
    world.travel(30)
    execution.claim_evidence(world, project)
    execution.verify_evidence(world, project)
    execution.report_progress(world, project)
    execution.add_lines(world, project)
    execution.import_lines(world, project)
    assert_sound()
