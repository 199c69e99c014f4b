"""The watch over stored files: every night as many as time allows are read again, longest unread first (F11, F12)."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from portal import events, files, notify
from portal.batches import in_batches
from portal.models import Duty, StoredFile, User

NIGHT_SECONDS = 480.0
SHOWN = 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Finding:
    """A file whose bytes are missing or changed, or bytes that belong to no file (`stored` None)."""

    stored: StoredFile | None
    reason: str


def damaged(rows: Iterable[StoredFile]) -> Iterator[Finding]:
    """Read each file and compare it with its digest; what is sound is stamped with the time."""
    for stored in rows:
        if files.intact(stored) is None:
            there = files.path_of(stored.sha256).exists()
            yield Finding(stored, "内容与登记的摘要不一致" if there else "存储中没有这个文件")
        else:
            StoredFile.objects.filter(pk=stored.pk).update(verified_at=timezone.now())


def orphans() -> Iterator[Finding]:
    """Bytes in the store that no row knows: left by a crash between writing and commit, or put there by hand."""
    root = Path(settings.MEDIA_ROOT)
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        there = {path.name for path in folder.iterdir() if path.is_file()}
        digests = {name for name in there if _DIGEST.fullmatch(name)}
        known = set(StoredFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
        yield from (Finding(None, f"{folder.name}/{name} 没有登记") for name in sorted(there - known))


def watch(seconds: float = NIGHT_SECONDS) -> list[Finding]:
    """One night's watch: stops after `seconds`, logs what it saw and alarms the administrators of damage."""
    ends, count, found = time.monotonic() + seconds, 0, []
    for stored in _longest_unread():
        found += damaged([stored])
        count += 1
        if time.monotonic() > ends:
            break
    note = "；".join(_line(finding) for finding in found[:SHOWN])
    label = f"校验存储的文件：{len(found)} 个未通过" if found else "校验存储的文件"
    events.record("file.watch", label, None, after={"checked": count, "damaged": len(found)}, note=note)
    if found:
        admins = User.objects.with_duty(Duty.SYSADMIN)
        title, key = f"{len(found)} 个文件校验未通过", f"file-watch-{timezone.localdate()}"
        body = f"{note}。这些文件已停止下载，请按运维手册从备份恢复。"
        notify.tell(admins, title, body, url=reverse("notifications"), key=key)
    return found


def _longest_unread() -> Iterator[StoredFile]:
    return in_batches(StoredFile.objects.order_by(models.F("verified_at").asc(nulls_first=True), "id"))


def _line(finding: Finding) -> str:
    name = f"文件 {finding.stored.pk} “{finding.stored.name}”：" if finding.stored else ""
    return f"{name}{finding.reason}"


def lines(findings: Iterable[Finding]) -> list[str]:
    """The findings as lines for people."""
    return [_line(finding) for finding in findings]
