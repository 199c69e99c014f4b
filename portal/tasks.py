"""Celery tasks of the kernel: thin, idempotent, ids in."""

from contextlib import nullcontext

from celery import shared_task
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone

from portal import documents, file_watch, heartbeat, quarantine, rendering, scanner
from portal.models import Document, OutboxMail, StoredFile
from portal.states import ScanState

MAIL_ATTEMPTS = 3


@shared_task(name="portal.tasks.render_document")
def render_document(document_id: int) -> None:
    """Render one document when it is not ready yet."""
    rendering.render(document_id)


@shared_task(name="portal.tasks.sweep")
def sweep() -> None:
    """Wake what was lost: documents whose message vanished or whose worker died, and unsent mail."""
    heartbeat.beat()
    for document in Document.objects.filter(pk__in=documents.stuck().values("pk"))[:50]:
        documents.send_task("portal.tasks.render_document", document.pk, queue="pdf")
    send_outbox()


@shared_task(name="portal.tasks.scan_file")
def scan_file(file_id: int) -> None:
    """Scan one file that came in while the scanner did not answer."""
    stored = StoredFile.objects.filter(pk=file_id, scan_state=ScanState.QUARANTINED).first()
    if stored is not None:
        quarantine.rescan(stored)


@shared_task(name="portal.tasks.scan_waiting")
def scan_waiting() -> None:
    """Scan what waits, a batch a run; a scanner that is down is asked once, not once a file."""
    if not scanner.is_configured() or not scanner.ping():
        return
    for stored in quarantine.waiting()[: quarantine.BATCH]:
        quarantine.rescan(stored)


@shared_task(name="portal.tasks.watch_files")
def watch_files() -> None:
    """Read stored files again and compare them with their digests, as many as the night allows."""
    file_watch.watch()


@shared_task(name="portal.tasks.send_outbox")
def send_outbox() -> None:
    """Send queued mail, at most 100 a run, three attempts each."""
    for pk in OutboxMail.objects.filter(status="queued").order_by("id").values_list("pk", flat=True)[:100]:
        # Held while it is sent, so that a second worker passes it by; SQLite has one worker and would stop all writers.
        with transaction.atomic() if connection.features.has_select_for_update_skip_locked else nullcontext():
            _send(OutboxMail.objects.select_for_update(skip_locked=True).filter(pk=pk, status="queued").first())


def _send(mail: OutboxMail | None) -> None:
    if mail is None:
        return
    mail.attempts += 1
    try:
        send_mail(mail.subject, mail.body, None, [mail.to])
    except OSError as problem:
        mail.error = str(problem)[:300]
        mail.status = "failed" if mail.attempts >= MAIL_ATTEMPTS else "queued"
    else:
        mail.status, mail.sent_at = "sent", timezone.now()
    mail.save(update_fields=["attempts", "error", "status", "sent_at"])
