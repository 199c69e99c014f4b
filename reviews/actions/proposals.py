"""The decision of a selection round: center proposes, director confirms, BAST approves: three people (8(2), D6)."""

from django.utils import timezone

from portal import notify, workflow
from portal.errors import Conflict, Invalid, Refused
from portal.models import User
from reviews.actions.lists import editable, lock_round, require_seen, start_list, store
from reviews.actions.papers import queue_list
from reviews.models import Proposal, ProposalAttempt, ProposalItem
from reviews.queries import proposals as queries

MOVES = {"support": "propose", "reserve": "reserve", "decline": "decline"}
NOBODY_YET = {"confirmed_by": None, "confirmed_at": None, "approved_by": None, "approved_at": None}


@workflow.action
def propose(*, round, outcomes, by) -> Proposal:
    """Put up a whole list at once: `outcomes` item id -> (outcome, reason) or (outcome, reason, place in line)."""
    proposal = start_list(round=round, by=by)
    if set(proposal.items.values_list("item_id", flat=True)) != set(outcomes):
        raise Invalid("请为本轮每个项目选择结果。")
    wanted = {pk: (*outcome, None)[:3] for pk, outcome in outcomes.items()}
    return submit_list(round=round, seen=store(proposal, wanted, by).digest, by=by)


@workflow.action
def submit_list(*, round, seen, by) -> Proposal:
    """Put up the drafted list: every deviation has its reason, not more than the call's grants (4, 8(2), D6).

    Putting up a list again after a return starts all approvals anew. What was put up is kept as an attempt.
    """
    round = lock_round(round, by)
    proposal = editable(round)
    require_seen(proposal, seen)
    rows = queries.choices(proposal)
    if len(rows) != round.items.count():
        raise Invalid("请为本轮每个项目选择结果。")
    found = queries.standing(rows)
    _check_number(round, found.granted)
    if found.silent:
        named = ProposalItem.objects.filter(item__in=found.silent).select_related("item__application")
        listed = "、".join(str(row.item) for row in named.order_by("item__rank", "item_id")[:5])
        raise Refused(
            f"以下项目的结果与排名不一致，请填写理由：{listed}{'等' if len(found.silent) > 5 else ''}。", article="8(2)"
        )
    proposal.items.filter(item__in=found.deviating).update(deviates=True)
    workflow.move(proposal, "propose", by=by, proposed_by=by, proposed_at=timezone.now(), **NOBODY_YET)
    ProposalAttempt.objects.create(
        proposal=proposal,
        number=proposal.attempts.count() + 1,
        digest=proposal.digest,
        rows=queries.told_rows(proposal),
        proposed_by=by,
        proposed_at=proposal.proposed_at,
    )
    _tell("director", proposal, "拟支持名单待确认")
    return proposal


def is_open(round) -> bool:
    """Whether a list may be put up: none yet, or the last one came back."""
    proposal = Proposal.objects.filter(round=round).first()
    return proposal is None or proposal.state in queries.EDITABLE


def _check_number(round, supported: int) -> None:
    """Refuse more than the call's grants, counting what its other rounds have put up or won."""
    taken = queries.granted_elsewhere(round.call, round)
    if supported + taken > round.call.number_of_grants:
        others = f"（加上其他轮次的 {taken} 项）" if taken else ""
        raise Refused(
            f"拟支持 {supported} 项{others}，超过本次申报拟支持的 {round.call.number_of_grants} 项。"
            "请把部分项目改为候补。",
            article="8(2)",
        )


@workflow.action
def confirm_proposal(proposal, *, by, digest, note="") -> Proposal:
    """The director confirms exactly the list whose digest he was shown (8(2))."""
    proposal = _seen(workflow.lock(proposal), digest)
    _require_other(proposal, by)
    workflow.move(proposal, "confirm", by=by, note=note, confirmed_by=by, confirmed_at=timezone.now())
    _attempt(proposal).update(confirmed_by=by, confirmed_at=proposal.confirmed_at)
    _tell("bast", proposal, "拟支持名单待审定")
    return proposal


