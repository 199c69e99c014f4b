"""Facts of paying an instalment (12), and what is due."""

from funding.models import Clawback, Disbursement, PaymentWaiver
from funding.queries.money import LIVE, total_of
from funding.states import OPEN_CLAWBACK_STATES
from portal.measures.edition_schema import Instalment as PlanItem
from portal.measures.process import PaymentFacts
from projects.models import Contract, Instalment, Rectification
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


def hindrances_of(project) -> list[str]:
    """Open rectifications and clawbacks of a project, as a waiver names them."""
    orders = project.rectifications.filter(state__in=_OPEN_RECTIFICATIONS).values_list("pk", flat=True)
    cases = project.clawbacks.filter(state__in=OPEN_CLAWBACK_STATES).values_list("number", flat=True)
    return [*(f"整改通知 {pk}" for pk in orders), *cases]


def live_total(project):
    """What is ordered or paid of a project, in 元."""
    return total_of(project.disbursements.filter(state__in=LIVE))


def waiver_for(project, number: int, facts: PaymentFacts) -> PaymentWaiver | None:
    """The newest leave to pay this instalment that names every case open now; a case opened later is not covered."""
    hindrances = {*facts.open_rectifications, *facts.open_clawbacks}
    waivers = project.payment_waivers.filter(number=number) if hindrances else ()
    return next((row for row in waivers if hindrances <= set(row.hindrances)), None)


def due_instalments():
    """Instalments of effective contracts that no live order covers, of projects that are not finished."""
    live = Disbursement.objects.filter(state__in=LIVE).values("project", "number")
    rows = Instalment.objects.filter(contract__state=ContractState.EFFECTIVE)
    rows = rows.exclude(contract__project__state=ProjectState.TERMINATED)
    taken = {(row["project"], row["number"]) for row in live}
    rows = rows.select_related("contract__project__lead_unit").order_by("contract__project__number", "number")
    due = [row for row in rows if (row.contract.project_id, row.number) not in taken]
    _mark_hindered(due)
    return due


def _mark_hindered(due: list[Instalment]) -> None:
    """Give each instalment `hindrances` (what is open) and `is_waived` (a director let it pass), in three queries."""
    projects = {row.contract.project_id for row in due}
    found: dict[int, list[str]] = {pk: [] for pk in projects}
    orders = Rectification.objects.filter(project__in=projects, state__in=_OPEN_RECTIFICATIONS)
    for project, pk in orders.values_list("project", "pk"):
        found[project].append(f"整改通知 {pk}")
    cases = Clawback.objects.filter(project__in=projects, state__in=OPEN_CLAWBACK_STATES)
    for project, number in cases.values_list("project", "number"):
        found[project].append(number)
    waivers = list(PaymentWaiver.objects.filter(project__in=projects))
    for row in due:
        project, row.hindrances = row.contract.project_id, found[row.contract.project_id]
        given = [w for w in waivers if (w.project_id, w.number) == (project, row.number)]
        row.is_waived = any(set(row.hindrances) <= set(w.hindrances) for w in given)
