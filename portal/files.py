"""Private, content-addressed files: checked on the way in, permission-checked on the way out (invariants G)."""

import hashlib
import logging
import os
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from portal import access, scanner
from portal.documents import send_task
from portal.errors import Conflict, Invalid
from portal.file_checks import TYPES, check_content
from portal.models import StoredFile
from portal.states import ScanState

__all__ = ["TYPES", "check_content"]  # what they were checked by is asked of this module, too
DAMAGED = "文件校验未通过：存储的内容与登记的摘要不一致，已停止使用。请联系平台管理员。"
logger = logging.getLogger(__name__)
Alias = Callable[..., str | None]
_holders: list[tuple[type[Model], str, str, Alias | None]] = []


def register_holder(model: type[Model], field: str, perm: str, alias: Alias | None = None) -> None:
    """Rows of `model` point to files by `field`; who has `perm` on the row may read the file.

    `alias(user, row, stored)` may give another name to show, where the file's own would say too much (None: its own).
    """
    _holders.append((model, field, perm, alias))


def name_for(user, stored: StoredFile) -> str | None:
    """The name under which the user may read the file, None when he may not.

    Any row that holds the file may let him see it; the uploader sees his own until it is used.
    """
    held = False
    for model, field, perm, alias in _holders:
        for row in model._base_manager.filter(**{field: stored}):
            held = True
            if access.allowed(user, perm, row):
                return (alias and alias(user, row, stored)) or stored.name
    is_own = not held and user.is_authenticated and stored.uploaded_by_id == user.pk
    return stored.name if is_own else None


def may_read(user, stored: StoredFile) -> bool:
    """Whether the user may read the file."""
    return name_for(user, stored) is not None


def clean_name(name: str) -> str:
    """A display name without path, control, bidi and other invisible characters, at most 120 characters."""
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    stem, dot, suffix = name.strip(" .").rpartition(".")
    return (f"{stem[:110]}{dot}{suffix[:9]}" if dot else name[:120]) or "未命名文件"


def path_of(sha256: str) -> Path:
    """Where the bytes of a digest lie."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256


def store(data: bytes, name: str, *, by, formats: tuple[str, ...] = (), max_bytes: int | None = None) -> StoredFile:
    """Check an upload by its content, scan it, write it once under its digest and return its row.

    `formats` are allowed suffixes (default: all known). Raises Invalid with a Chinese sentence, on a virus too; without
    a clear answer of the scanner the file is kept in quarantine and scanned again by the worker.
    """
    name = clean_name(name)
    content_type = check_content(data, name, formats=formats, max_bytes=max_bytes)
    verdict = scanner.scan(data)
    if verdict.state == ScanState.INFECTED:
        raise Invalid(f"文件“{name}”查出病毒（{verdict.note}），没有保存。请在本机查毒后重新上传。")
    stored = _keep(data, name, content_type, by, verdict)
    if verdict.state == ScanState.QUARANTINED:
        transaction.on_commit(lambda: send_task("portal.tasks.scan_file", stored.pk))
    return stored


def store_generated(data: bytes, name: str, content_type: str = "application/pdf") -> StoredFile:
    """Keep a file that the portal itself made."""
    return _keep(data, clean_name(name), content_type, None, scanner.Verdict(ScanState.CLEAN))


def _keep(data: bytes, name: str, content_type: str, by, verdict: scanner.Verdict) -> StoredFile:
    digest = hashlib.sha256(data).hexdigest()
    write_once(path_of(digest), data)
    return StoredFile.objects.create(
        sha256=digest,
        size=len(data),
        name=name,
        content_type=content_type,
        uploaded_by=by,
        scan_state=verdict.state,
        scan_note=verdict.note[:200],
        scanned_at=None if verdict.state == ScanState.UNSCANNED else timezone.now(),
    )


def write_once(target: Path, data: bytes) -> None:
    """Write through a temporary file, fsync and rename: a full disk never leaves half a file."""
    if target.exists() and target.stat().st_size == len(data):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read(stored: StoredFile) -> bytes:
    """The bytes of a usable file, verified against the digest.

    Raises Conflict while the file is in quarantine (F9), Invalid when it was changed on disk (F11).
    """
    if not stored.is_usable:
        raise Conflict(
            f"文件“{stored.name}”{stored.scan_words}。", fix="请稍后再试；长时间不能打开的，请联系平台管理员。"
        )
    data = intact(stored)
    if data is None:
        logger.error("stored file %s does not match its digest", stored.pk)
        raise Invalid(DAMAGED)
    return data


def intact(stored: StoredFile) -> bytes | None:
    """The bytes when they are what was registered, in quarantine too; None when missing or changed."""
    try:
        data = path_of(stored.sha256).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == stored.sha256 else None
