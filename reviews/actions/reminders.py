"""Reminders of a running round (D7)."""

from dataclasses import dataclass

from portal import access, events, notify, workflow
from portal.errors import NotAllowed, Refused
from portal.measures.workdays import datetime_cn
from portal.models import User
from reviews.models import Assignment
from reviews.queries.progress import reminder_key


@dataclass(frozen=True)
class Reminded:
    """How many experts were told now, were told today already, and have nothing left to do."""

    told: int
    already: int
    done: int

    def __str__(self):
        parts = [f"已提醒 {self.told} 位专家"]
        parts += [f"{self.already} 位今天已提醒过，没有重复发送"] if self.already else []
        parts += [f"{self.done} 位没有未提交的评分表，不需提醒"] if self.done else []
        return "；".join(parts) + "。"


@workflow.action
def remind_experts(round, *, by, experts=None) -> Reminded:
    """Remind experts (all, or the chosen keys) who have not submitted all their sheets, at most once a day each."""
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能催办评审。")
    if round.state != "open":
        raise Refused("本轮评审不在进行中，无需催办。", article="8(2)")
    late = Assignment.objects.filter(item__round=round, state__in=["assigned", "accepted"])
    if experts is not None:
        late = late.filter(expert__in=experts)
    keys = set(late.order_by().values_list("expert_id", flat=True))
    users = User.objects.filter(expert__in=keys)
    text = f"“{round.title}”还有评分表未提交，截止时间为{datetime_cn(round.closes_at)}。"
    told = notify.tell(users, "请完成评审", text, url="/reviews/", key=reminder_key(round))
    found = Reminded(told, len(keys) - told, len(set(experts) - keys) if experts is not None else 0)
    events.record("round.remind", "催办评审", round, by=by, after={"experts": found.told, "already": found.already})
    return found
