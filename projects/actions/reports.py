"""Writes of progress reports and reports of major matters (6(4), 7(4))."""

from datetime import date, timedelta

from django.utils import timezone

from consortia.seats import people_of
from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from projects import extensions
from projects.models import ProgressReport
from projects.queries.evidence import kpi_bars
from projects.states import ProjectState

QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
GRACE = timedelta(days=10)  # a quarter's report is due ten days after the quarter
LIVE_STATES = frozenset({ProjectState.RUNNING, ProjectState.SUSPENDED, ProjectState.RECTIFYING})


def quarter_ends(start: date, end: date) -> list[date]:
    """Ends of the calendar quarters that lie inside a period."""
    days = [date(year, month, day) for year in range(start.year, end.year + 1) for month, day in QUARTER_ENDS]
    return [day for day in days if start < day <= end]


def schedule_reports(project, contract) -> list[ProgressReport]:
    """Lay down the quarterly reports that a contract still has before it; called when it takes effect."""
    names = {3: "一", 6: "二", 9: "三", 12: "四"}
    start_on = max(contract.start_on, contract.effective_on or contract.start_on)
    return ProgressReport.objects.bulk_create(
        ProgressReport(
            project=project,
            kind="progress",
            title=f"{day.year}年第{names[day.month]}季度进展报告",
            due_on=day + GRACE,
        )
        for day in quarter_ends(start_on, contract.end_on)
    )


@workflow.action
def submit_report(report, *, done, problems, next_steps, by) -> ProgressReport:
    """Hand in a report; indicators and money of the moment are frozen with it."""
    project = workflow.lock(report.project)
    report = workflow.lock(report)
    if project.state not in LIVE_STATES:
        raise Conflict(f"项目目前的状态是“{project.get_state_display()}”，不能提交报告。", article="6(4)")
    if not done.strip():
        raise Invalid("请填写已完成工作。", article="6(4)")
    workflow.move(
        report,
        "submit",
        by=by,
        done=done.strip(),
        problems=problems.strip(),
        next_steps=next_steps.strip(),
        figures={"kpis": kpi_bars(project), **extensions.figures(project)},
        submitted_by=by,
        submitted_at=timezone.now(),
    )
    _tell_center(project, f"收到报告：{report.title}")
    return report


@workflow.action
def report_major(*, project, title, happened_on, done, problems, next_steps, by) -> ProgressReport:
    """Report a major matter as soon as it happens (6(4), 7(4))."""
    project = workflow.lock(project)
    if not access.allowed(by, "projects.write_report", project):
        raise NotAllowed("您的账号不能提交该项目的报告。", article="7(4)")
    if happened_on > timezone.localdate():
        raise Invalid("发生日期不能晚于今天。", article="7(4)")
    report = ProgressReport.objects.create(project=project, kind="major", title=title.strip(), happened_on=happened_on)
    return submit_report(report, done=done, problems=problems, next_steps=next_steps, by=by)


@workflow.action
def review_report(report, *, by, note="") -> ProgressReport:
    """Read a report and answer it."""
    report = workflow.lock(report)
    if not note.strip():
        raise Invalid("请填写审阅意见：报告须得到答复。", article="7(4)")
    workflow.move(report, "review", by=by, answer=note.strip(), reviewed_by=by, reviewed_at=timezone.now())
    _tell_unit(report, f"报告已审阅：{report.title}", note)
    return report


@workflow.action
def send_back_report(report, *, by, note="") -> ProgressReport:
    """Ask for more, with the reason."""
    report = workflow.lock(report)
    if not note.strip():
        raise Invalid("请填写退回原因。")
    workflow.move(report, "send_back", by=by, answer=note.strip(), reviewed_by=by, reviewed_at=timezone.now())
    _tell_unit(report, f"报告被退回补充：{report.title}", note)
    return report


def _tell_center(project, title: str) -> None:
    people = [project.officer] if project.officer else User.objects.with_duty("officer")
    notify.tell(people, title[:120], f"项目 {project.number} {project.title}")


def _tell_unit(report, title: str, body: str) -> None:
    project = report.project
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    notify.tell(people, title[:120], body, url=f"/projects/{project.public_id}/reports/")


@workflow.action
def set_due_date(report, *, due_on, by, note="") -> ProgressReport:
    """Move the due date of a report that is not handed in, with the reason."""
    report = workflow.lock(report)
    if not access.allowed(by, "projects.supervise_project", report.project):
        raise NotAllowed("您的账号不能调整报告期限。")
    if report.state not in ("due", "returned"):
        raise Conflict("报告已提交，不能调整期限。")
    before, report.due_on = report.due_on, due_on
    report.save(update_fields=["due_on"])
    events.record(
        "progressreport.due",
        "调整报告期限",
        report,
        by=by,
        note=note,
        before={"due_on": before},
        after={"due_on": due_on},
    )
    return report
