"""The acceptance package: complete, frozen at submit, returned with a reason (11, 18)."""

import hashlib
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone

from portal import files
from portal.errors import Conflict, Invalid, Refused
from projects import extensions
from projects.actions import archives, packages
from tests import factories
from tests.papers import pdf

pytestmark = pytest.mark.django_db
SUMMARY = "".join(chr(0x4E00 + number) for number in range(2000))


@pytest.fixture(autouse=True)
def _no_money(monkeypatch):
    """What the apps above have to say about money is tested there."""
    monkeypatch.setattr(extensions, "PACKAGE_CHECKS", [])


@pytest.fixture
def project():
    project = factories.make_project()
    factories.make_contract(project, scan=files.store(pdf(100), "合同.pdf", by=None))
    return project


def save(project, **changes):
    values = {"work_summary": SUMMARY, "self_assessment": "完成情况良好。", "final_accounts_note": "", "revision": 0}
    return packages.save_package(project, by=project.leader, **(values | changes))


def complete(project):
    package = save(project)
    for number, kind in enumerate(["case_report", "map", "final_accounts"]):
        packages.add_file(project, kind=kind, content=pdf(number), name=f"{kind}.pdf", by=project.leader)
    return package


def test_missing_parts_are_named_with_articles(project):
    package = save(project, work_summary="太短", self_assessment="")
    with pytest.raises(Refused) as refusal:
        packages.submit_package(package, by=project.leader)
    articles = {finding.article for finding in refusal.value.findings}
    assert {"10(1)3", "10(1)4", "18", "7(5)", "10(1)6"} <= articles
    assert "工作总结为 2 字" in refusal.value.message


def test_complete_package_is_frozen_and_moves_the_project(project):
    package = packages.submit_package(complete(project), by=project.leader)
    project.refresh_from_db()
    assert (package.state, project.state) == ("submitted", "final_submitted")
    assert len(package.snapshot["files"]) == 3
    assert len(package.sha256) == 64
    with pytest.raises(Conflict):
        save(project, revision=package.revision)


def test_second_window_does_not_overwrite(project):
    save(project)
    with pytest.raises(Conflict, match="另一个窗口"):
        save(project, work_summary="旧内容")
    project.package.refresh_from_db()
    assert project.package.work_summary == SUMMARY


def test_returned_package_can_be_completed_and_handed_in_again(project):
    officer = factories.make_user("officer")
    package = packages.submit_package(complete(project), by=project.leader)
    with pytest.raises(Invalid):
        packages.send_back_package(package, by=officer, note="")
    package = packages.send_back_package(package, by=officer, note="请补充审计报告")
    project.refresh_from_db()
    assert (package.state, project.state) == ("returned", "running")
    packages.add_file(project, kind="audit", content=pdf(9), name="审计.pdf", by=project.leader)
    assert len(packages.submit_package(package, by=project.leader).snapshot["files"]) == 4


def test_page_saves_uploads_and_submits(client, project):
    client.force_login(project.leader)
    url = reverse("package", args=[project.public_id])
    values = {"work_summary": SUMMARY, "self_assessment": "好", "final_accounts_note": "", "revision": "0"}
    assert "缺少" in client.get(url).content.decode()
    assert client.post(url, values).status_code == 302
    assert client.post(url, values | {"work_summary": "旧"}).status_code == 409
    page = client.post(reverse("package_submit", args=[project.public_id]), follow=True)
    assert "验收材料缺少" in page.content.decode()
    project.refresh_from_db()
    assert project.state == "running"


def test_archive_holds_index_papers_and_matching_digests(project):
    complete(project)
    with archives.export_archive(project, by=factories.make_user("officer")) as stream:
        archive = zipfile.ZipFile(stream)
        entries = {name: archive.read(name) for name in archive.namelist()}
    names = list(entries)
    assert {"index.xlsx", "SHA256SUMS", "log.csv"} <= set(names)
    sums = dict(reversed(line.split("  ", 1)) for line in entries["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(names) - {"index.xlsx", "SHA256SUMS"}
    assert all(hashlib.sha256(entries[name]).hexdigest() == digest for name, digest in sums.items())
    assert sum(name.startswith("04-") for name in names) == 3


def test_archive_is_for_the_center(client, project):
    for person, status in ((factories.make_user("finance"), 403), (factories.make_user("director"), 200)):
        client.force_login(person)
        page = client.get(reverse("admin:projects_project_archive", args=[project.pk]))
        assert page.status_code == status
        # Read to the end: the test client then closes the file without the database connection.
        assert page.getvalue()


def test_package_before_the_contract_is_refused():
    project = factories.make_project(state="contracting")
    with pytest.raises(Conflict):
        save(project)
    assert timezone.localdate() <= project.end_on
