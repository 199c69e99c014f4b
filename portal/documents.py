"""Documents: frozen input in, one PDF out, once. The row is the truth, the broker only wakes the worker."""

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from celery import current_app
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone

from portal import access, workflow
from portal.models import Document
from portal.states import DocumentState

MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=3)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """A kind of document: its template, and who may read it (a permission on the subject).

    `standing` says of the subject why a finished document no longer counts (withdrawn, replaced), "" while it does.
    """

    code: str
    label: str
    template: str
    template_version: str
    perm: str
    public: bool = False
    standing: Callable[[models.Model], str] | None = None


KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    """An app declares a kind of document that it makes."""
    KINDS[kind.code] = kind


def digest_of(snapshot: dict) -> str:
    """SHA-256 of the canonical JSON of a snapshot."""
    text = json.dumps(snapshot, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def new_code() -> str:
    """A verification code of 16 unmistakable characters in four groups."""
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(raw[start : start + 4] for start in range(0, 16, 4))


@dataclass(frozen=True)
class Wanted:
    """A document to be made: its kind, the whole JSON-serialisable context of the template, its title."""

    kind: str
    snapshot: dict
    title: str


def request_document(kind: str, subject: models.Model, snapshot: dict, *, title: str, by=None) -> Document:
    """Queue one document; see request_documents."""
    return request_documents(subject, [Wanted(kind, snapshot, title)], by=by)[0]


def request_documents(subject: models.Model, wanted: Sequence[Wanted], *, by=None) -> list[Document]:
    """Queue documents of different kinds about one object, and wake the worker.

    The same input gives the same row (idempotent). Call it inside the action's transaction.
    """
    subject_type = ContentType.objects.get_for_model(subject)
    # A savepoint would guard nothing: a document that cannot be queued takes the action back.
    with transaction.atomic(savepoint=False):
        rows = Document.objects.filter(subject_type=subject_type, subject_id=subject.pk).order_by()
        rows = rows.filter(kind__in=[item.kind for item in wanted])
        made = list(rows.values_list("kind", "input_digest", "version"))
        documents = []
        for item in wanted:
            new = _new(item, subject, subject_type, made, by)
            if (new.kind, new.input_digest) in {row[:2] for row in made}:
                documents.append(rows.get(kind=new.kind, input_digest=new.input_digest))
            else:
                # One by one: as an array of a bulk insert their large JSON would be quoted twice.
                new.save(force_insert=True)
                documents.append(new)
        for document in documents:
            if document.state == DocumentState.QUEUED:
                wake(document)
    return documents


def _new(item: Wanted, subject: models.Model, subject_type: ContentType, made: list[tuple], by) -> Document:
    snapshot = json.loads(json.dumps(item.snapshot, cls=DjangoJSONEncoder, ensure_ascii=False))
    return Document(
        kind=item.kind,
        title=item.title[:200],
        subject_type=subject_type,
        subject_id=subject.pk,
        version=max((version for kind, _, version in made if kind == item.kind), default=0) + 1,
        template_version=KINDS[item.kind].template_version,
        snapshot=snapshot,
        input_digest=digest_of(snapshot),
        verification_code=new_code(),
        requested_by=by,
    )


def wake(document: Document) -> None:
    """Tell the worker after commit; a dead broker loses nothing, the sweeper tries again."""
    transaction.on_commit(lambda: send_task("portal.tasks.render_document", document.pk, queue="pdf"))


def send_task(name: str, *args, queue: str = "celery") -> bool:
    """Publish a task; False (and a log line) when the broker does not take it."""
    try:
        current_app.tasks[name].apply_async(args=args, queue=queue)
    except Exception:
        logger.warning("broker did not take %s%s; the sweeper will", name, args, exc_info=True)
        return False
    return True


def may_read(user, document: Document) -> bool:
    """Whether the user may open the document: public kinds, or the kind's permission on its subject."""
    kind = KINDS.get(document.kind)
    if kind is None or document.subject is None:
        return False
    return kind.public or access.allowed(user, kind.perm, document.subject)


def readable(user, subject: models.Model) -> list[Document]:
    """The documents about the subject that the user may open, newest first; one query beyond what the rights ask."""
    found = []
    for document in of(subject):
        # A generic relation would fetch the same subject anew for each of its documents.
        document.subject = subject
        if may_read(user, document):
            found.append(document)
    return found


def latest(kind: str, subject: models.Model) -> Document | None:
    """The newest version of a kind of document about the subject."""
    subject_type = ContentType.objects.get_for_model(subject)
    return Document.objects.filter(kind=kind, subject_type=subject_type, subject_id=subject.pk).first()


def superseded_by(document: Document) -> int | None:
    """The number of the newest finished version that follows this one, or None."""
    rows = Document.objects.filter(
        kind=document.kind, subject_type_id=document.subject_type_id, subject_id=document.subject_id
    )
    return rows.filter(version__gt=document.version, state=DocumentState.READY).aggregate(last=Max("version"))["last"]


def of(subject: models.Model) -> models.QuerySet:
    """All documents about a subject, newest first."""
    return Document.objects.filter(
        subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
    ).select_related("file")


def stuck() -> models.QuerySet:
    """Documents that should be on their way but are not: lost messages and killed workers."""
    limit = timezone.now() - STUCK_AFTER
    lost = models.Q(state=DocumentState.QUEUED, created_at__lt=timezone.now() - timedelta(seconds=20))
    killed = models.Q(state=DocumentState.RENDERING, started_at__lt=limit)
    return Document.objects.filter(lost | killed).order_by("id")


def retry(document: Document, *, by) -> None:
    """Queue a failed document again."""
    with transaction.atomic():
        workflow.move(document, "retry", by=by, attempts=0, error="", progress=0)
        wake(document)
