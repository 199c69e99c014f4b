"""Sums of a project's money, recomputed from the rows; Decimal in 元, exact to the fen (M15, M16)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce

from funding.models import BudgetVersion, Clawback, ClawbackLine, Disbursement, LedgerLine, Repayment, SurplusReturn
from funding.states import LIVE_DISBURSEMENTS, ClawbackState, DisbursementState, Verdict
from portal.bundle import Bundle, Question
from portal.editions import edition
from portal.measures.process import execution_rate
from portal.measures.rmb import round_fen
from projects.models import BudgetLine, Contract, Project
from projects.states import ContractState

ZERO = Decimal("0.00")
LIVE = LIVE_DISBURSEMENTS
PAID = (DisbursementState.PAID, DisbursementState.RECEIVED)
_MONEY = DecimalField(max_digits=16, decimal_places=2)
_STANDING = Q(reversal__isnull=True, reverses__isnull=True)
# A red entry without its original gives no money back before finance has agreed to it (M9).
_UNPROVEN = Q(amount__lt=0, reverses__isnull=True) & ~Q(verdict=Verdict.ALLOWED)


def total(expression: str = "amount", **options: Any) -> Coalesce:
    """Sum as Decimal with two places, 0.00 for no rows."""
    return Coalesce(Sum(expression, **options), Value(ZERO), output_field=_MONEY)


def total_of(rows: QuerySet) -> Decimal:
    """Sum of `amount` over the rows, in 元 to the fen."""
    return round_fen(rows.order_by().aggregate(n=total())["n"])


@dataclass(frozen=True)
class MoneySummary:
    """A project's money in 元. `spent` counts every grant line, reversals as negative amounts.

    `available` is what may still be booked from the grant; `surplus` is the grant received and neither spent nor
    repaid; `execution_rate` is spent / received in percent (None before the first payment), `contract_rate` spent /
    contract amount; `by_category` is spending by (category, source).
    """

    contract: Decimal = ZERO
    ordered: Decimal = ZERO
    paid: Decimal = ZERO
    repaid: Decimal = ZERO
    surplus_returned: Decimal = ZERO
    spent: Decimal = ZERO
    spent_matching: Decimal = ZERO
    available: Decimal = ZERO
    pending: Decimal = ZERO
    pending_count: int = 0
    banned: Decimal = ZERO
    banned_count: int = 0
    line_count: int = 0
    contract_version: int = 0
    by_category: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def net_paid(self) -> Decimal:
        """Paid less what came back by clawbacks and as surplus."""
        return self.paid - self.repaid - self.surplus_returned

    @property
    def surplus(self) -> Decimal:
        """Grant in the unit's hands that is not spent."""
        return self.available

    @property
    def execution_rate(self) -> Decimal | None:
        """Grant spent in percent of the grant received, cut to two decimals."""
        return execution_rate(self.spent, self.paid)

    @property
    def contract_rate(self) -> Decimal | None:
        """Grant spent in percent of the contract amount."""
        return execution_rate(self.spent, self.contract)


def money_summary(project: Project) -> MoneySummary:
    """All sums of one project, asked in one statement that is compiled once a process."""
    answer = _ONE.ask(project=project.pk)
    facts: dict[str, Any] = {}
    for row in answer["payments"]:
        facts |= _decimals(row)
    for row in answer["lines"]:
        _gather(facts, _decimals(row))
    for row in answer["flagged"]:
        facts |= _decimals(row)
    for row in map(_decimals, answer["returns"]):
        _give_back(facts, row["back"], row["claimed"])
    return _summary(facts)


def with_money(projects: Iterable[Project]) -> list[Project]:
    """The projects as a list, each with its MoneySummary as `.money`: four queries however many there are."""
    rows = list(projects)
    found = _summaries([project.pk for project in rows])
    for project in rows:
        project.money = found[project.pk]
    return rows


def _summaries(pks: list[int]) -> dict[int, MoneySummary]:
    facts: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in _payments(Project.objects.filter(pk__in=pks)):
        facts[row.pop("pk")] |= row
    for row in _lines(LedgerLine.objects.filter(project__in=pks)):
        _gather(facts[row["project"]], row)
    for row in _flagged(LedgerLine.objects.filter(project__in=pks)):
        facts[row.pop("project")] |= row
    for row in _returns(Clawback.objects.filter(project__in=pks)):
        _give_back(facts[row["project"]], row["back"], row["claimed"])
    return {pk: _summary(facts[pk]) for pk in pks}


