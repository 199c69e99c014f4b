"""Pages of a project as people of every role see them; lists with a constant number of queries."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from projects import extensions
from projects.actions import contracts, reports
from tests import factories
from tests.papers import PDF

pytestmark = pytest.mark.django_db
PAGES = (
    "project_detail", "project_contract", "evidence_list", "work_log", "report_list", "package", "rectification_list",
)  # fmt: skip


def make_project(consortium=None, call=None):
    today = timezone.localdate()
    call = call or factories.make_call(execution_start=today - timedelta(100), execution_end=today + timedelta(200))
    application = factories.make_application(call, consortium, state="approved")
    factories.make_notice([application], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1))
    return factories.make_project(application, state="contracting", officer=factories.make_user("officer"))


@pytest.fixture
def project():
    project = make_project()
    contract = contracts.prepare_contract(project, by=project.officer)
    contracts.issue_contract(contract, by=project.officer)
    return project


def address(name, project, *args):
    return reverse(name, args=[project.public_id, *args])


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_for_unit_and_center(client, project, name):
    drafter = factories.make_person(project.lead_unit, "drafter")
    for person in (drafter, factories.make_person(project.lead_unit, "unitadmin"), factories.make_user("bast")):
        client.force_login(person)
        assert client.get(address(name, project)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_page_of_other_unit_does_not_exist(client, project, name):
    client.force_login(factories.make_person(factories.make_unit(), "unitadmin"))
    assert client.get(address(name, project)).status_code == 404


def test_member_unit_sees_its_task_but_not_the_contract(client, project):
    membership = project.consortium.memberships.filter(role="member").first()
    client.force_login(factories.make_person(membership.unit, "member"))
    page = client.get(address("project_detail", project))
    assert page.status_code == 200
    assert "确认承担" in page.content.decode()
    assert address("project_contract", project) not in page.content.decode()
    assert client.get(address("project_contract", project)).status_code == 404


def test_member_unit_confirms_its_own_part_only(client, project):
    own, other = project.consortium.memberships.filter(role="member")
    client.force_login(factories.make_person(own.unit, "member"))
    assert client.post(address("member_confirm", project, own.pk)).status_code == 302
    assert client.post(address("member_confirm", project, other.pk)).status_code == 404
    own.refresh_from_db()
    other.refresh_from_db()
    assert own.confirmed_at is not None
    assert other.confirmed_at is None


def test_wrong_digest_keeps_the_form_and_says_why(client, project):
    client.force_login(factories.make_person(project.lead_unit, "unitadmin"))
    page = client.post(address("contract_sign", project), {"digest": "0" * 12, "scan": upload("合同.pdf")})
    assert page.status_code == 400
    assert "摘要与平台签发的合同文本不一致" in page.content.decode()


def upload(name):
    return SimpleUploadedFile(name, PDF, "application/pdf")


def test_right_digest_hands_the_scan_in(client, project):
    contract = project.contracts.get()
    client.force_login(factories.make_person(project.lead_unit, "unitadmin"))
    digest = contract.sha256[:12].upper()
    page = client.post(address("contract_sign", project), {"digest": digest, "scan": upload("合同.pdf")})
    assert page.status_code == 302
    contract.refresh_from_db()
    assert (contract.state, contract.scan_digest) == ("returned", contract.sha256)


def test_drafter_may_not_sign(client, project):
    client.force_login(factories.make_person(project.lead_unit, "drafter"))
    assert client.get(address("contract_sign", project)).status_code == 404


@pytest.mark.parametrize("kind", ["leader", "members", "kpi", "budget", "schedule", "termination"])
def test_change_form_of_each_kind_opens_and_reports_errors(client, project, kind):
    contract = project.contracts.get()
    admin = factories.make_person(project.lead_unit, "unitadmin")
    contracts.upload_signed(contract, scan=(PDF, "合同.pdf"), digest=contract.sha256, by=admin)
    contracts.confirm_contract(contract, by=factories.make_user("director"))
    client.force_login(project.leader)
    url = address("change_request", project, kind)
    assert client.get(url).status_code == 200
    page = client.post(url, {"reason": ""})
    assert page.status_code == 200
    assert "变更事由" in page.content.decode()


def test_change_of_unknown_kind_does_not_exist(client, project):
    client.force_login(project.leader)
    assert client.get(address("change_request", project, "money")).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_project_list_takes_constant_queries(client, rows, django_assert_num_queries):
    consortium = factories.make_consortium()
    for number in range(rows):
        call = factories.make_call(year=2000 + number)
        make_project(consortium, call)
    client.force_login(factories.make_person(consortium.lead_unit, "unitadmin"))
    with django_assert_num_queries(5):
        page = client.get(reverse("project_list"))
    assert page.content.decode().count("协同创新示范项目") == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_report_list_takes_constant_queries(client, project, rows, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(extensions, "TABS", [])
    project.__class__.objects.filter(pk=project.pk).update(state="running")
    for number in range(rows):
        reports.report_major(
            project=project, title=f"事项{number}", happened_on=timezone.localdate(), done="情况", problems="",
            next_steps="", by=project.leader,
        )  # fmt: skip
    client.force_login(project.leader)
    with django_assert_num_queries(5):
        client.get(address("report_list", project))


def test_work_log_is_entered_filtered_and_exported(client, project):
    client.force_login(factories.make_person(project.lead_unit, "drafter"))
    today = timezone.localdate().isoformat()
    values = {"kind": "activity", "title": "=1+1", "happened_on": today, "description": "供需对接"}
    assert client.post(address("work_log_new", project), values).status_code == 302
    assert "=1+1" in client.get(address("work_log", project) + "?kind=activity").content.decode()
    assert "=1+1" not in client.get(address("work_log", project) + "?kind=paper").content.decode()
    export = client.get(address("work_log_export", project))
    assert export.status_code == 200
    assert export.content.startswith(b"PK")


def test_work_log_of_tomorrow_is_refused(client, project):
    client.force_login(factories.make_person(project.lead_unit, "drafter"))
    later = (timezone.localdate() + timedelta(1)).isoformat()
    values = {"kind": "activity", "title": "未来的活动", "happened_on": later}
    page = client.post(address("work_log_new", project), values)
    assert page.status_code == 400
    assert "不能晚于今天" in page.content.decode()