@workflow.action
def approve_proposal(proposal, *, by, digest, note="") -> Proposal:
    """BAST approves exactly the list that it was shown: applications become proposed, reserve, not selected (4)."""
    workflow.bar(proposal.round.call)
    proposal = _seen(workflow.lock(proposal), digest)
    _require_other(proposal, by)
    workflow.move(proposal, "approve", by=by, note=note, approved_by=by, approved_at=timezone.now())
    _attempt(proposal).update(approved_by=by, approved_at=proposal.approved_at)
    rows = proposal.items.select_related("item__application").filter(item__application__state="scored")
    decided: dict[str, list] = {outcome: [] for outcome in MOVES}
    for row in rows.order_by("item_id"):
        decided[row.outcome].append(row.item.application)
    # The reasons stay with the list: an application's own log is read by its unit.
    for outcome, applications in decided.items():
        workflow.move_all(applications, MOVES[outcome], by=by)
    queue_list(proposal, by=by)
    _tell("officer", proposal, "拟支持名单已审定，请办理公示")
    return proposal


@workflow.action
def recall_proposal(proposal, *, by, note="") -> Proposal:
    """The officer takes back a list that nobody has confirmed yet, to mend it."""
    proposal = workflow.lock(proposal)
    if not note.strip():
        raise Invalid("请填写撤回的理由。")
    workflow.move(proposal, "recall", by=by, note=note)
    _end(proposal, by, note)
    return proposal


@workflow.action
def send_back_proposal(proposal, *, by, note="") -> Proposal:
    """Return the list with a reason; what was approved before no longer counts (D6)."""
    proposal = workflow.lock(proposal)
    if not note.strip():
        raise Invalid("请填写退回的理由。")
    workflow.move(proposal, "send_back", by=by, note=note, **NOBODY_YET)
    _end(proposal, by, note)
    _tell("officer", proposal, f"拟支持名单已退回：{note[:60]}")
    return proposal


@workflow.action
def reopen_proposal(proposal, *, by, note="") -> Proposal:
    """Take an approved list up again, so that reserves can move up: what is not yet in a notice is decided anew (D6).

    Items in a notice, approved or rejected stay as they are; the new list goes through the three people again.
    """
    workflow.bar(proposal.round.call)
    proposal = workflow.lock(proposal)
    if not note.strip():
        raise Invalid("请填写重议的理由，例如哪一项异议成立、由谁递补。")
    states = ("proposed", "reserve", "not_selected")
    rows = proposal.items.select_related("item__application").filter(item__application__state__in=states)
    movable = [row.item.application for row in rows]
    if not movable:
        raise Refused("名单中的项目都已公示、立项或不予立项，没有可以递补或调整的项目。", article="8(2)")
    workflow.move(proposal, "reopen", by=by, note=note, **NOBODY_YET)
    _end(proposal, by, note)
    workflow.move_all(movable, "reconsider", by=by)
    _tell("officer", proposal, f"拟支持名单退回重议：{note[:60]}")
    return proposal


def _attempt(proposal):
    """The last attempt, while it is under way."""
    return proposal.attempts.filter(ended_at__isnull=True, digest=proposal.digest)


def _end(proposal, by, note: str) -> None:
    """Close the attempt with its reason; what people agreed to before stays readable there."""
    Proposal.objects.filter(pk=proposal.pk).update(note=note)
    ended = _attempt(proposal).update(ended_by=by, ended_at=timezone.now(), ended_reason=note.strip())
    if ended != 1:
        raise Conflict("名单的报送记录不完整，不能退回。请联系系统管理员。")


def _seen(proposal, digest: str) -> Proposal:
    """Refuse when the list is not the one that the person was shown, or its rows are not those that were put up."""
    require_seen(proposal, digest)
    if queries.digest_of(queries.choices(proposal)) != proposal.digest:
        raise Conflict("名单内容与报送时不一致，不能办理。请退回后重新报送。", article="8(2)")
    return proposal


def _require_other(proposal, by) -> None:
    if by.pk in (proposal.proposed_by_id, proposal.confirmed_by_id):
        raise Refused("拟定、确认和审定须由不同的人办理。您已办理过其中一步。", article="8(2)")


def _tell(duty: str, proposal, title: str) -> None:
    url = f"/admin/reviews/proposal/{proposal.pk}/change/"
    notify.tell(User.objects.with_duty(duty), title, f"{proposal.round.title}：{title}。", url=url)
