"""Issue point 2: fill in, declare, submit; the third is refused with article 5, so is a unit that leads nothing."""

import pytest

from consortia.models import Qualification
from tests import factories
from tests.flows import steps_application as steps
from tests.flows.world import assert_sound, make_world
from tests.projects import applying

pytestmark = pytest.mark.django_db


def test_unit_fills_in_declares_and_submits_page_by_page():
    world = make_world()
    _, application = steps.start(world, factories.make_call(), "页面上完成的申报")
    steps.fill(world, application)
    page = steps.hand_in(world, application)
    assert application.state == "submitted"
    assert application.number in page
    assert application.versions.get().receipt in page
    assert_sound()


def test_third_application_of_a_unit_is_refused_with_article_five():
    world = make_world()
    call = factories.make_call()
    people = (world.people[role] for role in ("drafter", "leader", "unitadmin"))
    team = applying.Team(world.consortium, call, *people)
    for title in ("第一份", "第二份"):
        applying.submitted(team, title)
    third = applying.ready(team, "第三份")
    address = f"/applications/{third.public_id}/steps/submit/"
    visitor = world.visit("unitadmin")
    # The page says so before anything is sent, and a request past the page is refused alike.
    assert "第五条" in visitor.open(address)
    assert "第五条" in visitor.send(address, {"note": ""}, expect=409)
    third.refresh_from_db()
    assert (third.state, third.slot) == ("unit_review", None)
    assert_sound()


def test_unit_that_leads_no_valid_consortium_is_refused():
    world = make_world()
    today = factories.beijing(2024, 1, 1).date()
    Qualification.objects.create(consortium=world.consortium, status="revoked", since=today, reason="整改不到位")
    page, application = steps.start(world, factories.make_call(), "被撤销资格后的申报", expect=409)
    assert application is None
    assert "第二十条" in page or "第五条" in page
    assert "被撤销资格后的申报" in page
