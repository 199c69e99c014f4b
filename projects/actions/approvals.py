"""Project approval after a clear notice (8(3))."""

from django.utils import timezone

from consortia.seats import people_of
from portal import notify, workflow
from portal.editions import edition
from portal.errors import Invalid, Refused
from portal.measures.findings import blocks
from portal.measures.process import notice_is_clear
from portal.models import User
from projects.models import Project
from projects.queries.notices import notice_facts
from projects.queries.versions import baseline_codes, latest_version
from projects.states import ApplicationState

NUMBER = "京科协协同项{year}-{seq:04d}"


@workflow.action
def approve_application(application, *, by, note="") -> Project:
    """Approve one application: its notice has run out and no objection is open or upheld (8(3)).

    Returns the project with its number and the members of the frozen version as baseline of 10(1)1.
    """
    call = workflow.lock(application.call)
    application = workflow.lock(application)
    found = blocks(notice_is_clear(notice_facts(application), edition(call.edition)))
    if found:
        raise Refused.from_findings(found)
    version = latest_version(application)
    workflow.move(application, "approve", by=by, note=note)
    project = Project.objects.create(
        application=application,
        call=call,
        number=_next_number(call.year),
        title=application.title,
        consortium=application.consortium,
        lead_unit=application.lead_unit,
        leader=application.leader,
        officer=_officer(call),
        grant_amount=call.fixed_grant,
        start_on=application.start_on or call.execution_start,
        end_on=application.end_on or call.execution_end,
        baseline=baseline_codes(application, version),
        approved_at=timezone.now(),
    )
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    notify.tell(people, f"项目“{project.title}”已立项", f"项目编号 {project.number}。请等待签订任务合同。")
    return project


def _next_number(year: int) -> str:
    """One more than the highest number of the year; the lock on the call orders approvals of one call."""
    head = NUMBER.split("{seq")[0].format(year=year)
    last = Project.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True).first()
    return NUMBER.format(year=year, seq=int(last.removeprefix(head)) + 1 if last else 1)


def _officer(call) -> User | None:
    return call.published_by if call.published_by and call.published_by.duty == "officer" else None


@workflow.action
def approve_notice(notice, *, by, note="") -> tuple[list[Project], list[str]]:
    """Approve every project of a notice that is clear; returns the projects and the refusals of the others."""
    projects, refusals = [], []
    for application in notice.applications.filter(state__in=["in_notice", "objection_hold"]).order_by("number"):
        try:
            projects.append(approve_application(application, by=by, note=note))
        except Refused as refusal:
            refusals.append(f"“{application.title}”：{refusal.message}")
    return projects, refusals


@workflow.action
def reject_application(application, *, by, note="") -> None:
    """Do not approve an application of a notice, with the reason (8(3))."""
    application = workflow.lock(application)
    if not note.strip():
        raise Invalid("请填写不予立项的理由。")
    if application.state == ApplicationState.OBJECTION_HOLD:
        raise Refused("该项目有未办结的异议，请先办结异议。", article="8(3)")
    workflow.move(application, "reject", by=by, note=note)
    people = [*people_of(application.lead_unit, "drafter", "unitadmin"), application.leader]
    notify.tell(people, f"项目“{application.title}”不予立项", note)
