"""Drafting the list of a selection round: by rank at one stroke, row by row, reserves in line (8(2), D6).

The draft is stored with every save, so that lists of thousands are edited page by page; `seen` is the digest of the
list that the page showed, and a save over a list that changed meanwhile is refused.
"""

from portal import access, events, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from reviews.models import Proposal, ProposalItem
from reviews.queries import proposals as queries

REASON_MAX = 300


def lock_round(round, by):
    """The round, locked behind its call; refuses people and rounds that have no list to draft."""
    if not access.allowed(by, "reviews.propose", round):
        raise NotAllowed("您的账号不能拟定拟支持名单。", article="8(2)")
    workflow.bar(round.call)
    round = workflow.lock(round)
    if round.kind != "selection" or round.state != "closed":
        raise Refused("评审结束后才能拟定拟支持名单。", article="8(2)")
    return round


def editable(round) -> Proposal:
    """The list, locked, while it may be changed."""
    proposal = workflow.lock(Proposal.objects.get_or_create(round=round)[0])
    if proposal.state not in queries.EDITABLE:
        raise Conflict(
            f"名单目前的状态是“{proposal.get_state_display()}”，不能修改。需要修改的，请先撤回或由负责人退回。",
            article="8(2)",
        )
    return proposal


@workflow.action
def start_list(*, round, by) -> Proposal:
    """The list of a closed round, begun in the order of rank when there is none yet."""
    round = lock_round(round, by)
    proposal = editable(round)
    if not proposal.items.exists():
        items = round.items.values_list("pk", flat=True)
        ProposalItem.objects.bulk_create(ProposalItem(proposal=proposal, item_id=pk, outcome="decline") for pk in items)
        left = max(round.call.number_of_grants - queries.granted_elsewhere(round.call, round), 0)
        _fill(proposal, left, default_reserves(left), by)
    return proposal


def default_reserves(supports: int) -> int:
    """One reserve for five grants, at least one."""
    return max(supports // 5, 1)


@workflow.action
def fill_list(*, round, supports, reserves, seen, by) -> Proposal:
    """Choose by rank: the first `supports`, then `reserves` in line, the rest declined; what is settled stays."""
    proposal = editable(lock_round(round, by))
    require_seen(proposal, seen)
    if supports < 0 or reserves < 0:
        raise Invalid("项数不能是负数。")
    return _fill(proposal, supports, reserves, by)


def _fill(proposal, supports, reserves, by) -> Proposal:
    wanted = queries.by_rank(queries.choices(proposal), supports, reserves)
    return store(proposal, {item: (outcome, "", None) for item, outcome in wanted.items()}, by, anew=True)


@workflow.action
def choose(*, round, wanted, seen, by) -> Proposal:
    """Keep the choices of some rows: `wanted` item id -> (outcome, reason, place in line or None)."""
    proposal = editable(lock_round(round, by))
    require_seen(proposal, seen)
    return store(proposal, wanted, by)


@workflow.action
def move_up(*, round, seen, by) -> Proposal:
    """Put the first reserves in place of what was not approved after its notice, with that as the reason (D6)."""
    proposal = editable(lock_round(round, by))
    require_seen(proposal, seen)
    rows = queries.choices(proposal)
    fallen = queries.fallen_out(rows)
    chosen = queries.next_reserves(rows, fallen)
    if not chosen:
        raise Refused("没有未获立项的项目，或没有候补项目可以递补。", article="8(2)")
    return store(proposal, dict.fromkeys(chosen, ("support", "候补项目按次序递补", None)), by)


def require_seen(proposal, seen: str) -> None:
    """Refuse to write over a list that is not the one that was seen."""
    if seen != proposal.digest:
        raise Conflict(
            "名单在您打开本页之后已被修改，本次办理没有生效。请刷新页面，查看最新名单后再办理。", article="8(2)"
        )


def store(proposal, wanted, by, *, anew: bool = False) -> Proposal:
    """Write choices, put the reserves in line, keep the new digest; called inside an action."""
    rows = {row.item_id: row for row in proposal.items.select_related("item__application")}
    if set(wanted) - set(rows):
        raise Invalid("提交的名单中有不属于本轮的项目。请刷新页面后重试。")
    before = {pk: (row.outcome, row.reason, row.place) for pk, row in rows.items()}
    for pk, (outcome, reason, place) in wanted.items():
        _set(rows[pk], outcome, reason, place, anew=anew)
    _line_up(list(rows.values()), before)
    changed = [row for pk, row in rows.items() if before[pk] != (row.outcome, row.reason, row.place)]
    ProposalItem.objects.bulk_update(changed, ["outcome", "reason", "place", "deviates"], batch_size=500)
    proposal.digest = queries.digest_of(queries.choices(proposal))
    proposal.save(update_fields=["digest"])
    events.record("proposal.draft", "修改名单草稿", proposal, by=by, article="8(2)", after={"changed": len(changed)})
    return proposal


def _set(row, outcome: str, reason: str, place: int | None, *, anew: bool) -> None:
    application = row.item.application
    if outcome not in queries.OUTCOMES:
        raise Invalid("结果只能是拟支持、候补或不支持。")
    if application.state != queries.UNSETTLED and outcome != row.outcome:
        state = application.get_state_display()
        raise Refused(f"“{row.item}”{state}，结果不能再改。只能调整尚未公示的项目。", article="8(3)")
    row.outcome, row.reason = outcome, (reason or "").strip()[:REASON_MAX]
    row.deviates = False
    if outcome != "reserve":
        row.place = None
    elif anew or place is not None:
        row.place = place


def _line_up(rows, before) -> None:
    """Number the reserves 1, 2, 3, …: a typed place goes before who had it, a new reserve goes in by its rank."""
    last = len(rows) + 1
    line = [row for row in rows if row.outcome == "reserve"]
    known = [row for row in line if row.place is not None]
    known.sort(key=lambda row: (row.place, _direction(row, before[row.item_id][2]), row.item.rank or last))
    for row in sorted((row for row in line if row.place is None), key=lambda row: row.item.rank or last):
        rank = row.item.rank or last
        place = next((n for n, other in enumerate(known) if (other.item.rank or last) > rank), len(known))
        known.insert(place, row)
    for number, row in enumerate(known, start=1):
        row.place = number


def _direction(row, earlier: int | None) -> int:
    """Moving forward one goes before who stands there, moving back behind him."""
    return 0 if earlier == row.place else -1 if earlier is None or row.place < earlier else 1
