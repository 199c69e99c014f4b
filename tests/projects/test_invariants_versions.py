"""Invariants A12 and A14-A16: what was submitted stays, what is missing is named, and nothing tells of rivals."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal import files
from projects.actions import applications
from projects.models import Application, ApplicationVersion
from tests import factories
from tests.projects import applying
from tests.projects.applying import press, url

pytestmark = pytest.mark.django_db
LONG_ID = 730_418_265  # a primary key that no page shows by chance
COUNTING = re.compile(r'(?:href|action)="([^"]*/\d+/[^"]*)"')


@pytest.fixture
def team():
    return applying.make_team()


@pytest.fixture(autouse=True)
def _papers_wait(monkeypatch):
    """Receipts and prints are other tests' matter; here they stay queued."""
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)


def submit(client, team, application):
    return press(client, team.admin, application, "submit")


def refused_by_the_database(act):
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_A12_no_door_changes_what_was_submitted(client, team):
    application = applying.ready_rows(team)[0]
    submit(client, team, application)
    version = application.versions.get()
    kept = (version.sha256, version.snapshot, [row.sha256 for row in version.files.all()])
    text = {"text": "事后修改", "revision": "1"}
    for user in (team.drafter, team.leader):
        client.force_login(user)
        for code in ("cover", "rationale", "stages", "kpis", "budget", "team"):
            answer = client.post(url(application, "application_part", code), text | {"title": "事后"})
            assert answer.status_code in (409, 422), code
        upload = {"kind": "licence", "licence-file": SimpleUploadedFile("新.pdf", applying.PDF)}
        assert client.post(url(application, "application_part", "attachments"), upload).status_code == 409
        stored = application.attachments.get(replaced_at=None).file.public_id
        assert client.post(url(application, "application_attachment_remove", stored)).status_code == 409
    client.force_login(factories.make_user("officer"))
    change = reverse("admin:projects_application_change", args=[application.pk])
    assert client.post(change, {"title": "事后"}).status_code == 403
    version.refresh_from_db()
    assert kept == (version.sha256, version.snapshot, [row.sha256 for row in version.files.all()])
    assert application.sections.get(code="rationale").body["text"] == applying.TEXT


def test_A12_the_database_itself_refuses_changes_of_a_version_and_of_its_files(client, team):
    application = applying.ready_rows(team)[0]
    submit(client, team, application)
    version = application.versions.get()
    stored = version.files.get()
    rows = ApplicationVersion.objects.filter(pk=version.pk)
    for change in ({"snapshot": {}}, {"sha256": "0" * 64}, {"receipt": "X"}, {"submitted_at": timezone.now()}):
        refused_by_the_database(lambda change=change: rows.update(**change))
    other = files.store(applying.PDF + b"%", "别的.pdf", by=team.drafter)
    links = ApplicationVersion.files.through.objects.filter(applicationversion=version)
    for act in (
        lambda: rows._raw_delete(rows.db),
        version.files.clear,
        lambda: version.files.set([other]),
        lambda: links.update(storedfile=other),
        lambda: type(stored).objects.filter(pk=stored.pk).update(sha256=other.sha256),
        lambda: type(stored).objects.filter(pk=stored.pk)._raw_delete("default"),
    ):
        refused_by_the_database(act)
    # A file swapped on the disk is not handed out.
    files.path_of(stored.sha256).write_bytes(b"%PDF-1.4 swapped")
    client.force_login(team.drafter)
    assert client.get(reverse("file", args=[stored.public_id])).status_code == 400


def test_A14_each_missing_item_is_named_and_nothing_is_half_submitted(client, team):
    application = applying.start(team)
    press(client, team.drafter, application, "send")
    answer = submit(client, team, application)
    assert answer.status_code == 400
    missing = "立项依据 年度扩容成员单位 项目负责人 监督专员 法人证照 支出明细 进度安排 数字科协"
    assert [words for words in missing.split() if words not in answer.text] == []
    application.refresh_from_db()
    facts = (application.state, application.slot, application.number, application.submitted_at)
    assert facts == ("unit_review", None, None, None)
    assert not application.versions.exists()


