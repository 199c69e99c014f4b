"""Reminders by the clock: unfinished applications before a deadline, reports around their day (B3, G4, I3)."""

from django.utils import timezone

from portal import notify
from portal.measures.workdays import date_cn, datetime_cn
from projects.queries.calls import calls_to_remind, reports_to_remind, unfinished


def remind_of_deadlines() -> int:
    """Tell drafters, unit admins and leaders of unfinished drafts 7 days, 1 day and 2 hours before the end.

    The key names the draft, the deadline and the step, so that repeats tell nobody twice. Returns how many were told.
    """
    told = 0
    for call, left in calls_to_remind(timezone.now()):
        for draft, people in unfinished(call):
            told += notify.tell(
                people,
                f"申报将在{left}内截止：{draft.title}",
                f"截止时间：{datetime_cn(call.closes_at)}。申报书目前为“{draft.get_state_display()}”，"
                "到时未提交的不再受理（办法第八条（一））。",
                url=f"/applications/{draft.public_id}/",
                key=f"closing-{draft.pk}-{int(call.closes_at.timestamp())}-{left}",
            )
    return told


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
