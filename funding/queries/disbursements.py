"""Facts of paying an instalment (12), and what is due."""

from funding.models import Disbursement
from funding.queries.money import LIVE, total_of
from funding.states import OPEN_CLAWBACK_STATES
from portal.measures.edition_schema import Instalment as PlanItem
from portal.measures.process import PaymentFacts
from projects.models import Contract, Instalment
from projects.states import ContractState, ProjectState

_ACCEPTED = (ProjectState.ACCEPTED, ProjectState.ACCEPTED_AFTER, ProjectState.CLOSED)
_PASSED = ("passed", "passed_after_rectification")
_OPEN_RECTIFICATIONS = ("ordered", "replied")


def payment_plan(contract: Contract) -> tuple[PlanItem, ...]:
    """The contract's own instalments in the form of the edition's plan."""
    return tuple(
        PlanItem(
            row.number,
            int(row.ratio),
            "acceptance_passed" if row.requires_acceptance else "contract_effective",
            row.condition,
        )
        for row in contract.instalments.all()
    )


def payment_facts(project, contract: Contract, instalment: Instalment) -> PaymentFacts:
    """What the gate of article 12 needs; call with project and contract locked."""
    met = {"contract_effective"} if contract.state == ContractState.EFFECTIVE else set()
    if project.state in _ACCEPTED and project.conclusion in ("", *_PASSED):
        met.add("acceptance_passed")
    live = Disbursement.objects.filter(project=project, state__in=LIVE)
    open_orders = project.rectifications.filter(state__in=_OPEN_RECTIFICATIONS)
    open_cases = project.clawbacks.filter(state__in=OPEN_CLAWBACK_STATES)
    return PaymentFacts(
        contract_amount=contract.amount,
        amount=instalment.amount,
        instalment=instalment.number,
        met_conditions=frozenset(met),
        paid_total=total_of(live),
        paid_numbers=tuple(live.values_list("number", flat=True)),
        open_rectifications=tuple(f"整改通知 {pk}" for pk in open_orders.values_list("pk", flat=True)),
        open_clawbacks=tuple(open_cases.values_list("number", flat=True)),
    )


def due_instalments():
    """Instalments of effective contracts that no live order covers, of projects that are not finished."""
    live = Disbursement.objects.filter(state__in=LIVE).values("project", "number")
    rows = Instalment.objects.filter(contract__state=ContractState.EFFECTIVE)
    rows = rows.exclude(contract__project__state=ProjectState.TERMINATED)
    taken = {(row["project"], row["number"]) for row in live}
    rows = rows.select_related("contract__project__lead_unit").order_by("contract__project__number", "number")
    return [row for row in rows if (row.contract.project_id, row.number) not in taken]
