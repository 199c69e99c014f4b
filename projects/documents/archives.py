"""The archive of a project (H5): one zip with index, frozen papers, files, log extract and digests."""

import hashlib
import json
import tempfile
import zipfile
from typing import IO

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone

from portal import files, sheets
from portal.models import Document, Event
from projects import extensions
from projects.models import (
    Contract,
    EvidenceFile,
    PackageFile,
    RectificationFile,
    WorkLogEntry,
)

SPOOL = 16 * 1024 * 1024
INDEX_HEAD = ("序号", "路径", "类别", "名称", "大小（字节）", "SHA-256")
LOG_HEAD = ("时间", "操作人", "事项", "对象", "依据", "结果", "备注", "摘要值")


def subjects(project) -> list:
    """Every object whose papers and log belong to the project."""
    rows = [project, project.application, *project.application.notices.all(), *project.contracts.all()]
    rows += [*project.evidence.all(), *project.reports.all(), *project.rectifications.all()]
    rows += [*project.change_requests.all(), *project.application.versions.all()]
    package = getattr(project, "package", None)
    return [*rows, *([package] if package else []), *extensions.ask(extensions.ARCHIVE_SUBJECTS, project)]


def _by_type(rows) -> dict:
    grouped: dict = {}
    for row in rows:
        grouped.setdefault(type(row), []).append(row.pk)
    return grouped


def papers_of(project):
    """Ready documents about the project and its parts, oldest first."""
    where = Q(pk__in=[])
    for model, ids in _by_type(subjects(project)).items():
        where |= Q(subject_type=ContentType.objects.get_for_model(model), subject_id__in=ids)
    return Document.objects.filter(where, state="ready").select_related("file").order_by("id")


def log_of(project):
    """Log rows of the project and its parts, oldest first."""
    where = Q(pk__in=[])
    for model, ids in _by_type(subjects(project)).items():
        where |= Q(target_type=model._meta.label_lower, target_id__in=[str(pk) for pk in ids])
    return Event.objects.filter(where).order_by("id")


def _stored(project) -> list[tuple[str, str, object]]:
    """(folder, label, StoredFile) of everything that people handed in."""
    rows = [
        ("01-申报附件", f"申报书第{version.number}版附件", stored)
        for version in project.application.versions.prefetch_related("files")
        for stored in version.files.all()
    ]
    rows += [
        ("02-任务合同", str(row), row.scan)
        for row in Contract.objects.filter(project=project, scan__isnull=False).select_related("scan", "project")
    ]
    evidence = EvidenceFile.objects.filter(evidence__project=project).select_related("file", "evidence")
    rows += [("03-佐证", row.evidence.number, row.file) for row in evidence]
    package = PackageFile.objects.filter(package__project=project).select_related("file")
    rows += [("04-验收材料", row.get_kind_display(), row.file) for row in package]
    replies = RectificationFile.objects.filter(rectification__project=project).select_related("file")
    rows += [("05-整改", "整改佐证", row.file) for row in replies]
    log = WorkLogEntry.objects.filter(project=project, file__isnull=False).select_related("file")
    rows += [("06-工作台账", row.title, row.file) for row in log]
    return rows + extensions.ask(extensions.ARCHIVE_FILES, project)


def _frozen(project) -> list[tuple[str, bytes]]:
    """Frozen snapshots as JSON: application versions, contracts, package."""
    rows = [(f"01-冻结文本/申报书第{row.number}版.json", row.snapshot) for row in project.application.versions.all()]
    rows += [(f"01-冻结文本/任务合同第{row.version}版.json", row.snapshot) for row in project.contracts.all()]
    package = getattr(project, "package", None)
    if package and package.snapshot:
        rows.append(("01-冻结文本/验收材料.json", package.snapshot))
    return [(path, json.dumps(body, ensure_ascii=False, indent=1).encode()) for path, body in rows]


class _Archive:
    """A zip that remembers what went into it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.zip = archive
        self.rows: list[tuple] = []

    def add(self, path: str, kind: str, name: str, data: bytes) -> None:
        """Add one entry under a path of its own."""
        number = len(self.rows) + 1
        self.zip.writestr(path, data)
        self.rows.append((number, path, kind, name, len(data), hashlib.sha256(data).hexdigest()))

    def add_stored(self, folder: str, kind: str, stored) -> None:
        """Add a stored file, verified against its digest on the way."""
        path = f"{folder}/{len(self.rows) + 1:03d}-{stored.name}"
        if stored.is_usable:
            self.add(path, kind, stored.name, files.read(stored))
        else:
            told = f"{stored.name}：{stored.scan_words}，未收入本归档包。SHA-256 {stored.sha256}\n"
            self.add(f"{path}.txt", kind, f"{stored.name}（未收入）", told.encode())


def build_archive(project) -> IO[bytes]:
    """Return the zip as an open file at its start; raises Invalid when a stored file does not match its digest."""
    target = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115, the caller sends and closes it
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(_Archive(archive), project)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _fill(archive: _Archive, project) -> None:
    """Frozen texts, papers, files and log first, so that index and digests can name them all."""
    for path, data in _frozen(project):
        archive.add(path, "冻结文本", path.rsplit("/", 1)[-1], data)
    for document in papers_of(project):
        archive.add_stored("00-文书", document.title, document.file)
    for folder, kind, stored in _stored(project):
        archive.add_stored(folder, kind, stored)
    for path, name, data in extensions.ask(extensions.ARCHIVE_TABLES, project):
        archive.add(path, "数据表", name, data)
    log = [_log_row(event) for event in log_of(project)]
    archive.add("log.csv", "日志", "办理记录", sheets.write_csv(LOG_HEAD, log))
    index = sheets.write_xlsx({"目录": (INDEX_HEAD, archive.rows), "项目": (("项目", "内容"), _facts(project))})
    archive.zip.writestr("index.xlsx", index)
    archive.zip.writestr("SHA256SUMS", "".join(f"{row[5]}  {row[1]}\n" for row in archive.rows))


def _log_row(event) -> tuple:
    at = timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M:%S")
    return (
        at,
        event.actor_name,
        event.label,
        event.target_label,
        event.article,
        event.get_outcome_display(),
        event.note,
        event.hash,
    )


def _facts(project) -> list[tuple]:
    return [
        ("项目编号", project.number),
        ("项目名称", project.title),
        ("联合体", project.consortium.name),
        ("牵头单位", project.lead_unit.name),
        ("项目负责人", project.leader.name),
        ("支持金额（元）", project.grant_amount),
        ("执行期", f"{project.start_on.isoformat()} 至 {project.end_on.isoformat()}"),
        ("状态", project.get_state_display()),
        ("导出时间（北京时间）", timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")),
    ]
