"""The frozen version of an application, and what later steps take from it."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from portal import documents, files
from projects.queries.application_summaries import file_marks


@dataclass(frozen=True)
class FrozenFile:
    """A file of a version as its snapshot names it; `stored` is None when its row is gone."""

    kind: str
    name: str
    marks: str
    sha256: str
    stored: object


def frozen_files(version) -> list[FrozenFile]:
    """The files of a version in the order of the form, by what the snapshot says, not by what is attached today."""
    held = {str(stored.public_id): stored for stored in version.files.all()}
    return [
        FrozenFile(row["kind"], row["filename"], file_marks(row), row["sha256"], held.get(row.get("file", "")))
        for row in version.snapshot.get("attachments", [])
    ]


def problems_of(version, frozen: list[FrozenFile], *, contents: bool = False) -> list[str]:
    """What does not match the digests of a version, as sentences; `contents` also reads every file (F11, A12)."""
    found = [] if documents.digest_of(version.snapshot) == version.sha256 else ["申报内容与登记的摘要不一致。"]
    for row in frozen:
        if row.stored is None or row.stored.sha256 != row.sha256:
            found.append(f"附件“{row.kind}”的登记与提交时不一致。")
        elif contents and files.intact(row.stored) is None:
            found.append(f"附件“{row.kind}”的文件缺失或被改动。")
    named = {row.get("file", "") for row in version.snapshot.get("attachments", [])}
    strays = [stored for stored in version.files.all() if str(stored.public_id) not in named]
    return found + [f"文件“{stored.name}”不属于提交的内容。" for stored in strays]


def file_history(versions) -> list[tuple[str, list[tuple[int, dict]]]]:
    """(kind, [(number of the version, frozen row)]) oldest first: each file of a kind once, when it came in."""
    rows: dict[str, list[tuple[int, dict]]] = {}
    for version in sorted(versions, key=lambda version: version.number):
        for frozen in version.snapshot.get("attachments", []):
            known = rows.setdefault(frozen["kind"], [])
            if not known or known[-1][1]["sha256"] != frozen["sha256"]:
                known.append((version.number, frozen))
    return list(rows.items())


def latest_version(application):
    """The newest frozen version, or None."""
    return application.versions.order_by("-number").first()


def baseline_codes(application, version) -> list[str]:
    """Credit codes of the consortium when the application was handed in: the base that 10(1)1 counts from.

    Taken from the frozen version; from the dated memberships where the version holds no member list.
    """
    members = (version.snapshot.get("consortium") or {}).get("members") if version else None
    if members:
        return sorted({member["credit_code"] for member in members if member.get("credit_code")})
    day = timezone.localdate(application.submitted_at) if application.submitted_at else timezone.localdate()
    rows = application.consortium.memberships.filter(Q(left_on__isnull=True) | Q(left_on__gte=day), joined_on__lte=day)
    return sorted({application.lead_unit.credit_code, *rows.values_list("unit__credit_code", flat=True)})
