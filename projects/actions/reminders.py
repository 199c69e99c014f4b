"""Reminders by the clock: unfinished applications and 补正 before their deadline, reports around their day (B3, G4).

Every step is told once: its key names object, deadline and step, and the row is locked while people are told, so that
two workers, or a beat that was started twice, find out about each other. A late start tells what is really left.
"""

from django.utils import timezone

from portal import notify, workflow
from portal.measures.workdays import date_cn, datetime_cn
from projects.actions.formality_letters import tell_unit
from projects.queries import calls as queries
from projects.queries.calls import reports_to_remind, unfinished


def remind_of_deadlines() -> int:
    """Before a call closes (7 days, 1 day, 2 hours): units with drafts, and at first those that have none (8(1)).

    Returns how many people were told.
    """
    return sum(_remind_of_call(call) for call in queries.calls_to_remind(timezone.now()))


@workflow.action
def _remind_of_call(call) -> int:
    call = workflow.lock(call)
    now = timezone.now()
    step = queries.step_due(call.closes_at, now)
    if step is None:
        return 0
    left, told = queries.time_until(call.closes_at, now), 0
    until = f"截止时间：{datetime_cn(call.closes_at)}"
    mark = f"{int(call.closes_at.timestamp())}-{step}"
    for draft, people in unfinished(call):
        told += notify.tell(
            people,
            f"申报还有 {left}截止：{draft.title}",
            f"{until}。申报书目前为“{draft.get_state_display()}”，到时未提交的不再受理（办法第八条（一））。",
            url=f"/applications/{draft.public_id}/",
            key=f"closing-{draft.pk}-{mark}",
        )
    if step in queries.INVITE_STEPS:
        told += notify.tell(
            queries.without_application(call),
            f"申报还有 {left}截止：{call.title}",
            f"{until}。本单位还没有填报申报书；不申报的不用办理。",
            url=f"/calls/{call.pk}/",
            key=f"invite-{call.pk}-{mark}",
        )
    return told


def remind_of_supplements() -> int:
    """3 days, 1 day and 2 hours before a 补正 ends: leader, drafters and admins; returns how many were told."""
    return sum(_remind_of_supplement(row) for row in queries.supplements_to_remind(timezone.now()))


@workflow.action
def _remind_of_supplement(request) -> int:
    request = workflow.lock(request)
    application, now = request.application, timezone.now()
    step = queries.step_due(request.due_at, now, queries.SUPPLEMENT_REMIND)
    if step is None or application.state != "supplement":
        return 0
    return tell_unit(
        application,
        f"补正还有 {queries.time_until(request.due_at, now)}截止",
        f"补正截止：{datetime_cn(request.due_at)}。补正只有一次，到期后不能再修改和提交（办法第八条（一））。",
        key=f"supplement-{request.pk}-{int(request.due_at.timestamp())}-{step}",
    )


def remind_of_reports() -> int:
    """Tell the lead unit and the leader 7 days and 1 day before, on, and 3 days after the day a report is due."""
    told = 0
    for report, left, people in reports_to_remind(timezone.localdate()):
        words = f"还有 {left} 天" if left > 0 else "今天应报" if left == 0 else f"已逾期 {-left} 天"
        told += notify.tell(
            people,
            f"{report.title}{words}",
            f"项目：{report.project.title}。应报日期：{date_cn(report.due_on)}（办法第六条（四））。",
            url=f"/projects/{report.project.public_id}/",
            key=f"report-{report.pk}-{report.due_on}-{left}",
        )
    return told