def test_A14_an_empty_file_and_an_open_declaration_are_refused(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    upload = {"kind": "licence", "licence-file": SimpleUploadedFile("空.pdf", b"")}
    assert client.post(url(application, "application_part", "attachments"), upload).status_code == 400
    assert not application.attachments.exists()
    ready = applying.ready_rows(team)[0]
    Application.objects.filter(pk=ready.pk).update(declared_digest="", declared_by=None)
    client.force_login(team.leader)
    assert client.post(url(ready, "application_declare"), {}).status_code == 422
    answer = submit(client, team, ready)
    assert answer.status_code == 400
    assert "尚未声明" in answer.text
    ready.attachments.update(replaced_at=timezone.now())
    assert "法人证照" in submit(client, team, ready).text


def test_A14_steps_skipped_by_address_are_refused(client, team):
    application = applying.fill(applying.start(team), team)
    applications.declare(application, by=team.leader)
    for step in ("submit", "supply", "withdraw", "reopen"):
        assert press(client, team.admin, application, step).status_code == 409, step
    application.refresh_from_db()
    assert (application.state, application.versions.count()) == ("draft", 0)


def test_A15_a_stale_save_shows_both_versions(client, team):
    application = applying.start(team)
    applications.save_section(application, code="rationale", data={"text": "同事的内容"}, revision=0, by=team.admin)
    client.force_login(team.drafter)
    path = url(application, "application_part", "rationale")
    answer = client.post(path, {"text": "我的内容", "revision": "0"})
    assert answer.status_code == 409
    assert "同事的内容" in answer.text
    assert "我的内容" in answer.text
    assert application.sections.get(code="rationale").body["text"] == "同事的内容"
    cover = client.post(url(application, "application_part", "cover"), {"title": "甲", "revision": "0"})
    assert cover.status_code == 302
    stale = client.post(url(application, "application_part", "cover"), {"title": "乙", "revision": "0"})
    assert stale.status_code == 409
    assert all(title in stale.text for title in ("甲", "乙"))


def test_A16_addresses_and_receipts_count_nothing(client):
    team = applying.make_team(factories.make_call(number_of_grants=7))
    draft = applying.fill(long_draft(team), team)
    applications.declare(draft, by=team.leader)
    client.force_login(team.drafter)
    names = ("application", "application_check")
    parts = [url(draft, "application_part", code) for code in ("cover", "rationale", "kpis", "budget", "attachments")]
    pages = [client.get(path).text for path in (reverse("application_list"), *parts, *(url(draft, n) for n in names))]
    applications.send_to_unit(draft, by=team.drafter)
    submit(client, team, draft)
    version = draft.versions.get()
    names = ("application", "application_receipt", "application_versions")
    pages += [client.get(url(draft, name)).text for name in names]
    for page in pages:
        assert str(LONG_ID) not in page
        assert [path for path in COUNTING.findall(page) if not path.startswith(("/calls/", url(draft)))] == []
        assert not re.search(r"attachments/\d+/", page)
    assert client.get(f"/applications/{draft.pk}/").status_code == 404
    numbers = []
    for _ in range(6):
        row = applying.ready_rows(applying.make_team(call=team.call))[0]
        applications.submit_application(row, by=factories.make_person(row.lead_unit, "unitadmin"))
        numbers.append(int(row.number.rpartition("-")[2]))
    # Six numbers drawn from 9999 lie apart; a counter would keep them within six.
    assert max(numbers) - min(numbers) > 60
    assert version.receipt.removeprefix(f"SQ{team.call.year}-").count("-") == 3


def long_draft(team):
    """A draft whose primary key would be recognised on a page."""
    draft = applying.start(team)
    Application.objects.filter(pk=draft.pk).delete()
    draft.pk = LONG_ID
    draft.save(force_insert=True)
    draft.funding_sources.create(kind="grant", amount=team.call.fixed_grant)
    return draft


def test_A16_before_closing_no_page_tells_how_many_applied(client, team):
    others = [applying.make_team(call=team.call) for _ in range(3)]
    own = applying.ready_rows(team)[0]
    submit(client, team, own)

    def seen():
        client.force_login(team.drafter)
        signed_in = [reverse("home"), reverse("application_list"), url(own), url(own, "application_receipt")]
        public = ["/", reverse("call_list"), reverse("call_detail", args=[team.call.pk])]
        return [strip(client.get(path).text) for path in (*signed_in, *public)]

    before = seen()
    for other in others:
        assert submit(client, other, applying.ready_rows(other)[0]).status_code == 302
    assert seen() == before


def strip(text):
    """A page without its token and the minutes that pass."""
    return [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line and "time-left" not in line]
