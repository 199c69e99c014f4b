"""Writes of the acceptance package (11, 18): save, add files, submit frozen, send back."""

from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, files, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.models import User
from projects import extensions
from projects.models import AcceptancePackage, PackageFile
from projects.queries.evidence import kpi_bars
from projects.queries.packages import package_findings
from projects.states import PackageState, ProjectState

FORMATS = ("pdf", "docx", "xlsx", "png", "jpg", "jpeg")
MAX_FILES = 40
KINDS = dict(PackageFile._meta.get_field("kind").choices)


def _open(project, by) -> AcceptancePackage:
    """The package of a running project, made on first use; locked project > package."""
    project = workflow.lock(project)
    if not access.allowed(by, "projects.submit_package", project):
        raise NotAllowed("您的账号不能编制该项目的验收材料。", article="11")
    if project.state != ProjectState.RUNNING:
        raise Conflict(f"项目目前的状态是“{project.get_state_display()}”，不能修改验收材料。", article="11")
    package, _ = AcceptancePackage.objects.get_or_create(project=project)
    package = workflow.lock(package)
    if package.state == PackageState.SUBMITTED:
        raise Conflict("验收材料已提交，内容已冻结。", article="11")
    return package


@workflow.action
def save_package(project, *, work_summary, self_assessment, final_accounts_note, revision, by) -> AcceptancePackage:
    """Save the texts; `revision` is the one that was shown, so that two windows do not overwrite each other."""
    package = _open(project, by)
    if revision != package.revision:
        raise Conflict("验收材料已在另一个窗口保存过。您填写的内容仍在本页，请核对后再次保存。", article="11")
    package.work_summary, package.self_assessment = work_summary, self_assessment
    package.final_accounts_note = final_accounts_note
    package.revision += 1
    package.save(update_fields=["work_summary", "self_assessment", "final_accounts_note", "revision"])
    events.record("acceptancepackage.save", "保存验收材料", package, by=by, after={"revision": package.revision})
    return package


@workflow.action
def add_file(project, *, kind, content: bytes, name: str, by) -> PackageFile:
    """Add one file of a kind to the package."""
    package = _open(project, by)
    if kind not in KINDS:
        raise Invalid("请选择材料类型。")
    if package.files.count() >= MAX_FILES:
        raise Invalid(f"验收文件最多 {MAX_FILES} 个。")
    stored = files.store(content, name, by=by, formats=FORMATS)
    row = PackageFile.objects.create(package=package, kind=kind, file=stored)
    after = {"kind": kind, "sha256": stored.sha256}
    events.record("acceptancepackage.add_file", "上传验收文件", package, by=by, after=after)
    return row


@workflow.action
def remove_file(row, *, by) -> None:
    """Take a file out of a package that is not handed in."""
    package = _open(row.package.project, by)
    before = {"kind": row.kind, "sha256": row.file.sha256}
    events.record("acceptancepackage.remove_file", "移除验收文件", package, by=by, before=before)
    row.delete()


@workflow.action
def submit_package(package, *, by) -> AcceptancePackage:
    """Hand in the package when nothing is missing (11, 18); texts, files, indicators and money are frozen."""
    project = workflow.lock(package.project)
    package = workflow.lock(package)
    found = blocks(package_findings(package))
    if package.state != PackageState.SUBMITTED and found:
        raise Refused.from_findings(found)
    snapshot = _snapshot(package, project)
    workflow.move(
        package,
        "submit",
        by=by,
        snapshot=snapshot,
        sha256=documents.digest_of(snapshot),
        submitted_by=by,
        submitted_at=timezone.now(),
        return_reason="",
    )
    workflow.move(project, "submit_final", by=by)
    people = [project.officer] if project.officer else User.objects.with_duty("officer")
    notify.tell(people, f"验收材料已提交：{project.title}", f"项目编号 {project.number}。")
    return package


def _snapshot(package, project) -> dict:
    return {
        "project": project.number,
        "work_summary": package.work_summary,
        "self_assessment": package.self_assessment,
        "final_accounts_note": package.final_accounts_note,
        "files": [
            {"kind": row.kind, "name": row.file.name, "sha256": row.file.sha256, "size": row.file.size}
            for row in package.files.select_related("file")
        ],
        "kpis": kpi_bars(project),
        "figures": extensions.figures(project),
    }


@workflow.action
def send_back_package(package, *, by, note="") -> AcceptancePackage:
    """Return the package for more, with the reason; the project runs again until it is handed in anew."""
    project = workflow.lock(package.project)
    package = workflow.lock(package)
    if not note.strip():
        raise Invalid("请填写退回原因。")
    workflow.move(package, "send_back", by=by, note=note, return_reason=note.strip()[:300])
    workflow.move(project, "return_final", by=by, note=note)
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    notify.tell(people, f"验收材料退回补充：{project.title}", note, url=f"/projects/{project.public_id}/package/")
    return package
