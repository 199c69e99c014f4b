"""Files that the scanner has not cleared: scanned again until it says clean or infected (invariant F9)."""

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from portal import events, files, notify, scanner
from portal.models import Duty, StoredFile, User
from portal.states import ScanState

BATCH = 10  # a scan may take CLAMD_TIMEOUT, a task at most ten minutes


def waiting() -> models.QuerySet:
    """What the worker should scan now, longest waiting first; with a scanner also what came before there was one."""
    states = [ScanState.QUARANTINED, *([ScanState.UNSCANNED] if scanner.is_configured() else [])]
    return StoredFile.objects.filter(scan_state__in=states).order_by(models.F("scanned_at").asc(nulls_first=True), "id")


def rescan(stored: StoredFile, *, by=None) -> StoredFile:
    """Ask the scanner once more and keep what it says for all rows of these bytes; no answer changes nothing.

    `by` is the administrator who asked, None the worker. A file whose bytes were changed stays where it is.
    """
    data = files.intact(stored)
    verdict = scanner.scan(data) if data is not None else scanner.Verdict(ScanState.QUARANTINED, files.DAMAGED)
    if verdict.state == ScanState.UNSCANNED:
        return stored
    if verdict.state == ScanState.QUARANTINED and stored.scan_state != ScanState.UNSCANNED:
        StoredFile.objects.filter(pk=stored.pk).update(scanned_at=timezone.now(), scan_note=verdict.note[:200])
        stored.refresh_from_db()
        return stored
    with transaction.atomic():
        _keep(stored, verdict, by)
    return stored


def _keep(stored: StoredFile, verdict: scanner.Verdict, by) -> None:
    before = stored.scan_state
    same = StoredFile.objects.select_for_update().filter(sha256=stored.sha256)
    people = {row.uploaded_by_id for row in same if row.uploaded_by_id and row.scan_state != verdict.state}
    same.update(scan_state=verdict.state, scan_note=verdict.note[:200], scanned_at=timezone.now())
    stored.refresh_from_db()
    if before == verdict.state:
        return
    after = {"scan_state": stored.scan_state, "sha256": stored.sha256, "scan_note": stored.scan_note}
    label = f"查毒：{stored.get_scan_state_display()}"
    events.record("file.scan", label, stored, by=by, before={"scan_state": before}, after=after)
    if stored.scan_state == ScanState.INFECTED:
        _alarm(stored, User.objects.filter(pk__in=people))


def _alarm(stored: StoredFile, uploaders) -> None:
    body = f"文件“{stored.name}”查出病毒，已隔离，任何人不能下载。请在本机查毒后重新上传。"
    notify.tell(uploaders, "您上传的文件查出病毒", body, key=f"infected-{stored.sha256[:40]}")
    admins = User.objects.with_duty(Duty.SYSADMIN)
    url = reverse("admin:portal_storedfile_changelist")
    body = f"文件“{stored.name}”（{stored.scan_note}）已隔离。"
    notify.tell(admins, "查出带病毒的文件", body, url=url, key=f"infected-admin-{stored.sha256[:40]}")
