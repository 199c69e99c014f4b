"""Public verification: what a code or a file says about a document, and nothing about what stands in it.

A code has 16 characters out of 31 (79 bits): nobody guesses one, so that asking needs no limit.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from portal import documents
from portal.models import Document
from portal.states import DocumentState

_NOISE = re.compile(r"[^0-9A-Z]")
CODE_LENGTH, GROUP = 16, 4


@dataclass(frozen=True)
class Answer:
    """What the public may know of a document: kind, number, version, and whether it still stands (words, or "")."""

    document: Document
    kind: str
    number: str
    superseded_by: int | None
    standing: str


def code_of(typed: str) -> str:
    """The code as printed, however it was typed: lower case, full width, without or with other dashes."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", typed or "")[:200].upper())
    if len(plain) != CODE_LENGTH:
        return plain[:CODE_LENGTH]
    return "-".join(plain[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def by_code(code: str) -> Answer | None:
    """The finished document of this code."""
    return _answer(_ready().filter(verification_code=code).first()) if code else None


def by_file(upload) -> tuple[str, Answer | None]:
    """(SHA-256, the document with exactly these bytes or None); the upload is read once and not kept."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    found = _ready().filter(sha256=digest.hexdigest()).order_by("id").first()
    return digest.hexdigest(), _answer(found)


def _ready():
    return Document.objects.filter(state=DocumentState.READY)


def _answer(document: Document | None) -> Answer | None:
    if document is None:
        return None
    kind = documents.KINDS.get(document.kind)
    standing = kind.standing(document.subject) if kind and kind.standing and document.subject else ""
    number = str(document.snapshot.get("doc", {}).get("number") or "")
    label = kind.label if kind else ""
    return Answer(document, label, number, documents.superseded_by(document), standing)
