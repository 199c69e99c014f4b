"""Nouns of task contracts: the facts of the gate, amounts of instalments."""

from decimal import ROUND_DOWN, Decimal

from django.utils import timezone

from portal.editions import edition
from portal.measures.process import ContractFacts
from portal.measures.rmb import FEN
from portal.measures.targets import TargetFacts, TargetRow
from projects.models import Contract
from projects.queries.notices import notice_facts
from projects.states import ApplicationState, ContractState, EvidenceState

IN_PREPARATION = (ContractState.DRAFT, ContractState.ISSUED, ContractState.RETURNED)


def effective_contract(project) -> Contract | None:
    """The contract in force, or None."""
    return project.contracts.filter(state=ContractState.EFFECTIVE).first()


def current_contract(project) -> Contract | None:
    """The contract that people work with: the one in preparation, else the one in force."""
    rows = project.contracts.filter(state__in=[*IN_PREPARATION, ContractState.EFFECTIVE]).order_by("-version")
    return rows.first()


def target_facts(rows: list[dict]) -> TargetFacts:
    """Committed indicators of a contract snapshot (`kpi_rows`)."""
    return TargetFacts(
        tuple(
            TargetRow(
                code=row["code"],
                target=Decimal(row["target"]),
                option=row.get("option", ""),
                attendance=row.get("attendance"),
                partner_kind=row.get("partner_code", ""),
            )
            for row in rows
        )
    )


def contract_facts(
    project, snapshot: dict, *, amount: Decimal, start_on, end_on, amends: bool, own_pk: int | None = None
) -> ContractFacts:
    """What the gate needs to judge a contract text; `amends` allows for the contract that it replaces."""
    taken = (*IN_PREPARATION, *(() if amends else (ContractState.EFFECTIVE,)))
    return ContractFacts(
        year=project.call.year,
        approved=project.application.state == ApplicationState.APPROVED,
        qualification=project.consortium.qualification_on(timezone.localdate()),
        other_live_contract=project.contracts.filter(state__in=taken).exclude(pk=own_pk).exists(),
        award=project.grant_amount,
        amount=amount,
        starts_on=start_on,
        ends_on=end_on,
        evidence_days=_evidence_days(project),
        targets=target_facts(snapshot["kpi_rows"]),
        notice=notice_facts(project.application),
    )


def _evidence_days(project) -> tuple:
    """Days of verified evidence; the summary may be written after the end."""
    texts = {kpi.code for kpi in edition(project.call.edition).kpis if kpi.kind == "text"}
    rows = project.evidence.filter(state=EvidenceState.VERIFIED).exclude(kpi_code__in=texts)
    return tuple(rows.values_list("happened_on", flat=True))


def instalment_rows(call, amount: Decimal) -> list[dict]:
    """Instalments of the call's plan (else the edition's): number, ratio, amount, condition, requires_acceptance.

    Amounts are cut to the fen; the last one takes the rest, so that they sum to `amount` exactly.
    """
    plan = call.instalment_plan or [
        {"number": item.number, "ratio": item.ratio, "condition": item.condition, "text": item.text}
        for item in edition(call.edition).instalments
    ]
    rows, rest = [], amount
    for position, item in enumerate(plan, start=1):
        share = (amount * Decimal(str(item["ratio"])) / 100).quantize(FEN, rounding=ROUND_DOWN)
        share = rest if position == len(plan) else share
        rest -= share
        rows.append(
            {
                "number": position,
                "ratio": Decimal(str(item["ratio"])),
                "amount": share,
                "condition": item.get("text") or item["condition"],
                "requires_acceptance": item["condition"] == "acceptance_passed",
            }
        )
    return rows
