"""How far a project is with its indicators: judgement of every item of evidence, then the sums."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.measures.credit_code import normalise_credit_code
from portal.measures.edition_schema import Edition, Kpi
from portal.measures.evidence import Claim, Evidence, MembershipEvidence, ProjectContext, TransferEvidence, fold_name
from portal.measures.evidence_rules import (
    event_hosted_by_bast,
    event_in_the_news,
    event_large_enough,
    evidence_dated_in_period,
    evidence_used_once,
    map_handed_in,
    member_is_new,
    report_handed_in,
    summary_long_enough,
    transfer_in_beijing,
    transfer_states_output,
)
from portal.measures.findings import Finding, Severity, blocks
from portal.measures.targets import TargetRow

# The rules of one kind take claims of that kind only; the edition ties indicator and kind together.
_RULES: dict[str, tuple[Callable[[Any, Edition], tuple[Finding, ...]], ...]] = {
    "membership": (member_is_new,),
    "transfer": (transfer_in_beijing, transfer_states_output),
    "document": (report_handed_in,),
    "map": (map_handed_in,),
    "event": (event_hosted_by_bast, event_large_enough, event_in_the_news),
    "text": (summary_long_enough,),
}


@dataclass(frozen=True)
class Judgement:
    """The word on one item: whether it may count, and all findings."""

    item: Evidence
    counts: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class KpiProgress:
    """One indicator: target (at least the floor), how many items are verified and how many are claimed at all."""

    code: str
    name: str
    unit: str
    article: str
    floor: int
    target: int
    verified: int
    claimed: int
    judgements: tuple[Judgement, ...]
    explanation_due: bool

    @property
    def met(self) -> bool:
        """Whether verified items reach the target."""
        return self.verified >= self.target


def judge_evidence(
    kpi: Kpi, items: Sequence[Evidence], context: ProjectContext, edition: Edition
) -> tuple[Judgement, ...]:
    """Judge all evidence of one indicator, in the order given; of duplicates a verified item counts first."""
    taken: dict[str, str] = {}
    verdicts: dict[int, Judgement] = {}
    for position in sorted(range(len(items)), key=lambda index: items[index].state != "verified"):
        item = items[position]
        found = _findings(kpi, item, context, edition)
        key = _identity(item)
        if key in taken:
            found += (_duplicate(kpi, item, taken[key]),)
        counts = item.state != "rejected" and not blocks(found)
        if counts and key:
            taken[key] = item.number
        verdicts[position] = Judgement(item, counts, found)
    return tuple(verdicts[position] for position in range(len(items)))


def kpi_progress(
    targets: Sequence[TargetRow], evidence: Mapping[str, Sequence[Evidence]], context: ProjectContext, edition: Edition
) -> tuple[KpiProgress, ...]:
    """Return one row per indicator of the edition; a missing target counts as the floor."""
    wanted = {row.code: row.target for row in targets}
    rows = []
    for kpi in edition.kpis:
        judgements = judge_evidence(kpi, evidence.get(kpi.code, ()), context, edition)
        rows.append(_row(kpi, max(int(wanted.get(kpi.code) or 0), kpi.floor), judgements, edition))
    return tuple(rows)


def _row(kpi: Kpi, target: int, judgements: tuple[Judgement, ...], edition: Edition) -> KpiProgress:
    counted = [judgement.item.state for judgement in judgements if judgement.counts]
    verified = counted.count("verified")
    return KpiProgress(
        code=kpi.code,
        name=kpi.name,
        unit=kpi.unit,
        article=kpi.article,
        floor=kpi.floor,
        target=target,
        verified=verified,
        claimed=len(counted),
        judgements=judgements,
        explanation_due=verified * 100 > target * edition.targets.overfulfilment_ratio,
    )


def _findings(kpi: Kpi, item: Evidence, context: ProjectContext, edition: Edition) -> tuple[Finding, ...]:
    claim = Claim(item, context)
    checks = (evidence_dated_in_period, evidence_used_once, *_RULES[kpi.kind])
    return tuple(finding for check in checks for finding in check(claim, edition))


def _identity(item: Evidence) -> str:
    """What makes two items the same achievement; empty when only a person can tell."""
    if isinstance(item, MembershipEvidence):
        return normalise_credit_code(item.credit_code)
    if isinstance(item, TransferEvidence):
        return fold_name(item.contract_number)
    return ""


def _duplicate(kpi: Kpi, item: Evidence, first: str) -> Finding:
    message = f"与 {first} 是同一{'单位' if kpi.kind == 'membership' else '合同'}，只计一次。"
    return Finding(kpi.article, Severity.BLOCK, "evidence_duplicate", message, item.number, "请删除重复的一条。")
