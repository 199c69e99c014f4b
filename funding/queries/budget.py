"""The budget in use: versions, plan against spending, pace and forecast, the rest at the end (16, 17(4))."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from funding.models import Disbursement, SurplusReturn
from funding.queries.ledger import period_of
from funding.queries.money import PAID, MoneySummary, category_plan, current_plan, money_summary, with_money
from portal.batches import in_batches
from portal.editions import edition
from portal.measures.budget import AdjustmentFacts, Pace, pace_of
from portal.measures.rmb import round_fen
from projects.models import Project
from projects.queries.contracts import effective_contract

Plan = dict[tuple[str, str], Decimal]
ENDED = ("accepted", "accepted_after", "failed", "terminated")
SOURCE_NAMES = {"grant": "财政专项", "matching": "自筹配套"}


def plan_rows(plan: Plan) -> list[list[str]]:
    """A plan as a version keeps it: [category, source, amount in 元]."""
    return [[code, source, str(round_fen(amount))] for (code, source), amount in sorted(plan.items()) if amount]


def plan_of(rows: list[list[str]]) -> Plan:
    """The plan that a version keeps."""
    return {(code, source): Decimal(amount) for code, source, amount in rows}


def base_plan(project, money: MoneySummary) -> Plan:
    """The budget of the contract in force, before the unit's own moves."""
    return category_plan(project, money.contract_version)


def versions_in_force(project, contract) -> list:
    """The unit's own moves under the contract in force, oldest first; a new contract starts afresh."""
    return list(project.budget_versions.filter(contract=contract).order_by("number")) if contract else []


def plan_now(project) -> Plan:
    """The budget in force, with the unit's own moves."""
    return current_plan(project, money_summary(project).contract_version)


def adjustment_facts(project, after: Plan) -> AdjustmentFacts:
    """What the rules of 17(4) need to judge a move; call with the project locked."""
    money, contract = money_summary(project), effective_contract(project)
    base, versions = base_plan(project, money), versions_in_force(project, contract)
    return AdjustmentFacts(
        base=base,
        before=plan_of(versions[-1].after) if versions else base,
        after=after,
        spent=money.by_category,
        today=timezone.localdate(),
        period_end=period_of(project)[1],
    )


def pace(project, money: MoneySummary) -> Pace:
    """Spending of the grant against time, with the forecast to the end of the period."""
    start, end = period_of(project)
    return pace_of(spent=money.spent, received=money.net_paid, start=start, end=end, today=timezone.localdate())


@dataclass(frozen=True)
class Change:
    """One line of a version: what it was, what it became, in 元."""

    name: str
    source: str
    before: Decimal
    after: Decimal

    @property
    def moved(self) -> Decimal:
        """The difference, in 元."""
        return self.after - self.before


def changes_of(project, version) -> list[Change]:
    """The lines that a version changed."""
    names = {item.code: item.name for item in edition(project.call.edition).budget_categories}
    before, after = plan_of(version.before), plan_of(version.after)
    zero = Decimal("0.00")
    return [
        Change(names.get(code, code), SOURCE_NAMES[source], before.get(key, zero), after.get(key, zero))
        for key in sorted({*before, *after})
        for code, source in [key]
        if before.get(key, zero) != after.get(key, zero)
    ]


def surplus_of(project) -> SurplusReturn | None:
    """The order to return the rest that counts: one that waits or is done."""
    return project.surplus_returns.exclude(state="cancelled").first()


def surplus_amount(money: MoneySummary) -> Decimal:
    """What the unit still holds of the grant and has not spent, in 元, never below zero (16)."""
    return max(money.available, Decimal("0.00"))


def projects_with_surplus(limit: int = 200) -> list[Project]:
    """Projects past their end that hold a rest of the grant and were not told to return it, each with `.money` (16)."""
    over = Q(state__in=ENDED) | Q(end_on__lt=timezone.localdate())
    rows = Project.objects.filter(over).exclude(surplus_returns__state__in=["ordered", "returned"])
    rows = rows.exclude(state__in=["contracting", "closed"]).select_related("lead_unit").order_by("number")
    return [row for row in with_money(rows) if row.money.surplus > 0][:limit]


def projects_to_watch():
    """Running projects that were paid something: their pace is told when it misses a threshold."""
    paid = Disbursement.objects.filter(state__in=PAID).values("project")
    rows = Project.objects.filter(state__in=["running", "rectifying", "suspended"], pk__in=paid)
    return in_batches(rows.select_related("call", "lead_unit", "leader", "officer").order_by("pk"))
