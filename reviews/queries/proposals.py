"""The list of a selection round as it stands: choices, what leaves the order of rank, its digest, grants elsewhere."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from projects.models import Application
from reviews import scoring
from reviews.models import Proposal, ProposalItem

# Once approved, the application itself tells whether it still holds a grant: an upheld objection gives it back.
HOLDING = ("proposed", "in_notice", "objection_hold", "approved")
EDITABLE = ("draft", "returned")
# Only what has not gone further than its score is decided here.
UNSETTLED = "scored"
OUTCOMES = dict(ProposalItem._meta.get_field("outcome").flatchoices)


def granted_elsewhere(call, round) -> int:
    """Grants of the call that applications of other rounds hold, or are proposed for in a list under way (4)."""
    own = Q(review_items__round=round)
    holding = Application.objects.filter(call=call, state__in=HOLDING).exclude(
        pk__in=Application.objects.filter(own).values("pk")
    )
    pending = ProposalItem.objects.filter(
        proposal__round__call=call, proposal__state__in=("proposed", "confirmed"), outcome="support"
    ).exclude(proposal__round=round)
    return holding.count() + pending.count()


@dataclass(frozen=True)
class Choice:
    """What is chosen for one item, beside its result."""

    item: int
    outcome: str
    place: int | None
    reason: str
    rank: int | None
    score: Decimal | None
    state: str

    @property
    def settled(self) -> bool:
        """In a notice or further on: its outcome stays."""
        return self.state != UNSETTLED


@dataclass(frozen=True)
class Standing:
    """A whole list at a glance; `silent` are items that leave the order of rank and give no reason yet."""

    counts: dict[str, int]
    granted: int
    deviating: frozenset[int]
    silent: frozenset[int]
    digest: str


def choices(proposal: Proposal) -> list[Choice]:
    """All choices of a list in order of rank (one query)."""
    rows = proposal.items.order_by(F("item__rank").asc(nulls_last=True), "item_id")
    fields = ("item_id", "outcome", "place", "reason", "item__rank", "item__score", "item__application__state")
    return [Choice(*row) for row in rows.values_list(*fields)]


def standing(rows: list[Choice]) -> Standing:
    """Counts, deviations and digest of a list."""
    ranks = {row.item: row.rank for row in rows if row.rank}
    found = scoring.deviations({row.item: row.outcome for row in rows}, ranks)
    reserves = sorted((row for row in rows if row.outcome == "reserve"), key=lambda row: row.place or 0)
    found |= scoring.moved([row.item for row in reserves], ranks)
    return Standing(
        counts=dict(Counter(row.outcome for row in rows)),
        granted=sum(row.outcome == "support" and row.state != "rejected" for row in rows),
        deviating=frozenset(found),
        silent=frozenset(row.item for row in rows if row.item in found and not row.reason),
        digest=digest_of(rows),
    )


def digest_of(rows: list[Choice]) -> str:
    """SHA-256 over every choice and the result beside it: any change of what was seen changes it."""
    told = sorted([row.item, row.outcome, row.place, row.reason, row.rank, str(row.score)] for row in rows)
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def by_rank(rows: list[Choice], supports: int, reserves: int) -> dict[int, str]:
    """Item -> outcome: the first `supports` that can still be decided, the next `reserves`, the rest declined."""
    free = [row.item for row in rows if not row.settled]
    words = ["support"] * supports + ["reserve"] * reserves
    return dict(zip(free, [*words, *["decline"] * len(free)], strict=False))


def list_rows(proposal: Proposal, **only) -> QuerySet[ProposalItem]:
    """Rows of a list for pages, in order of rank, with what they name."""
    rows = proposal.items.filter(**only).select_related("item__application__lead_unit")
    return rows.order_by(F("item__rank").asc(nulls_last=True), "item_id")


def shown_rows(proposal: Proposal, found: Standing, *, show: str = "", q: str = "") -> QuerySet[ProposalItem]:
    """The rows that a filter asks for; reserves in the order in which they move up."""
    only: dict = {"outcome": show} if show in OUTCOMES else {}
    if show in ("deviating", "silent"):
        only["item__in"] = getattr(found, show)
    rows = list_rows(proposal, **only)
    if q:
        names = Q(item__application__title__icontains=q) | Q(item__application__number__icontains=q)
        rows = rows.filter(names | Q(item__application__lead_unit__name__icontains=q))
    return rows.order_by("place", "item_id") if show == "reserve" else rows


def told_rows(proposal: Proposal) -> list[dict]:
    """The list as it was put up, for the record and the paper: JSON-safe."""
    return [
        {
            "item": row.item_id,
            "rank": row.item.rank,
            "number": row.item.number,
            "title": row.item.title,
            "unit": row.item.application.lead_unit.name,
            "field": row.item.application.field,
            "score": str(row.item.score),
            "outcome": row.outcome,
            "label": OUTCOMES[row.outcome],
            "place": row.place,
            "deviates": row.deviates,
            "reason": row.reason,
        }
        for row in list_rows(proposal)
    ]


def fallen_out(rows: list[Choice]) -> int:
    """Supported items that were not approved in the end: so many reserves may move up."""
    return sum(row.outcome == "support" and row.state == "rejected" for row in rows)


def next_reserves(rows: list[Choice], number: int) -> list[int]:
    """The first reserves in line that can still be decided."""
    line = sorted((row for row in rows if row.outcome == "reserve" and not row.settled), key=lambda row: row.place or 0)
    return [row.item for row in line[:number]]
