"""Each person at each object, own and foreign: the written matrix says who gets a page, nobody else does (W15)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from funding.actions.audit_packages import ask_package, work
from funding.actions.audits import engage_auditor
from funding.actions.clawbacks import add_clawback_file, open_clawback
from portal import documents
from portal.models import Document
from projects.models import AcceptancePackage, Evidence, ProgressReport
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import PDF
from tests.projects import applying
from tests.reviews import worlds

# Strangers lead another unit; `member` sits in a member unit of the consortium; `auditor` was given the project,
# `other-auditor` was not; `expert` has a seat on the item, `other-expert` has none.
PEOPLE = [
    "anonymous",
    "drafter",
    "leader",
    "unitadmin",
    "supervisor",
    "member",
    "stranger",
    "expert",
    "other-expert",
    "auditor",
    "other-auditor",
    "officer",
    "finance",
    "director",
    "bast",
    "sysadmin",
    "logadmin",
]
UNIT = "drafter leader unitadmin supervisor"
CENTER = "officer finance director bast"
SEEN_BY = {
    "draft application": UNIT,
    "submitted application": f"{UNIT} {CENTER}",
    "frozen version": f"{UNIT} {CENTER}",
    "attachment": f"{UNIT} {CENTER}",
    "receipt": f"{UNIT} {CENTER}",
    "project": f"{UNIT} member {CENTER} auditor",
    "contract": f"{UNIT} {CENTER} auditor",
    "evidence": f"{UNIT} member {CENTER} auditor",
    "report": f"{UNIT} member {CENTER} auditor",
    "package": f"{UNIT} member {CENTER} auditor",
    "ledger": f"{UNIT} member {CENTER} auditor",
    "ledger line": f"{UNIT} member {CENTER} auditor",
    "months of the ledger": f"{UNIT} member {CENTER} auditor",
    "closing of months": "drafter unitadmin",
    "ledger file": "drafter unitadmin",
    "disbursements": f"{UNIT} member {CENTER} auditor",
    "clawbacks": f"{UNIT} member {CENTER} auditor",
    "budget": f"{UNIT} member {CENTER} auditor",
    "slip of the bank": f"{UNIT} member {CENTER} auditor",
    "audit": f"{UNIT} {CENTER} auditor",
    "zip of the audit": "auditor",
    "evidence of a case being prepared": CENTER,
    "admin page of the payment": CENTER,
    "seat of an expert": "expert",
    "public notice": " ".join(PEOPLE),
    "admin page of the application": CENTER,
    "admin page of the project": CENTER,
    "admin page of the ledger line": CENTER,
    "admin page of the round": "officer director bast",
    "admin page of a user": "officer director sysadmin",
}


def make_objects() -> tuple[dict, dict]:
    """People by name and addresses of objects by name, all of one unit, consortium and project."""
    scene = make_scene()
    project = scene.project
    unit, call = project.lead_unit, project.call
    people = {role: factories.make_person(unit, role) for role in ("leader", "supervisor")}
    people |= {"drafter": scene.drafter, "unitadmin": scene.unitadmin}
    member = project.consortium.memberships.filter(role="member").first().unit
    people["member"] = factories.make_person(member, "member")
    people["stranger"] = applying.make_team().drafter
    people |= {duty: factories.make_user(duty) for duty in (*CENTER.split(), "sysadmin", "logadmin")}
    people |= {"auditor": factories.make_user("auditor"), "other-auditor": factories.make_user("auditor")}
    today = timezone.localdate()
    engage_auditor(
        projects=[project], auditor=people["auditor"], firm="虚构会计师事务所", starts_on=today,
        ends_on=today + timedelta(days=20), by=people["officer"],
    )  # fmt: skip
    return people, _addresses(project, call, unit, people, scene)


def _papers(project, people) -> tuple:
    """An evidence item, a report that is due, and a package."""
    evidence = Evidence.objects.create(
        project=project,
        kpi_code="case_report",
        title="报告",
        number="佐证-1",
        happened_on=timezone.localdate(),
        claimed_by=people["drafter"],
    )
    report = ProgressReport.objects.create(
        project=project, kind="progress", title="季度报告", due_on=timezone.localdate() + timedelta(days=9)
    )
    AcceptancePackage.objects.create(project=project)
    return evidence, report


def _zip(project, people):
    """The zip that the auditor had made."""
    package = ask_package(project.audits.get(), by=people["auditor"])
    work(package.pk)
    return package.audit.packages.get().file.public_id


def _evidence(scene):
    """A file of a clawback case that the unit was not told of."""
    case = open_clawback(
        project=scene.project, ground=2, facts="以会议费名义列支招待费用", lines=[scene.banned()], by=scene.officer
    )
    row = add_clawback_file(case, file=(PDF, "核查记录.pdf"), note="核查记录", by=scene.officer)
    return row.file.public_id


def _money(project, people, scene) -> dict:
    """Addresses of what moves money."""
    payment = project.disbursements.get()
    return {
        "budget": f"/projects/{project.public_id}/budget/",
        "slip of the bank": f"/files/{payment.bank_receipt.public_id}/",
        "audit": f"/audits/{project.audits.get().pk}/",
        "zip of the audit": f"/files/{_zip(project, people)}/",
        "evidence of a case being prepared": f"/files/{_evidence(scene)}/",
        "admin page of the payment": f"/admin/funding/disbursement/{payment.pk}/change/",
    }


def _addresses(project, call, unit, people, scene) -> dict:
    team = applying.Team(
        project.consortium, factories.make_call(), people["drafter"], people["leader"], people["unitadmin"]
    )
    submitted, draft = applying.submitted(team, "已提交的"), applying.start(team, "草稿")
    round, experts, _ = worlds.open_world(experts=3)
    people |= {"expert": experts[0].user, "other-expert": factories.make_expert().user}
    worlds.accept(worlds.seat_of(round, experts[0]))
    own, line = f"/projects/{project.public_id}/", scene.book()
    evidence, report = _papers(project, people)
    receipt = Document.objects.get(pk=documents.of(submitted).filter(kind="application_receipt").get().pk)
    notice = factories.make_notice([project.application])
    return _money(project, people, scene) | {
        "draft application": f"/applications/{draft.public_id}/",
        "submitted application": f"/applications/{submitted.public_id}/",
        "frozen version": f"/applications/{submitted.public_id}/versions/1/",
        "attachment": f"/files/{submitted.attachments.first().file.public_id}/",
        "receipt": f"/documents/{receipt.verification_code}/",
        "project": own,
        "contract": f"{own}contract/",
        "evidence": f"{own}evidence/{evidence.pk}/",
        "report": f"{own}reports/{report.pk}/",
        "package": f"{own}package/",
        "ledger": f"{own}ledger/",
        "ledger line": f"{own}ledger/lines/{line.pk}/",
        "months of the ledger": f"{own}ledger/months/",
        "closing of months": f"{own}ledger/months/close/",
        "ledger file": f"{own}ledger/import/{scene.bring('日期,金额'.encode()).pk}/",
        "disbursements": f"{own}disbursements/",
        "clawbacks": f"{own}clawbacks/",
        "seat of an expert": f"/reviews/seats/{worlds.seat_of(round, experts[0]).pk}/",
        "public notice": f"/notices/{notice.public_id}/",
        "admin page of the application": f"/admin/projects/application/{submitted.pk}/change/",
        "admin page of the project": f"/admin/projects/project/{project.pk}/change/",
        "admin page of the ledger line": f"/admin/funding/ledgerline/{line.pk}/change/",
        "admin page of the round": f"/admin/reviews/round/{round.pk}/change/",
        "admin page of a user": f"/admin/portal/user/{people['drafter'].pk}/change/",
    }


@pytest.mark.django_db
def test_objects_are_seen_by_whom_the_matrix_says():
    people, addresses = make_objects()
    assert addresses.keys() == SEEN_BY.keys()
    seen = {name: [] for name in addresses}
    for person in PEOPLE:
        client = Client()
        if person != "anonymous":
            client.force_login(people[person])
        for name, address in addresses.items():
            status = client.get(address).status_code
            assert status in {200, 302, 403, 404}, (person, name, status)
            if status == 200:
                seen[name].append(person)
    assert {name: " ".join(who) for name, who in seen.items()} == {
        name: " ".join(person for person in PEOPLE if person in who.split()) for name, who in SEEN_BY.items()
    }
