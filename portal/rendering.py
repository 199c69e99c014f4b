"""Turns a queued document into a stored PDF; safe to run twice, to kill and to repeat (invariants P4-P8)."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal import documents, files, pdf, workflow
from portal.documents import KINDS, MAX_ATTEMPTS
from portal.errors import Conflict
from portal.models import Document
from portal.states import DocumentState


def render(document_id: int) -> None:
    """Render the document unless another worker made it; failure is kept in the row, with its reason."""
    document = Document.objects.get(pk=document_id)
    if document.state in (DocumentState.READY, DocumentState.FAILED):
        return
    if document.attempts >= MAX_ATTEMPTS and documents.stuck().filter(pk=document.pk).exists():
        # Each of its workers was killed: a further one would be, too (P8).
        _fail(document, document.error or "生成文件的进程多次被中断。")
        return
    try:
        workflow.move(
            document, "start", by=None, started_at=timezone.now(), attempts=document.attempts + 1, progress=20
        )
        data = pdf.render(KINDS[document.kind].template, context_of(document), title=document.title)
    except pdf.PdfError as problem:
        _fail(document, str(problem))
        return
    except Conflict:
        return
    _finish(document, data)


def context_of(document: Document) -> dict:
    """The frozen snapshot, whose `doc` gains what only the row knows: version, digest, code and its public address."""
    return document.snapshot | {
        "doc": {"issued_on": timezone.localdate(document.created_at).isoformat(), "draft": False, "number": ""}
        | document.snapshot.get("doc", {})
        | {
            "kind": document.kind,
            "version": document.version,
            "template_version": document.template_version,
            "digest": document.input_digest,
            "verification_code": document.verification_code,
            "verification_url": f"{settings.SITE_URL}/verify/{document.verification_code}/",
        }
    }


def _finish(document: Document, data: bytes) -> None:
    with transaction.atomic():
        stored = files.store_generated(data, f"{document.title}.pdf")
        try:
            workflow.move(
                document,
                "finish",
                by=None,
                file=stored,
                sha256=stored.sha256,
                progress=100,
                finished_at=timezone.now(),
                error="",
            )
        except Conflict:
            # A second worker was faster with the same bytes; its row stands.
            transaction.set_rollback(True)


def _fail(document: Document, reason: str) -> None:
    if document.attempts >= MAX_ATTEMPTS:
        workflow.move(document, "fail", by=None, error=reason[:1000], finished_at=timezone.now())
    else:
        Document.objects.filter(pk=document.pk).update(error=reason[:1000])
