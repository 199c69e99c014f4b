"""Closing of months (15): nothing is booked into a closed one; the center's finance may open it again."""

from django.utils import timezone

from consortia.seats import people_of
from funding.models import MonthClosing
from funding.queries.closing import closing_findings, months_of
from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks

_SHORTEST_REASON = 4


@workflow.action
def close_months(*, project, until, by) -> list[MonthClosing]:
    """Close every open month up to the one that begins on `until`, oldest first; all or none.

    Refused for a month that is not over, or whose balance still waits for finance (see portal.measures.ledger).
    """
    project = workflow.lock(project)
    if not access.allowed(by, "funding.close_month", project):
        raise NotAllowed("您的账号不能为该项目结账。", article="15")
    months = {month.first_day: month for month in months_of(project)}
    if until not in months:
        raise Invalid("请从列表中选择要结账的月份。", article="15")
    chosen = [month for day, month in months.items() if day <= until and (month.closing is None or day == until)]
    if found := [finding for month in chosen for finding in blocks(closing_findings(project, month))]:
        raise Refused.from_findings(found)
    return [_close(project, month, by) for month in chosen]


def _close(project, month, by) -> MonthClosing:
    closing = MonthClosing.objects.create(
        project=project,
        first_day=month.first_day,
        last_day=month.last_day,
        line_count=month.line_count,
        grant_total=month.grant,
        matching_total=month.matching,
        closed_by=by,
    )
    after = {"month": str(month), "lines": month.line_count, "grant": month.grant, "matching": month.matching}
    events.record("ledger.close_month", "月度结账", project, by=by, article="15", after=after)
    return closing


@workflow.action
def reopen_month(closing, *, by, reason) -> list[MonthClosing]:
    """Open a month again with every later one: closed months stay without gaps. By finance, with a reason."""
    project = workflow.lock(closing.project)
    if not access.allowed(by, "funding.reopen_month", closing):
        raise NotAllowed("重新打开已结账的月份由中心财务办理。", article="15")
    if len(reason.strip()) < _SHORTEST_REASON:
        raise Invalid("请写明重新打开的理由（不少于 4 个字）。")
    rows = MonthClosing.objects.filter(project=project, reopened_at__isnull=True, first_day__gte=closing.first_day)
    months = list(rows.order_by("-first_day"))
    if closing.pk not in [month.pk for month in months]:
        raise Conflict(f"{closing}已重新打开，请刷新页面查看。", article="15")
    rows.update(reopened_at=timezone.now(), reopened_by=by, reopen_reason=reason.strip()[:300])
    for month in months:
        after = {"month": str(month)}
        events.record("ledger.reopen_month", "重新打开月份", project, by=by, article="15", note=reason, after=after)
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    title = f"{project.number}：{closing}起已重新打开"
    notify.tell(people, title, reason, url=f"/projects/{project.public_id}/ledger/months/")
    return months