def _summary(values: dict[str, Any]) -> MoneySummary:
    # SQLite sums without trailing zeros: every amount is written to the fen.
    values = {key: round_fen(value) if isinstance(value, Decimal) else value for key, value in values.items()}
    committed, beyond = values.pop("committed", ZERO), values.pop("beyond", ZERO)
    gone = committed + beyond + values.get("surplus_returned", ZERO)
    return MoneySummary(available=values.get("paid", ZERO) - gone, **values)


_AMOUNTS = ("contract", "ordered", "paid", "surplus_returned")


def _payments(projects: QuerySet) -> QuerySet:
    """The contract in force and what was ordered, paid and sent back as surplus."""
    contracts = Contract.objects.filter(project=OuterRef("pk"), state=ContractState.EFFECTIVE).order_by()
    orders = Disbursement.objects.filter(project=OuterRef("pk"), state__in=LIVE).order_by().values("project")
    paid = orders.filter(state__in=PAID)
    surplus = SurplusReturn.objects.filter(project=OuterRef("pk"), state="returned").order_by().values("amount")
    return projects.order_by().values(
        "pk",
        contract=_amount(contracts.values("amount")),
        contract_version=Coalesce(Subquery(contracts.values("version")[:1]), Value(0)),
        ordered=_amount(orders.annotate(n=Sum("amount")).values("n")),
        paid=_amount(paid.annotate(n=Sum("amount")).values("n")),
        surplus_returned=_amount(surplus),
    )


def _amount(rows: QuerySet) -> Coalesce:
    """One amount from a subquery, 0.00 where it finds nothing."""
    return Coalesce(Subquery(rows[:1]), Value(ZERO), output_field=_MONEY)


_SUMS = ("sum", "proven")
_FLAGGED_SUMS = ("pending", "banned")
_FLAGGED_COUNTS = ("pending_count", "banned_count")


def _lines(lines: QuerySet) -> QuerySet:
    """Sums of ledger lines by project, category and source: one pass over the lines, no join."""
    rows = lines.order_by().values("project", "category", "source")
    return rows.annotate(sum=total(), proven=total(filter=~_UNPROVEN), line_count=Count("pk"))


def _flagged(lines: QuerySet) -> QuerySet:
    """Sums and counts of lines that wait or are banned and not settled: these few are joined, not all lines."""
    settled = ClawbackLine.objects.filter(line=OuterRef("pk"), clawback__state=ClawbackState.CLOSED)
    waiting, banned = Q(verdict=Verdict.NEEDS_REVIEW), Q(verdict=Verdict.BANNED)
    rows = lines.filter(waiting | banned).filter(_STANDING).exclude(banned & Exists(settled))
    return (
        rows.order_by()
        .values("project")
        .annotate(
            pending=total(filter=waiting),
            pending_count=Count("pk", filter=waiting),
            banned=total(filter=banned),
            banned_count=Count("pk", filter=banned),
        )
    )


def _gather(facts: dict[str, Any], row: dict[str, Any]) -> None:
    """Add one group of lines to the sums of its project."""
    facts.setdefault("by_category", {})[row["category"], row["source"]] = round_fen(row["sum"])
    facts["line_count"] = facts.get("line_count", 0) + row["line_count"]
    if row["source"] == "grant":
        facts["spent"] = facts.get("spent", ZERO) + row["sum"]
        facts["committed"] = facts.get("committed", ZERO) + row["proven"]
    else:
        facts["spent_matching"] = facts.get("spent_matching", ZERO) + row["sum"]


def _returns(cases: QuerySet) -> QuerySet:
    """What came back of each case, and what its ledger lines stand for."""
    repaid = Repayment.objects.filter(clawback=OuterRef("pk")).order_by().values("clawback").annotate(n=Sum("amount"))
    lines = ClawbackLine.objects.filter(clawback=OuterRef("pk"), active=True).order_by().values("clawback")
    covered = lines.annotate(n=Sum("amount")).values("n")
    return cases.order_by().values("project", back=_amount(repaid.values("n")), claimed=_amount(covered))


