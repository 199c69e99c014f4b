"""Documents: one row per input, one file, whatever happens to worker and broker (invariants P4-P8)."""

import dataclasses
import math
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from portal import documents, files, pdf, rendering, tasks
from portal.documents import Kind
from portal.models import Document, StoredFile
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(autouse=True)
def _sample_kind(monkeypatch):
    kind = Kind("sample", "样例", "pdf/application_receipt.html", "1", "projects.view_project")
    monkeypatch.setitem(documents.KINDS, "sample", kind)


@pytest.fixture
def queued():
    """A queued document whose wake-up was lost (no commit happens in this test)."""
    return documents.request_document("sample", make_project(), {"a": "1"}, title="样例")


def test_same_input_gives_the_same_document():
    project = make_project()
    first = documents.request_document("sample", project, {"a": "1"}, title="样例")
    again = documents.request_document("sample", project, {"a": "1"}, title="样例")
    other = documents.request_document("sample", project, {"a": "2"}, title="样例")
    assert (first.pk, first.version, other.version) == (again.pk, 1, 2)


def test_render_twice_keeps_one_file(queued, monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda *args, **kwargs: PDF)
    rendering.render(queued.pk)
    rendering.render(queued.pk)
    queued.refresh_from_db()
    assert (queued.state, queued.progress, queued.attempts) == ("ready", 100, 1)
    assert files.read(queued.file) == PDF


def test_render_fails_for_good_after_three_attempts_with_its_reason(queued, monkeypatch):
    def broken(*args, **kwargs):
        raise pdf.PdfError("字体缺失")

    monkeypatch.setattr(pdf, "render", broken)
    for _ in range(3):
        rendering.render(queued.pk)
    queued.refresh_from_db()
    assert (queued.state, queued.error) == ("failed", "字体缺失")


def test_sweep_wakes_lost_and_killed_documents(queued, monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda *args, **kwargs: PDF)
    tasks.sweep()
    queued.refresh_from_db()
    assert queued.state == "queued", "a fresh document is not stuck"
    Document.objects.filter(pk=queued.pk).update(
        state="rendering", attempts=1, started_at=timezone.now() - timedelta(minutes=10)
    )
    tasks.sweep()
    queued.refresh_from_db()
    assert queued.state == "ready"


def test_document_whose_workers_were_all_killed_fails_with_a_reason(queued, monkeypatch):
    monkeypatch.setattr("portal.pdf.render", lambda *args, **kwargs: pytest.fail("a fourth attempt"))
    Document.objects.filter(pk=queued.pk).update(
        state="rendering", attempts=3, started_at=timezone.now() - timedelta(minutes=10)
    )
    rendering.render(queued.pk)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == ("failed", 3)
    assert "中断" in queued.error


def test_broker_that_is_down_loses_nothing(queued, monkeypatch):
    def down(*args, **kwargs):
        raise OSError("no broker")

    monkeypatch.setattr(tasks.render_document, "apply_async", down)
    assert documents.send_task("portal.tasks.render_document", queued.pk) is False
    assert Document.objects.get(pk=queued.pk).state == "queued"


def test_document_page_is_404_for_strangers_and_shows_progress_to_staff(client, queued):
    url = reverse("document", args=[queued.verification_code])
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.force_login(make_user("officer"))
    assert "排队" in client.get(url).content.decode()


def test_verify_page_tells_what_a_code_is_and_never_shows_drafts(client, queued, monkeypatch):
    url = reverse("verify_code", args=[queued.verification_code])
    assert queued.input_digest not in client.get(url).content.decode()
    monkeypatch.setattr(pdf, "render", lambda *args, **kwargs: PDF)
    rendering.render(queued.pk)
    queued.refresh_from_db()
    assert queued.sha256 in client.get(url).content.decode()


def test_failed_document_can_be_made_again_by_the_center(client, queued, monkeypatch):
    Document.objects.filter(pk=queued.pk).update(state="failed", error="磁盘已满")
    client.force_login(make_user("officer"))
    client.post(reverse("document_retry", args=[queued.verification_code]))
    assert Document.objects.get(pk=queued.pk).state == "queued"


def test_verify_page_of_an_old_version_points_to_the_new_one(client, queued, monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda *args, **kwargs: PDF)
    rendering.render(queued.pk)
    page = reverse("verify_code", args=[queued.verification_code])
    newer = documents.request_document("sample", queued.subject, {"a": "2"}, title="样例")
    assert "已有第" not in client.get(page).text
    rendering.render(newer.pk)
    assert "已有第 2 版，以新版为准" in client.get(page).text


@pytest.fixture
def ready(queued, monkeypatch):
    """A finished document."""
    monkeypatch.setattr(pdf, "render", lambda *args, **kwargs: PDF)
    rendering.render(queued.pk)
    queued.refresh_from_db()
    return queued


@pytest.mark.parametrize(
    "spelled", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} ".replace("-", "－")]
)
def test_code_is_found_however_it_was_typed(client, ready, spelled):
    answer = client.get(reverse("verify"), {"code": spelled(ready.verification_code)})
    assert answer.status_code == 200
    assert ready.sha256 in answer.text
    assert "目前最新" in answer.text


@pytest.mark.parametrize("code", ["ABCD-EFGH-JKMN-PQRS", "x", "%", "' or 1=1", "Ａ" * 500])
def test_unknown_code_is_told_clearly(client, code):
    answer = client.get(reverse("verify"), {"code": code})
    assert answer.status_code == 404
    assert "没有这个校验码" in answer.text


def test_codes_cannot_be_guessed():
    codes = {documents.new_code() for _ in range(300)}
    assert len(codes) == 300
    assert math.log2(len(documents._ALPHABET)) * 16 > 75
    assert not set("01ILO") & set("".join(codes))


def test_file_is_checked_by_its_digest_and_not_kept(client, ready, settings):
    before = {path: path.stat().st_mtime_ns for path in settings.MEDIA_ROOT.rglob("*")}
    rows = StoredFile.objects.count()

    def check(data, code=""):
        return client.post(reverse("verify"), {"code": code, "file": SimpleUploadedFile("收到的.pdf", data)}).text

    assert "文件一致" in check(PDF, ready.verification_code)
    assert "文件不一致" in check(PDF + b"x", ready.verification_code)
    assert "文件由本平台出具" in check(PDF)
    assert "没有这样的文书" in check(b"other")
    assert "请先选择要核对的 PDF 文件" in client.post(reverse("verify"), {"code": ready.verification_code}).text
    assert {path: path.stat().st_mtime_ns for path in settings.MEDIA_ROOT.rglob("*")} == before
    assert StoredFile.objects.count() == rows


def test_document_that_no_longer_counts_is_told(client, ready, monkeypatch):
    kind = dataclasses.replace(documents.KINDS["sample"], standing=lambda subject: "已撤回，只作存档。")
    monkeypatch.setitem(documents.KINDS, "sample", kind)
    text = client.get(reverse("verify_code", args=[ready.verification_code])).text
    assert "已撤回，只作存档。" in text
    assert "目前最新" not in text
