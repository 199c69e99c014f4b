"""Writes of the work ledger 工作台账 (10(3), 19)."""

from django.utils import timezone

from portal import access, events, files, workflow
from portal.errors import Conflict, Invalid, NotAllowed
from projects.models import WorkLogEntry
from projects.states import ProjectState

CLOSED_STATES = frozenset({ProjectState.CLOSED, ProjectState.TERMINATED})
KINDS = dict(WorkLogEntry._meta.get_field("kind").choices)


@workflow.action
def add_entry(*, project, kind, title, happened_on, by, description="", file=None) -> WorkLogEntry:
    """Enter one line of the ledger; `file` is (bytes, name) or None."""
    if not access.allowed(by, "projects.keep_work_log", project):
        raise NotAllowed("您的账号不能登记该项目的工作台账。", article="10(3)")
    project = workflow.lock(project)
    if project.state in CLOSED_STATES:
        raise Conflict(f"项目{project.get_state_display()}，不能再登记工作台账。", article="10(3)")
    if kind not in KINDS:
        raise Invalid("请选择台账类别。")
    if happened_on > timezone.localdate():
        raise Invalid("日期不能晚于今天：台账登记已发生的工作。", article="10(3)")
    stored = files.store(file[0], file[1], by=by) if file else None
    entry = WorkLogEntry.objects.create(
        project=project,
        kind=kind,
        title=title.strip(),
        happened_on=happened_on,
        description=description.strip(),
        file=stored,
        entered_by=by,
    )
    events.record("worklogentry.add", "登记工作台账", entry, by=by, article="10(3)", after={"project": project.number})
    return entry
