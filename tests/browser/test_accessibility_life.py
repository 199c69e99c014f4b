"""The main pages of a project's later life in Chromium: WCAG 2.1 A and AA by axe-core, fitting, no complaint."""

import pytest

from projects.actions import notices
from tests import factories
from tests.funding.money_tools import make_scene
from tests.funding.test_import import csv, row
from tests.projects import applying
from tests.reviews import worlds

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walk(assert_fine):
    """A function (page, paths): every path is opened and held to the rules at both widths."""

    def check(page, *paths):
        for path in paths:
            page.goto(path)
            assert_fine(page)

    return check


def running_project(team):
    """A project under way, with a paid instalment and two ledger lines."""
    scene = make_scene()
    for role, user in (("drafter", team.drafter), ("leader", team.leader)):
        factories.seat(user, scene.project.lead_unit, role)
    scene.book()
    scene.banned()
    scene.bring(csv(row("记-21"), row("记-22", "支付罚款"), row("记-23", amount="很多"), ["合计", *[""] * 7]))
    return scene.project


def test_pages_of_a_unit_with_a_project_are_accessible_and_fit(open_as, walk):
    team = applying.make_team()
    project = running_project(team)
    books = ("", "add/", "months/", "months/close/", "import/", f"import/{project.import_jobs.get().pk}/")
    parts = ("", "contract/", "evidence/", *(f"ledger/{part}" for part in books), "reports/", "package/")
    walk(open_as(team.drafter), "/home/", *(f"/projects/{project.public_id}/{part}" for part in parts))


def test_public_pages_of_a_notice_are_accessible_and_fit(open_as, walk):
    team = applying.make_team()
    application = applying.submitted(team)
    officer = factories.make_user("officer")
    proposed = factories.make_application(team.call, state="proposed")
    factories.make_version(proposed)
    factories.make_calendar(*(application.call.year + offset for offset in (0, 1)))
    notice = notices.draft_notice(call=team.call, applications=[proposed], title="拟支持项目公示", by=officer)
    notices.publish_notice(notice, by=officer)
    own = f"/notices/{notice.public_id}/"
    walk(open_as(), "/", "/notices/", own, f"{own}object/")


def test_pages_of_an_expert_are_accessible_and_fit(open_as, walk):
    round, experts, _ = worlds.open_world(experts=3)
    seat = worlds.accept(worlds.seat_of(round, experts[0]))
    own = (f"/reviews/seats/{seat.pk}/", f"/reviews/rounds/{round.pk}/undertaking/")
    walk(open_as(experts[0].user), "/reviews/", *own)


def test_pages_of_the_center_are_accessible_and_fit(open_as, walk):
    project = running_project(applying.make_team())
    lists = ("projects/project", "projects/evidence", "funding/ledgerline", "reviews/round")
    page = open_as(factories.make_user("officer"))
    walk(page, "/admin/", *(f"/admin/{name}/" for name in lists), f"/admin/projects/project/{project.pk}/change/")
