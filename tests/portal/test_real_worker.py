"""A Celery worker process takes tasks from the real broker and works on the database (P4, P5)."""

import io
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from pypdf import PdfReader

from funding.actions import ledger_import
from funding.models import ImportJob, ImportRow
from funding.tasks import sweep_imports
from portal import documents, files, heartbeat
from portal.models import Document
from portal.tasks import sweep
from reviews.actions import conclusions
from tests.factories import make_user
from tests.funding.money_tools import make_scene
from tests.funding.test_import import csv, row
from tests.reviews import acceptance
from tests.worker import kill, running_worker, wait_until

pytestmark = [pytest.mark.real_worker, pytest.mark.slow]


def issue(*, code: str = "rectification_required") -> Document:
    """Issue a conclusion as the director does; its acceptance report is queued."""
    project = acceptance.finished_project(with_evidence=False)
    item, officer = acceptance.evaluated(project, share=50)
    project.refresh_from_db()
    draft = conclusions.draft_conclusion(project=project, item=item, code=code, opinion="指标未完成。", by=officer)
    conclusions.issue_conclusion(draft, by=make_user("director"))
    return documents.latest("acceptance_report", project)


def state(thing: Document | ImportJob) -> str:
    """The state as stored now."""
    return type(thing)._base_manager.values_list("state", flat=True).get(pk=thing.pk)


def test_worker_executes_the_sweep_and_shows_life(real_worker):
    assert heartbeat.age() is None
    sweep.delay()
    wait_until(lambda: heartbeat.age() is not None, 20, "a sign of life")
    assert real_worker.poll() is None


def test_report_is_made_by_the_worker_while_the_page_tells_how_far_it_is(real_worker, client):
    document = issue()
    client.force_login(make_user("officer"))
    seen = []

    def told() -> bool:
        response = client.get(reverse("document_progress", args=[document.verification_code]))
        seen.append(response.content.decode())
        return "下载 PDF" in seen[-1]

    wait_until(told, 60, "the finished report")
    assert "排队中" in seen[0] or "生成中" in seen[0]
    data = client.get(reverse("document_download", args=[document.verification_code])).content
    assert "验收" in PdfReader(io.BytesIO(data)).pages[0].extract_text()


def test_report_survives_a_worker_that_is_killed_in_the_middle(real_worker, tmp_path):
    document = issue()
    wait_until(lambda: state(document) == "rendering", 60, "the beginning of the work", every=0.02)
    kill(real_worker)
    assert state(document) == "rendering"
    assert documents.latest("acceptance_report", document.subject).file is None
    # Three minutes later the sweeper knows that nobody works on it.
    Document.objects.filter(pk=document.pk).update(started_at=F("started_at") - timedelta(minutes=4))
    with running_worker(tmp_path):
        sweep.delay()
        wait_until(lambda: state(document) == "ready", 60, "the second worker's report")
    document = Document.objects.get(kind="acceptance_report")
    assert (document.attempts, document.progress) == (2, 100)
    assert files.read(document.file).startswith(b"%PDF")


def ledger_file(scene) -> ImportJob:
    """A ledger file of 4,000 lines as the unit uploads it."""
    lines = [row(f"记-{number}", f"专家评审费（{number}）", "1") for number in range(4000)]
    return ledger_import.upload_ledger(project=scene.project, data=csv(*lines), name="账.csv", by=scene.drafter)


def test_ledger_file_is_judged_and_booked_by_the_worker(real_worker):
    scene = make_scene()
    job = ledger_file(scene)
    wait_until(lambda: state(job) == "ready", 60, "the dry run")
    ledger_import.confirm_import(ImportJob.objects.get(pk=job.pk), by=scene.drafter)
    wait_until(lambda: state(job) == "booked", 60, "the booking")
    assert (scene.project.ledger_lines.count(), ImportRow.objects.count()) == (4000, 0)


def test_ledger_file_survives_a_worker_that_is_killed_in_the_middle(real_worker, tmp_path):
    scene = make_scene()
    job = ledger_file(scene)
    wait_until(ImportRow.objects.exists, 60, "the first stored rows", every=0.01)
    kill(real_worker)
    assert state(job) == "checking"
    assert not scene.project.ledger_lines.exists()
    ImportJob.objects.update(touched_at=F("touched_at") - timedelta(minutes=4))
    with running_worker(tmp_path):
        sweep_imports.delay()
        wait_until(lambda: state(job) == "ready", 60, "the second worker's dry run")
        assert ImportJob.objects.get().standing_rows.count() == ImportRow.objects.count() == 4000
        ledger_import.confirm_import(ImportJob.objects.get(), by=scene.drafter)
        wait_until(lambda: state(job) == "booked", 60, "the booking")
    assert scene.project.ledger_lines.count() == 4000