def _give_back(facts: dict[str, Any], back: Decimal, claimed: Decimal) -> None:
    """Add one case; `beyond` is the part that no ledger line stands for, which leaves the grant for good."""
    facts["repaid"] = facts.get("repaid", ZERO) + back
    facts["beyond"] = facts.get("beyond", ZERO) + max(back - claimed, ZERO)


def _as_text(rows: QuerySet, names: Iterable[str]) -> QuerySet:
    """Amounts as text, which is how exact decimals travel through the JSON of a bundle."""
    return rows.annotate(**{f"text_{name}": Cast(name, TextField()) for name in names})


def _texts(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"text_{name}" for name in names)


def _decimals(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a bundle with its amounts as Decimal under their own names."""
    return {
        key.removeprefix("text_"): Decimal(value) if key.startswith("text_") else value for key, value in row.items()
    }


def _one_payments(project: int) -> QuerySet:
    return _as_text(_payments(Project.objects.filter(pk=project)), _AMOUNTS)


def _one_lines(project: int) -> QuerySet:
    return _as_text(_lines(LedgerLine.objects.filter(project=project)), _SUMS)


def _one_flagged(project: int) -> QuerySet:
    return _as_text(_flagged(LedgerLine.objects.filter(project=project)), _FLAGGED_SUMS)


def _one_returns(project: int) -> QuerySet:
    return _as_text(_returns(Clawback.objects.filter(project=project)), ("back", "claimed"))


_ONE = Bundle(
    {"project": int},
    {
        "payments": Question(_one_payments, ("contract_version", *_texts(_AMOUNTS))),
        "lines": Question(_one_lines, ("category", "source", "line_count", *_texts(_SUMS))),
        "flagged": Question(_one_flagged, (*_FLAGGED_COUNTS, *_texts(_FLAGGED_SUMS))),
        "returns": Question(_one_returns, _texts(("back", "claimed"))),
    },
)


def budget_vs_actual(project: Project, money: MoneySummary | None = None) -> list[dict]:
    """Plan and spending of the grant by category, in the edition's order; lines without a category come last.

    `money` saves asking again when the summary is at hand.

    Rows: code, name, planned, matching_planned, spent, matching_spent, left (Decimal 元), rate (Decimal % or None).
    """
    names = {item.code: item.name for item in edition(project.call.edition).budget_categories}
    money = money or money_summary(project)
    planned, spent = current_plan(project, money.contract_version), money.by_category
    codes = (*names, *sorted({code for code, _ in spent} - set(names)))
    rows = [_category(code, names.get(code, code or "未分类"), planned, spent) for code in codes]
    return [row for row in rows if any(row[key] for key in ("planned", "matching_planned", "spent", "matching_spent"))]


def _category(code: str, name: str, planned: dict, spent: dict) -> dict:
    plan, used = planned.get((code, "grant"), ZERO), spent.get((code, "grant"), ZERO)
    return {
        "code": code,
        "name": name,
        "planned": plan,
        "matching_planned": planned.get((code, "matching"), ZERO),
        "spent": used,
        "matching_spent": spent.get((code, "matching"), ZERO),
        "left": plan - used,
        "rate": execution_rate(used, plan),
    }


def current_plan(project: Project, version: int) -> dict[tuple[str, str], Decimal]:
    """The budget in force: that of the contract, changed by the unit's own moves under it (17(4))."""
    moves = BudgetVersion.objects.filter(project=project.pk, contract__version=version).order_by("-number")
    newest = moves.values_list("after", flat=True).first()
    if newest is not None:
        return {(code, source): Decimal(amount) for code, source, amount in newest}
    return category_plan(project, version)


def category_plan(project: Project, version: int) -> dict[tuple[str, str], Decimal]:
    """The budget of the contract in force where an approved change changed it, else the application's (17(4))."""
    if version > 1 and (changed := _adjusted(project.contracts.get(version=version))):
        return changed
    rows = BudgetLine.objects.filter(application=project.application_id).order_by().values_list("category", "source")
    return {(code, source): round_fen(n) for code, source, n in rows.annotate(n=total())}


def _adjusted(contract: Contract) -> dict[tuple[str, str], Decimal]:
    names = {item.name: item.code for item in edition(contract.project.call.edition).budget_categories}
    rows = contract.snapshot.get("budget", {}).get("lines", [])
    found: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        source = "grant" if "定额" in row.get("source", "") else "matching"
        found[names.get(row["category"], row["category"]), source] += Decimal(row["amount"])
    return dict(found)
