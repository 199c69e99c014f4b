"""A unit with its people and an application brought, by actions, to any step before submitting."""

import copy
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from portal import editions, files
from projects.actions import applications
from projects.models import (
    Application,
    ApplicationSection,
    Attachment,
    BudgetLine,
    FundingSource,
    KpiTarget,
    Stage,
    TeamMember,
)
from projects.queries.application_snapshots import content_digest
from projects.queries.whole import whole_application
from tests import factories
from tests.papers import PDF

TEXT = "围绕区域产业需求组织成员单位开展协同攻关和成果对接，形成可核对的工作安排。" * 10
LINE = {
    "category": "meeting_fee",
    "direction": "academic_exchange",
    "item": "产业创新活动场地与会务",
    "source": "grant",
    "unit_price": Decimal("300000.00"),
    "quantity": Decimal(1),
    "times": Decimal(1),
    "basis": "产业创新活动一场",
}
KPIS = [
    {"code": code, "target": floor, "map_kind": "industry", "attendance": 120, "partner_kind": "district_government"}
    for code, _, _, floor in factories.KPI_ROWS
]


@dataclass
class Team:
    """The people of one lead unit, its consortium, and an open call."""

    consortium: object
    call: object
    drafter: object
    leader: object
    admin: object

    @property
    def unit(self):
        """The lead unit."""
        return self.consortium.lead_unit


def make_team(call=None, **consortium) -> Team:
    """A lead unit with drafter, leader and unit admin."""
    consortium = factories.make_consortium(**consortium)
    people = [factories.make_person(consortium.lead_unit, role) for role in ("drafter", "leader", "unitadmin")]
    return Team(consortium, call or factories.make_call(), *people)


def start(team: Team, title: str = "智能关节协同攻关"):
    """A new draft."""
    return applications.start_application(call=team.call, consortium=team.consortium, title=title, by=team.drafter)


def fill(application, team: Team):
    """Every part as the rules want it."""
    cover = {"leader": team.leader, "supervisor_name": "孙监督", "supervisor_phone": "01060000000"}
    cover |= {"field": "人工智能", "district": "海淀区", "digital_undertaking": True}
    applications.save_cover(application, data=cover, revision=0, by=team.drafter)
    for section in editions.edition(team.call.edition).sections:
        applications.save_section(application, code=section.code, data={"text": TEXT}, revision=0, by=team.drafter)
    applications.save_kpis(application, rows=KPIS, revision=0, by=team.drafter)
    applications.save_budget(application, sources=[], lines=[LINE], revision=0, by=team.drafter)
    stage = {"name": "全周期", "goal": "完成任务", "deliverable": "总结"}
    stage |= {"start_on": team.call.execution_start, "end_on": team.call.execution_end}
    applications.save_stages(application, rows=[stage], revision=0, by=team.drafter)
    person = {"name": "李研究", "unit_name": team.unit.name, "title": "", "task": "总体", "months": Decimal(6)}
    applications.save_team(application, rows=[person], revision=0, by=team.drafter)
    kind = team.call.attachment_kinds.get(code="licence")
    applications.add_attachment(application, kind=kind, data=PDF, name="营业执照.pdf", by=team.drafter)
    return application


def ready(team: Team, title: str = "智能关节协同攻关"):
    """Filled in, declared and with the unit admin."""
    application = fill(start(team, title), team)
    applications.declare(application, by=team.leader)
    applications.send_to_unit(application, by=team.drafter)
    return application


def url(application, name: str = "application", *args) -> str:
    """The address of one of its pages."""
    return reverse(name, args=[application.public_id, *args])


def press(client, user, application, step: str):
    """POST a step as that person."""
    client.force_login(user)
    return client.post(url(application, "application_step", step))


def submitted(team: Team, title: str = "智能关节协同攻关"):
    """Submitted by the unit admin."""
    application = ready(team, title)
    applications.submit_application(application, by=team.admin)
    return application


def ready_rows(team: Team, count: int = 1) -> list:
    """Applications of one content as `ready` leaves them, written as rows instead of by actions: for hundreds."""
    licence = files.store(PDF, "营业执照.pdf", by=team.drafter)
    kind = team.call.attachment_kinds.get(code="licence")
    first = factories.make_application(
        team.call, team.consortium, leader=team.leader, title="竞争项目", state="unit_review"
    )
    ApplicationSection.objects.bulk_create(
        ApplicationSection(application=first, code=section.code, body={"text": TEXT}, revision=1)
        for section in editions.edition(team.call.edition).sections
    )
    Attachment.objects.create(application=first, kind=kind, file=licence, added_by=team.drafter)
    first.declared_by, first.declared_at = team.leader, timezone.now()
    first.declared_digest = content_digest(whole_application(pk=first.pk))
    first.save()
    more = Application.objects.bulk_create(_copy(first, public_id=uuid.uuid4()) for _ in range(count - 1))
    for model in (ApplicationSection, Attachment, BudgetLine, FundingSource, KpiTarget, Stage, TeamMember):
        rows = list(model.objects.filter(application=first))
        model.objects.bulk_create(_copy(row, application=other) for other in more for row in rows)
    return [first, *more]


def _copy(row, **changes):
    twin = copy.copy(row)
    twin._state = copy.copy(row._state)
    twin._state.adding, twin.pk = True, None
    for name, value in changes.items():
        setattr(twin, name, value)
    return twin
