"""What an auditor may see, by day and by project, and the zip that the worker makes of it (17, 18)."""

import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from funding.actions import audit_packages, audits
from funding.documents.audit_package import safe_name
from funding.models import AuditEngagement, AuditPackage
from portal import access, files
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from projects.models import Project
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import PDF

PAGES = (
    "project_detail", "project_contract", "evidence_list", "work_log", "report_list", "package", "rectification_list",
    "ledger", "budget", "disbursements", "clawbacks", "project_audits",
)  # fmt: skip
WRITES = ("ledger_add", "ledger_upload", "budget_adjust")


def engaged(*scenes, days=5, auditor=None):
    """One engagement of one auditor on several projects, from today."""
    auditor = auditor or factories.make_user("auditor", valid_until=timezone.now() + timedelta(days=90))
    today = timezone.localdate()
    return audits.engage_auditor(
        projects=[scene.project for scene in scenes],
        auditor=auditor,
        firm="虚构会计师事务所",
        starts_on=today,
        ends_on=today + timedelta(days=days),
        by=scenes[0].officer,
    )


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def seen(client, scene) -> set[int]:
    return {client.get(reverse(name, args=[scene.project.public_id])).status_code for name in PAGES}


@pytest.mark.django_db
def test_one_engagement_opens_its_projects_read_only_and_no_other():
    first, second, other = make_scene(), make_scene(), make_scene()
    engagement = engaged(first, second)
    client = signed_in(engagement.auditor)
    listed = client.get(reverse("audits")).content.decode()
    assert first.project.number in listed
    assert second.project.number in listed
    assert other.project.number not in listed
    for scene in (first, second):
        assert seen(client, scene) == {200}
        writes = {client.get(reverse(name, args=[scene.project.public_id])).status_code for name in WRITES}
        assert writes <= {403, 404}
    assert seen(client, other) == {404}
    foreign = engaged(other).project_audits.get()
    assert client.get(reverse("audit", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("audit_finding", args=[foreign.pk]), {"text": "试探他人的项目"}).status_code == 404
    assert client.post(reverse("audit_package", args=[foreign.pk])).status_code == 404
    assert client.get("/admin/").status_code == 302
    assert client.get(reverse("project_list")).content.decode().count(first.project.number) >= 1


@pytest.mark.django_db
def test_the_day_after_the_end_nothing_is_seen_without_any_task():
    scene = make_scene()
    engagement = engaged(scene, days=5)
    auditor, audit = engagement.auditor, engagement.project_audits.get()
    slip = scene.project.disbursements.get().bank_receipt
    assert files.may_read(auditor, slip)
    with time_machine.travel(timezone.now() + timedelta(days=5)):  # the last day still counts
        assert seen(signed_in(auditor), scene) == {200}
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        # The same user object, the same grant in the database, no task ran: the predicate looks at the day.
        assert not access.allowed(auditor, "projects.view_project", scene.project)
        assert not files.may_read(auditor, slip)
        assert not Project.objects.visible_to(auditor).exists()
        client = signed_in(User.objects.get(pk=auditor.pk))
        assert seen(client, scene) == {404}
        assert client.get(reverse("audit", args=[audit.pk])).status_code == 404
        assert client.get(reverse("audits")).content.decode().count(scene.project.number) == 0
        assert client.post(reverse("audit_finding", args=[audit.pk]), {"text": "晚到的问题"}).status_code == 404
        with pytest.raises(NotAllowed):
            audits.add_finding(audit=audit, text="晚到的问题", by=auditor)


@pytest.mark.django_db
def test_before_the_first_day_and_after_an_early_end_nothing_is_seen():
    scene = make_scene()
    engagement = engaged(scene, days=5)
    AuditEngagement.objects.filter(pk=engagement.pk).update(starts_on=timezone.localdate() + timedelta(days=2))
    assert seen(signed_in(engagement.auditor), scene) == {404}
    AuditEngagement.objects.filter(pk=engagement.pk).update(starts_on=timezone.localdate())
    assert seen(signed_in(engagement.auditor), scene) == {200}
    with pytest.raises(NotAllowed):
        audits.end_engagement(engagement, by=scene.finance, note="提前结束")
    with pytest.raises(Invalid):
        audits.end_engagement(engagement, by=scene.officer, note=" ")
    audits.end_engagement(engagement, by=scene.officer, note="更换审计机构")
    assert seen(signed_in(engagement.auditor), scene) == {404}
    with pytest.raises(Conflict):
        audits.end_engagement(AuditEngagement.objects.get(pk=engagement.pk), by=scene.officer, note="再结束一次")


@pytest.mark.django_db
def test_thread_of_a_question_is_kept_and_its_file_is_seen_by_both_sides():
    scene = make_scene()
    engagement = engaged(scene)
    audit, auditor = engagement.project_audits.get(), engagement.auditor
    finding = audits.add_finding(audit=audit, kind="finding", text="缺少验收单", lines=[scene.banned()], by=auditor)
    message = audits.answer_finding(finding, text="验收单见附件", by=scene.unitadmin, file=(PDF, "验收单.pdf"))
    assert files.may_read(auditor, message.file)
    assert files.may_read(scene.unitadmin, message.file)
    assert not files.may_read(make_scene().unitadmin, message.file)
    audits.ask_again(finding, text="请补充比价记录", by=auditor)
    with pytest.raises(NotAllowed):
        audits.ask_again(finding, text="请补充比价记录", by=scene.unitadmin)
    audits.answer_finding(finding, text="已补充", by=scene.drafter)
    audits.settle_finding(finding, by=auditor, text="已核实")
    finding.refresh_from_db()
    assert (finding.state, finding.messages.count()) == ("settled", 4)
    with pytest.raises(Conflict):
        audits.answer_finding(finding, text="还有补充", by=scene.unitadmin)


def _zip(package) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(files.read(AuditPackage.objects.get(pk=package.pk).file)))


