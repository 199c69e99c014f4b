"""Reminders of a running round (D7)."""

from django.utils import timezone

from portal import access, events, notify, workflow
from portal.errors import NotAllowed, Refused
from portal.measures.workdays import datetime_cn
from reviews.models import Assignment


@workflow.action
def remind_experts(round, *, by) -> int:
    """Remind experts who have not submitted all their sheets, at most once a day; returns how many were told."""
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能催办评审。")
    if round.state != "open":
        raise Refused("本轮评审不在进行中，无需催办。", article="8(2)")
    seats = Assignment.objects.filter(item__round=round, state__in=["assigned", "accepted"]).select_related(
        "expert__user"
    )
    users = {seat.expert.user for seat in seats}
    text = f"“{round.title}”还有评分表未提交，截止时间为{datetime_cn(round.closes_at)}。"
    key = f"round-remind-{round.pk}-{timezone.localdate()}"
    told = notify.tell(users, "请完成评审", text, url="/reviews/", key=key)
    events.record("round.remind", "催办评审", round, by=by, after={"experts": told})
    return told
