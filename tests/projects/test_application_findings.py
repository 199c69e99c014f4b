"""Every finding leads to the field where it is mended, and the start page says how far each part is (C1, C8)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.measures.completeness import APPLICATION_RULES
from portal.measures.direction import BUDGET_RULES
from portal.measures.eligibility import APPLICANT_RULES
from portal.measures.targets import TARGET_RULES
from projects.actions import application_editing as editing
from projects.actions import applications
from projects.models import BudgetLine, Project
from projects.queries.application_duties import progress, resume_at, steps
from projects.queries.applications import completeness, findings
from projects.queries.whole import whole_application
from tests import factories
from tests.projects import applying

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return applying.make_team()


def whole(application):
    return whole_application(application.pk)


def url(application, name="application", *args):
    return reverse(name, args=[application.public_id, *args])


def make_worst(team):
    """A full draft in which every rule finds something, by ways around the forms where the forms refuse."""
    application = applying.fill(applying.start(team), team)
    wrong = {"title": "", "field": "", "district": "", "supervisor_name": team.leader.name}
    wrong |= {"digital_undertaking": False, "declared_at": None}
    type(application).objects.filter(pk=application.pk).update(**wrong)
    application.sections.filter(code="rationale").update(body={"text": "短"})
    application.sections.filter(code="outcomes").update(body={"text": "长" * 3001})
    application.stages.update(end_on=application.end_on + timedelta(days=40), deliverable="")
    rows = application.kpi_targets
    rows.filter(code="member_expansion").delete()
    rows.filter(code="industry_map").update(map_kind="")
    rows.filter(code="innovation_event").update(attendance=5, partner_kind="")
    rows.filter(code="tech_transfer").update(floor=0, target=1)
    common = {"application": application, "source": "grant", "unit_price": Decimal(10), "quantity": 1, "times": 1}
    common |= {"amount": Decimal(10)}
    wrong_sum = {"amount": Decimal(11)}
    BudgetLine.objects.bulk_create(
        [
            BudgetLine(**common, category="", direction="academic_exchange", item="无科目", order=1),
            BudgetLine(**common, category="other_fee", direction="", item="活动资料", order=2),
            BudgetLine(**common, category="material_fee", direction="think_tank", item="试制材料", order=3),
            BudgetLine(**common | wrong_sum, category="meeting_fee", direction="think_tank", item="场租", order=4),
            BudgetLine(**common, category="meeting_fee", direction="think_tank", item="宴请客户商务餐费", order=5),
            BudgetLine(**common, category="meeting_fee", direction="think_tank", item="茶歇", order=6),
        ]
    )  # fmt: skip
    application.funding_sources.create(kind="lead", amount=0)
    application.attachments.update(replaced_at=application.created_at)
    call = application.call
    type(call).objects.filter(pk=call.pk).update(state="closed", closes_at=call.opens_at + timedelta(seconds=1))
    for _ in range(2):
        project = factories.make_project(
            start_on=call.opens_at - timedelta(days=40), end_on=call.opens_at - timedelta(days=9)
        )
        Project.objects.filter(pk=project.pk).update(lead_unit=team.unit, leader=team.leader)
    team.consortium.qualifications.create(status="revoked", since=timezone.localdate(), reason="撤销")
    return application


def test_every_code_of_a_finding_leads_to_an_element_of_the_page(client, team):
    application = make_worst(team)
    found = list(findings(whole(application)))
    # What no draft can have at once with the above: plans without a period, a part never begun.
    empty = applying.start(applying.make_team())
    found += findings(whole(empty))
    client.force_login(team.drafter)
    pages, missing = {}, []
    for remark in found:
        path, _, anchor = remark.url.partition("#")
        person = team.drafter if str(application.public_id) in path or "/calls/" in path else empty.created_by
        client.force_login(person)
        if remark.url and path not in pages:
            pages[path] = client.get(path).text
        if not remark.url or (anchor and f'id="{anchor}"' not in pages[path]):
            missing.append((remark.code, remark.subject, remark.url))
    assert missing == []
    codes = {rule.__name__ for rule in (*APPLICANT_RULES, *APPLICATION_RULES, *TARGET_RULES, *BUDGET_RULES)}
    # Seen from another unit than the lead, over the cap, and with an open clawback: same place as those above.
    beside = {"lead_of_consortium", "application_cap", "no_open_clawback"}
    assert codes - beside <= {remark.code for remark in found}


def test_a_finding_of_a_row_names_the_row_and_the_column(team):
    application = make_worst(team)
    anchors = {remark.anchor for remark in findings(whole(application))}
    assert {"id_lines-1-category", "id_lines-2-direction", "id_lines-2-basis", "id_lines-4-unit_price"} <= anchors
    assert {"id_lines-5-item", "id_rows-0-end_on", "id_rows-0-deliverable", "id_sources-0-amount"} <= anchors
    assert {"id_kpi-innovation_event-attendance", "id_kpi-industry_map-map_kind", "kind-licence"} <= anchors


def test_the_four_words_of_the_task_list(client, team):
    application = applying.start(team)
    words = {light.code: light.status for light in completeness(whole(application))}
    assert (words["cover"], words["rationale"], words["unit"]) == ("未开始", "未开始", "已完成")
    applications.save_section(application, code="rationale", data={"text": "太短"}, revision=0, by=team.drafter)
    applications.save_section(application, code="outcomes", data={"text": "长" * 3001}, revision=0, by=team.drafter)
    lights = {light.code: light for light in completeness(whole(application))}
    assert (lights["rationale"].status, lights["rationale"].hint) == ("进行中", "还缺 1 项")
    assert (lights["outcomes"].status, lights["outcomes"].hint) == ("有问题", "1 处须改正")
    client.force_login(team.drafter)
    page = client.get(url(application)).text
    for word in ("未开始", "进行中", "已完成", "有问题", "1 处须改正", "已完成 1/11", "继续填写：预期成果与落地成效"):
        assert word in page, word


def test_going_on_leads_to_the_part_left_unfinished_then_to_the_first_open_one(team):
    application = applying.start(team)
    lights = completeness(whole(application))
    assert resume_at(whole(application), lights, team.drafter).code == "cover"
    applications.save_section(application, code="objectives", data={"text": "太短"}, revision=0, by=team.drafter)
    current = whole(application)
    assert resume_at(current, completeness(current), team.drafter).code == "objectives"
    assert resume_at(current, completeness(current), team.leader).code == "cover"
    applications.save_section(application, code="objectives", data={"text": applying.TEXT}, revision=1, by=team.drafter)
    current = whole(application)
    assert resume_at(current, completeness(current), team.drafter).code == "cover"
    assert progress(completeness(current)).done == 2


def test_steps_name_who_is_to_act(client, team):
    def due(application):
        current = whole(application)
        return next(step for step in steps(current, findings(current)) if step.state == "现在")

    application = applying.start(team)
    assert due(application).label == "填写各部分"
    applying.fill(application, team)
    assert (due(application).label, team.leader.name in due(application).who) == ("用本人账号声明材料真实", True)
    applications.declare(application, by=team.leader)
    assert due(application).label == "送单位审核"
    applications.send_to_unit(application, by=team.drafter)
    assert (due(application).label, team.admin.name in due(application).who) == ("核对并提交申报", True)
    applications.submit_application(application, by=team.admin)
    assert steps(whole(application), ()) == ()


def test_check_page_groups_by_part_and_counts(client, team):
    application = make_worst(team)
    client.force_login(team.drafter)
    page = client.get(url(application, "application_check")).text
    found = findings(whole(application))
    refused = sum(remark.severity == "block" for remark in found)
    assert f"{refused} 项未办妥" in page
    assert f"{len(found) - refused} 项请核对" in page
    assert page.index("封面信息 <span") < page.index("经费预算 <span") < page.index("附件 <span")
    assert "#id_lines-5-item" in page


def test_a_part_shows_its_own_findings_before_anything_is_typed(client, team):
    application = make_worst(team)
    client.force_login(team.drafter)
    page = client.get(url(application, "application_part", "budget")).text
    assert 'href="/applications/' in page
    assert "宴请" in page
    assert "监督专员" not in page


def test_kept_content_stands_in_the_way_of_submitting(team):
    application = applying.fill(applying.start(team), team)
    editing.keep_typed(application, code="team", fields={"rows-0-name": "张"}, faults=0, revision=1, by=team.drafter)
    remark = next(row for row in findings(whole(application)) if row.code == "part_stored")
    assert (remark.anchor, remark.missing, remark.subject) == ("part-problems", True, "项目团队")
    assert {light.code: light.status for light in completeness(whole(application))}["team"] == "进行中"
