"""Attachments and frozen versions over HTTP, as every role: shown, kept, closed, never changed (C4, C7, A12, A16)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import documents, files
from portal.errors import Refused
from portal.models import StoredFile
from portal.overview import invariants
from projects.actions import applications
from projects.models import ApplicationVersion, AttachmentKind
from tests import factories
from tests.papers import PDF, pdf
from tests.projects import applying

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return applying.make_team()


def url(application, name, *args):
    return reverse(name, args=[application.public_id, *args])


def attachments_page(application):
    return url(application, "application_part", "attachments")


def upload(client, application, data, name="证照.pdf", kind="licence"):
    form = {"kind": kind, f"{kind}-file": SimpleUploadedFile(name, data)}
    return client.post(attachments_page(application), form, follow=True)


def second_version(application, team):
    """Withdrawn, reopened, its licence replaced and handed in again."""
    applications.withdraw_application(application, by=team.admin)
    applications.reopen_application(application, by=team.admin)
    kind = team.call.attachment_kinds.get(code="licence")
    applications.add_attachment(application, kind=kind, data=pdf("新证照"), name="新证照.pdf", by=team.drafter)
    applications.declare(application, by=team.leader)
    applications.send_to_unit(application, by=team.drafter)
    return applications.submit_application(application, by=team.admin)


def people(team):
    """One person of each role, and whether he may open what was submitted."""
    member = team.consortium.memberships.filter(role="member").first().unit
    outside = applying.make_team(call=team.call)
    auditor = factories.make_user("auditor")
    insiders = [team.drafter, team.leader, team.admin, factories.make_person(team.unit, "supervisor")]
    center = [factories.make_user(duty) for duty in ("officer", "finance", "director", "bast")]
    strangers = [outside.drafter, outside.leader, outside.admin, factories.make_person(member, "drafter"), auditor,
                 factories.make_person(team.unit, "member"), factories.make_expert().user,
                 factories.make_user("sysadmin"), factories.make_user("logadmin")]  # fmt: skip
    return insiders, center, strangers


def test_every_role_at_every_address_of_versions_and_files(client, team):
    application = applying.submitted(team)
    version = second_version(application, team)
    stored = version.files.get()
    insiders, center, strangers = people(team)
    pages = [url(application, "application_versions"), url(application, "application_version", 1)]
    pages += [url(application, "application_receipt"), reverse("file", args=[stored.public_id])]
    pages += [reverse("file_view", args=[stored.public_id]), f"{reverse('file', args=[stored.public_id])}?inline"]
    pages += [f"{pages[0]}?old=1&new=2", f"{pages[1]}?verify"]
    for person in (*insiders, *center):
        client.force_login(person)
        assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200), person.duty
    for person in strangers:
        client.force_login(person)
        assert {client.get(page).status_code for page in pages} <= {403, 404}, person.duty
    client.logout()
    assert {client.get(page).status_code for page in pages} == {302}


def test_replaced_draft_file_stays_with_the_unit_and_is_never_the_centers(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    upload(client, application, pdf("一"), "第一稿.pdf")
    page = upload(client, application, pdf("二"), "第二稿.pdf").text
    assert "以前的文件（1 个）" in page
    assert team.drafter.name in page
    first = application.attachments.get(file__name="第一稿.pdf").file
    assert f"SHA-256：{first.sha256}" in page
    assert client.get(reverse("file", args=[first.public_id])).content == pdf("一")
    applying.fill(application, team)
    applications.declare(application, by=team.leader)
    applications.send_to_unit(application, by=team.drafter)
    applications.submit_application(application, by=team.admin)
    client.force_login(factories.make_user("officer"))
    assert client.get(reverse("file", args=[first.public_id])).status_code == 404


def test_center_sees_the_files_of_each_version_and_when_they_changed(client, team):
    application = applying.submitted(team)
    second_version(application, team)
    client.force_login(factories.make_user("officer"))
    page = client.get(url(application, "application_versions")).text
    for version in application.versions.all():
        assert str(version.files.get().public_id) in page
    compared = client.get(url(application, "application_versions"), {"old": "2", "new": "1"}).text
    assert "第 1 版到第 2 版的改动" in compared
    assert "<del>营业执照.pdf" in compared
    assert "<ins>新证照.pdf" in compared


def test_same_number_twice_asks_for_two_versions(client, team):
    application = applying.submitted(team)
    second_version(application, team)
    client.force_login(team.drafter)
    assert "请选择两个不同的版本" in client.get(url(application, "application_versions"), {"old": "1", "new": "1"}).text


def test_same_file_for_two_kinds_is_pointed_out(client, team):
    AttachmentKind.objects.create(call=team.call, code="proof", name="在职证明", required=False)
    application = applying.start(team)
    client.force_login(team.drafter)
    upload(client, application, PDF)
    assert "可能传错了文件" in upload(client, application, PDF, kind="proof").text
    assert "是同一个文件" in client.get(url(application, "application_check")).text


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("程序.pdf", b"MZ\x90", "只改了扩展名"),
        ("空.pdf", b"", "0 字节"),
        ("加密.pdf", PDF.replace(b"trailer\n<<", b"trailer\n<</Encrypt 9 0 R"), "密码"),
        ("半个.pdf", PDF[:-30], "没有传完"),
        ("无页.pdf", b"%PDF-1.4\ntrailer<<>>\n%%EOF", "读不到任何一页"),
        ("页面.svg", b"<svg/>", "格式不被接受"),
        ("很大.pdf", PDF + b"\n%" + b"0" * (2 * 1024 * 1024), "超过 1 MB"),
    ],
)
def test_refusal_says_what_is_wrong_and_what_to_do(client, team, name, data, word):
    team.call.attachment_kinds.update(max_mb=1)
    application = applying.start(team)
    client.force_login(team.drafter)
    page = upload(client, application, data, name)
    assert page.status_code == 400
    assert word in page.text
    assert "请" in page.text
    assert not application.attachments.exists()


@pytest.mark.parametrize("name", ["../../etc/证照.pdf", "C:\\temp\\证照.pdf", "证照\u202efdp.pdf", "长" * 180 + ".pdf"])
def test_tricks_in_a_name_end_as_a_plain_name(client, team, name):
    application = applying.start(team)
    client.force_login(team.drafter)
    assert upload(client, application, PDF, name).status_code == 200
    stored = application.attachments.get().file
    assert not set("/\\") & set(stored.name)
    assert "\u202e" not in stored.name
    assert len(stored.name) <= 120


@pytest.mark.parametrize("state", ["quarantined", "infected"])
def test_file_that_is_not_cleared_blocks_submitting_in_words(client, team, state):
    application = applying.ready(team)
    stored = application.attachments.get().file
    StoredFile.objects.filter(pk=stored.pk).update(scan_state=state)
    stored.refresh_from_db()
    with pytest.raises(Refused, match=stored.scan_words[:4]):
        applications.submit_application(application, by=team.admin)
    client.force_login(team.drafter)
    assert stored.scan_words in client.get(url(application, "application_check")).text
    applications.return_to_draft(application, by=team.admin)
    page = client.get(attachments_page(application)).text
    assert stored.scan_words in page
    assert reverse("file", args=[stored.public_id]) not in page
    StoredFile.objects.filter(pk=stored.pk).update(scan_state="clean")
    applications.declare(application, by=team.leader)
    applications.send_to_unit(application, by=team.drafter)
    assert applications.submit_application(application, by=team.admin).number == 1


def test_upload_while_the_scanner_is_down_is_kept_and_told(client, team, settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    application = applying.start(team)
    client.force_login(team.drafter)
    assert "查毒通过后才能提交申报" in upload(client, application, PDF).text


def test_frozen_version_shows_its_own_names_whatever_is_edited_later(client, team):
    application = applying.submitted(team)
    type(application).objects.filter(pk=application.pk).update(title="后来的名称")
    client.force_login(team.drafter)
    for name, args in (("application_version", (1,)), ("application_receipt", ())):
        page = client.get(url(application, name, *args)).text
        assert application.versions.get().snapshot["application"]["project_name"] in page


def test_changed_content_or_file_of_a_version_is_told(client, team):
    application = applying.submitted(team)
    version = application.versions.get()
    client.force_login(team.drafter)
    page = url(application, "application_version", 1)
    assert "全部附件的文件内容" in client.get(f"{page}?verify").text
    stored = version.files.get()
    files.path_of(stored.sha256).write_bytes(b"swapped")
    assert client.get(reverse("file", args=[stored.public_id])).status_code == 400
    told = client.get(f"{page}?verify").text
    assert "文件缺失或被改动" in told
    assert "不一致" in told


def test_file_slipped_into_a_version_is_found(client, team):
    application = applying.submitted(team)
    version = application.versions.get()
    assert invariants.version_digest() == []
    version.files.add(files.store(pdf("别的"), "别的.pdf", by=team.drafter))
    assert invariants.version_digest() == [str(version.pk)]
    client.force_login(team.drafter)
    assert "不属于提交的内容" in client.get(url(application, "application_version", 1)).text


def test_database_refuses_to_change_a_version_or_its_files(team):
    application = applying.submitted(team)
    version = application.versions.get()
    for statement in (
        "UPDATE projects_applicationversion_files SET storedfile_id = storedfile_id + 1",
        "DELETE FROM projects_applicationversion_files",
        "UPDATE projects_applicationversion SET receipt = 'x'",
        "UPDATE portal_storedfile SET sha256 = 'x'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert documents.digest_of(ApplicationVersion.objects.get(pk=version.pk).snapshot) == version.sha256


def test_addresses_and_receipts_tell_no_count(client, team):
    first, second = applying.submitted(team), applying.submitted(team, "另一个项目")
    client.force_login(team.drafter)
    page = client.get(attachments_page(applying.start(applying.make_team(call=team.call)))).status_code
    assert page == 404
    receipts = [application.versions.get().receipt for application in (first, second)]
    assert len({receipt[7:] for receipt in receipts}) == 2
    assert (
        client.post(f"/applications/{first.public_id}/attachments/{first.attachments.get().pk}/remove/").status_code
        == 404
    )


def test_commitment_letter_is_made_once_for_the_same_content_and_only_for_the_unit(client, team):
    team.call.attachment_kinds.filter(code="undertaking").update(name="申报承诺书", signature_required=True)
    application = applying.fill(applying.start(team), team)
    client.force_login(team.drafter)
    assert "生成申报承诺书" in client.get(attachments_page(application)).text
    made = client.post(url(application, "application_undertaking")).url
    assert client.post(url(application, "application_undertaking")).url == made
    letter = documents.latest("application_undertaking", application)
    assert letter.snapshot["undertaking"]["leader"] == team.leader.name
    assert letter.snapshot["undertaking"]["unit"] == team.unit.name
    for person in (factories.make_user("officer"), applying.make_team(call=team.call).drafter):
        client.force_login(person)
        assert client.get(made).status_code == 404


def test_uploaded_template_takes_the_place_of_the_made_form(client, team):
    officer = factories.make_user("officer")
    template = files.store(PDF, "承诺书模板.pdf", by=officer)
    team.call.attachment_kinds.filter(code="undertaking").update(name="申报承诺书", template_file=template)
    application = applying.start(team)
    client.force_login(team.drafter)
    page = client.get(attachments_page(application)).text
    assert "承诺书模板.pdf" in page
    assert "生成申报承诺书" not in page
    assert client.get(reverse("file", args=[template.public_id])).content == PDF


def test_attachments_page_takes_a_fixed_number_of_queries(client, team):
    application = applying.start(team)
    kind = team.call.attachment_kinds.get(code="licence")
    client.force_login(team.drafter)
    counts = []
    for number in range(4):
        applications.add_attachment(application, kind=kind, data=pdf(number), name="a.pdf", by=team.drafter)
        with CaptureQueriesContext(connection) as counted:
            client.get(attachments_page(application))
        counts.append(len(counted))
    assert counts == [7] * 4
