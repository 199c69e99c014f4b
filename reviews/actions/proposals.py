"""The decision of a selection round: center proposes, director confirms, BAST approves: three people (8(2), D6)."""

from django.utils import timezone

from portal import notify, workflow
from portal.errors import Invalid, Refused
from portal.models import User
from reviews import scoring
from reviews.models import Proposal, ProposalItem
from reviews.queries.proposals import granted_elsewhere

MOVES = {"support": "propose", "reserve": "reserve", "decline": "decline"}


@workflow.action
def propose(*, round, outcomes, by) -> Proposal:
    """Put up the list: `outcomes` item id -> (support | reserve | decline, reason) for every item of a closed round.

    An outcome that leaves the order of rank needs a reason (D6); not more than the call's number of grants. Proposing
    again after a return replaces the list and starts all approvals anew.
    """
    call = workflow.lock(round.call)
    round = workflow.lock(round)
    if round.kind != "selection" or round.state != "closed":
        raise Refused("评审结束后才能拟定拟支持名单。", article="8(2)")
    items = {item.pk: item for item in round.items.select_related("application")}
    deviating = _check(items, outcomes, call)
    proposal, _ = Proposal.objects.get_or_create(round=round)
    workflow.move(
        proposal,
        "propose",
        by=by,
        proposed_by=by,
        proposed_at=timezone.now(),
        confirmed_by=None,
        confirmed_at=None,
        approved_by=None,
        approved_at=None,
    )
    proposal.items.all().delete()
    ProposalItem.objects.bulk_create(
        [
            ProposalItem(
                proposal=proposal,
                item=item,
                outcome=outcomes[pk][0],
                reason=_reason(outcomes[pk]),
                deviates=pk in deviating,
            )
            for pk, item in items.items()
        ]
    )
    _tell("director", proposal, "拟支持名单待确认")
    return proposal


def is_open(round) -> bool:
    """Whether a list may be put up: none yet, or the last one came back."""
    proposal = Proposal.objects.filter(round=round).first()
    return proposal is None or proposal.state in Proposal.TRANSITIONS["propose"].sources


def _reason(outcome) -> str:
    return (outcome[1] or "").strip()[:300]


def _check(items, outcomes, call) -> set[int]:
    """Ids that leave the order of rank; refuses incomplete lists, too many grants and missing reasons."""
    if set(items) != set(outcomes):
        raise Invalid("请为本轮每个项目选择结果。")
    if any(outcome[0] not in MOVES for outcome in outcomes.values()):
        raise Invalid("结果只能是拟支持、候补或不支持。")
    _check_settled(items, outcomes)
    supported = [items[pk] for pk, outcome in outcomes.items() if outcome[0] == "support"]
    _check_number(call, items, sum(item.application.state != "rejected" for item in supported))
    ranks = {pk: item.rank for pk, item in items.items() if item.rank}
    deviating = scoring.deviations({pk: outcome[0] for pk, outcome in outcomes.items()}, ranks)
    silent = [str(items[pk]) for pk in sorted(deviating) if not _reason(outcomes[pk])]
    if silent:
        raise Refused(f"以下项目的结果与排名不一致，请填写理由：{'、'.join(silent[:5])}。", article="8(2)")
    return deviating


def _check_settled(items, outcomes) -> None:
    """After a list was reopened: what is in a notice, approved or rejected keeps its outcome."""
    settled = {row.item_id: row.outcome for row in ProposalItem.objects.filter(item__in=items)}
    for pk, item in items.items():
        if item.application.state != "scored" and settled.get(pk) != outcomes[pk][0]:
            state = item.application.get_state_display()
            raise Refused(f"“{item}”{state}，结果不能再改。只能调整尚未公示的项目。", article="8(3)")


def _check_number(call, items, supported: int) -> None:
    """Refuse more than the call's grants, counting what its other rounds have put up or won."""
    taken = granted_elsewhere(call, [item.application_id for item in items.values()])
    if supported + taken > call.number_of_grants:
        others = f"，加上其他轮次的 {taken} 项，" if taken else "，"
        raise Refused(
            f"拟支持 {supported} 项{others}超过本次申报拟支持的 {call.number_of_grants} 项。请把多出的项目列为候补。",
            article="4",
        )


@workflow.action
def confirm_proposal(proposal, *, by, note="") -> Proposal:
    """The director confirms; not the person who proposed (D6)."""
    proposal = workflow.lock(proposal)
    _require_other(proposal, by)
    workflow.move(proposal, "confirm", by=by, note=note, confirmed_by=by, confirmed_at=timezone.now())
    _tell("bast", proposal, "拟支持名单待审定")
    return proposal


@workflow.action
def approve_proposal(proposal, *, by, note="") -> Proposal:
    """BAST approves: the applications become proposed, reserve or not selected (4, 8(2))."""
    workflow.lock(proposal.round.call)
    proposal = workflow.lock(proposal)
    _require_other(proposal, by)
    workflow.move(proposal, "approve", by=by, note=note, approved_by=by, approved_at=timezone.now())
    for row in proposal.items.select_related("item__application").filter(item__application__state="scored"):
        workflow.move(row.item.application, MOVES[row.outcome], by=by, note=row.reason)
    _tell("officer", proposal, "拟支持名单已审定，请办理公示")
    return proposal


@workflow.action
def send_back_proposal(proposal, *, by, note="") -> Proposal:
    """Return the list with a reason; what was approved before no longer counts (D6)."""
    proposal = workflow.lock(proposal)
    if not note.strip():
        raise Invalid("请填写退回的理由。")
    workflow.move(proposal, "send_back", by=by, note=note, confirmed_by=None, confirmed_at=None)
    Proposal.objects.filter(pk=proposal.pk).update(note=note)
    _tell("officer", proposal, f"拟支持名单已退回：{note[:60]}")
    return proposal


@workflow.action
def reopen_proposal(proposal, *, by, note="") -> Proposal:
    """Take an approved list up again, so that reserves can move up: what is not yet in a notice is decided anew (D6).

    Items in a notice, approved or rejected stay as they are; the new list goes through the three people again.
    """
    workflow.lock(proposal.round.call)
    proposal = workflow.lock(proposal)
    if not note.strip():
        raise Invalid("请填写重议的理由，例如哪一项异议成立、由谁递补。")
    movable = [
        row
        for row in proposal.items.select_related("item__application")
        if row.item.application.state in ("proposed", "reserve", "not_selected")
    ]
    if not movable:
        raise Refused("名单中的项目都已公示、立项或不予立项，没有可以递补或调整的项目。", article="8(2)")
    workflow.move(
        proposal, "reopen", by=by, note=note, confirmed_by=None, confirmed_at=None, approved_by=None, approved_at=None
    )
    Proposal.objects.filter(pk=proposal.pk).update(note=note)
    for row in movable:
        workflow.move(row.item.application, "reconsider", by=by, note=note)
    _tell("officer", proposal, f"拟支持名单退回重议：{note[:60]}")
    return proposal


def _require_other(proposal, by) -> None:
    if by.pk in (proposal.proposed_by_id, proposal.confirmed_by_id):
        raise Refused("拟定、确认和审定须由不同的人办理。您已办理过其中一步。", article="8(2)")


def _tell(duty: str, proposal, title: str) -> None:
    url = f"/admin/reviews/proposal/{proposal.pk}/change/"
    notify.tell(User.objects.with_duty(duty), title, f"{proposal.round.title}：{title}。", url=url)