@pytest.mark.django_db(transaction=True)
def test_zip_holds_what_the_auditor_may_see_with_index_and_digests():
    scene = make_scene()
    scene.book("记-1", "100.00", attachment=(PDF, "合同.pdf"))
    engagement = engaged(scene)
    audit = engagement.project_audits.get()
    audits.add_finding(audit=audit, text="请说明用途", by=engagement.auditor)
    client = signed_in(engagement.auditor)
    assert client.post(reverse("audit_package", args=[audit.pk])).status_code == 302
    package = AuditPackage.objects.get()  # the task ran where it was sent
    assert (package.state, package.progress) == ("ready", 100)
    archive = _zip(package)
    names = archive.namelist()
    sums = dict(reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert set(sums) == set(names) - {"SHA256SUMS"}
    assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in sums.items())
    index = load_workbook(io.BytesIO(archive.read("index.xlsx")))
    assert [row[1].value for row in index["目录"].iter_rows(min_row=2)] == [n for n in names if "/" in n]
    assert any("合同.pdf" in name for name in names)
    assert any("明细账" in name for name in names)
    assert files.may_read(engagement.auditor, package.file)
    for other in (scene.officer, scene.unitadmin, factories.make_user("auditor")):
        assert not files.may_read(other, package.file)
    assert "下载资料包" in client.get(reverse("audit", args=[audit.pk])).content.decode()
    assert "badge" in client.get(reverse("audit_package", args=[audit.pk])).content.decode()


@pytest.mark.django_db
def test_zip_is_not_made_twice_at_once_nor_after_the_end():
    scene = make_scene()
    engagement = engaged(scene)
    audit = engagement.project_audits.get()
    package = audit_packages.ask_package(audit, by=engagement.auditor)
    with pytest.raises(Conflict):
        audit_packages.ask_package(audit, by=engagement.auditor)
    with pytest.raises(NotAllowed):
        audit_packages.ask_package(audit, by=scene.officer)
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        audit_packages.work(package.pk)
    package.refresh_from_db()
    assert (package.state, package.file) == ("failed", None)
    assert "委托期已结束" in package.error
    audit_packages.work(package.pk)  # a message that comes twice does no harm
    assert AuditPackage.objects.count() == 1


@given(st.text(max_size=200))
def test_names_in_the_zip_lead_nowhere(name):
    safe = safe_name(name)
    assert safe
    assert not set(safe) & set('\\/:*?"<>|\x00\n\r')
    assert safe.strip(" .") == safe.rstrip(" .") or safe.startswith("_")
    assert len(safe) <= 100
    assert safe.split(".")[0].upper() not in {"CON", "NUL", "PRN", "AUX", "COM1", "LPT9"}
