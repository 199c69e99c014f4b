"""Writes around the archive of a project (H5)."""

from typing import IO

from portal import access, events, workflow
from portal.errors import NotAllowed, Refused
from projects import extensions
from projects.documents.archives import build_archive


@workflow.action
def export_archive(project, *, by) -> IO[bytes]:
    """Record who took the archive, and build it; returns an open zip."""
    if not access.allowed(by, "projects.export_archive", project):
        raise NotAllowed("您的账号不能导出项目档案。")
    events.record("project.archive", "导出项目档案", project, by=by)
    return build_archive(project)


@workflow.action
def close_project(project, *, by, note="") -> None:
    """Put a concluded project into the archive: nothing of it changes any more."""
    project = workflow.lock(project)
    found = extensions.ask(extensions.CLOSING_CHECKS, project)
    if found:
        raise Refused("不能归档：" + "".join(finding.sentence for finding in found), article=found[0].article)
    workflow.move(project, "close", by=by, note=note)


@workflow.action
def suspend_project(project, *, by, note="") -> None:
    """Suspend a running project, with the reason (17)."""
    workflow.move(workflow.lock(project), "suspend", by=by, note=note)


@workflow.action
def resume_project(project, *, by, note="") -> None:
    """Let a suspended project run again."""
    workflow.move(workflow.lock(project), "resume", by=by, note=note)
