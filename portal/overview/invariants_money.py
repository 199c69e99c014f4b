"""Balances recomputed from the rows, one by one in Python, against what the pages and papers say (M16, 12-17)."""

from collections import defaultdict
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import F, Q, Sum

from consortia.models import Unit
from funding.models import (
    BudgetVersion,
    Clawback,
    ClawbackLine,
    Disbursement,
    LedgerLine,
    Repayment,
    RepaymentDue,
    SurplusReturn,
)
from funding.queries.money import money_summary, with_money
from projects.models import Contract, Project

ZERO = Decimal("0.00")
CHUNK = 500


def balances() -> list[str]:
    """Projects where a sum of the pages differs from the rows, or where more was spent than received."""
    found: list[str] = []
    keys = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        counted = _Count(chunk)
        for project in with_money(Project.objects.filter(pk__in=chunk).order_by("pk")):
            found += _differences(project, counted.expected(project.pk))
    return found


def _differences(project, expected: dict) -> list[str]:
    found = []
    for source, money in (("list", project.money), ("page", money_summary(project))):
        for name, value in expected.items():
            shown = getattr(money, name)
            if shown != value:
                found.append(f"{project.number} {source} {name}: {shown} != {value}")
    if expected["available"] < 0:
        found.append(f"{project.number}: available {expected['available']}")
    return found


class _Count:
    """Plain additions over the rows of some projects: no query sums anything here."""

    def __init__(self, projects: list[int]) -> None:
        self.sums: dict[int, dict[str, Decimal | int]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self.categories: dict[int, dict[tuple[str, str], Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self._payments(projects)
        self._lines(projects)
        self._returns(projects)

    def _payments(self, projects: list[int]) -> None:
        rows = Disbursement.objects.filter(project__in=projects).values_list("project", "state", "amount")
        for project, state, amount in rows.order_by():
            if state in ("ordered", "approved", "paid", "received"):
                self.sums[project]["ordered"] += amount
            if state in ("paid", "received"):
                self.sums[project]["paid"] += amount
        contracts = Contract.objects.filter(project__in=projects, state="effective")
        for project, amount in contracts.values_list("project", "amount"):
            self.sums[project]["contract"] += amount
        surplus = SurplusReturn.objects.filter(project__in=projects, state="returned")
        for project, amount in surplus.values_list("project", "amount"):
            self.sums[project]["surplus_returned"] += amount

    def _lines(self, projects: list[int]) -> None:
        lines = LedgerLine.objects.filter(project__in=projects)
        reversed_ones = set(lines.exclude(reverses=None).values_list("reverses", flat=True))
        closed = ClawbackLine.objects.filter(clawback__project__in=projects, clawback__state="closed")
        settled = set(closed.values_list("line", flat=True))
        fields = ("pk", "project", "amount", "source", "category", "verdict", "reverses")
        for pk, project, amount, source, category, verdict, reverses in lines.values_list(*fields).iterator(2000):
            sums = self.sums[project]
            self.categories[project][category, source] += amount
            sums["spent" if source == "grant" else "spent_matching"] += amount
            if source == "grant" and (amount > 0 or reverses or verdict == "allowed"):
                sums["committed"] += amount
            if reverses or pk in reversed_ones:
                continue
            if verdict == "needs-review":
                sums["pending"] += amount
            elif verdict == "banned" and pk not in settled:
                sums["banned"] += amount

    def _returns(self, projects: list[int]) -> None:
        back: dict[int, Decimal] = defaultdict(lambda: ZERO)
        claimed: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for case, amount in Repayment.objects.filter(clawback__project__in=projects).values_list("clawback", "amount"):
            back[case] += amount
        rows = ClawbackLine.objects.filter(clawback__project__in=projects, active=True)
        for case, amount in rows.values_list("clawback", "amount"):
            claimed[case] += amount
        for case, project in Clawback.objects.filter(project__in=projects).values_list("pk", "project"):
            self.sums[project]["repaid"] += back[case]
            self.sums[project]["beyond"] += max(back[case] - claimed[case], ZERO)

    def expected(self, project: int) -> dict:
        """What a MoneySummary must say."""
        sums = dict(self.sums[project])
        gone = sums.pop("committed", ZERO) + sums.pop("beyond", ZERO) + sums.get("surplus_returned", ZERO)
        names = ("contract", "ordered", "paid", "repaid", "surplus_returned", "spent", "spent_matching")
        expected = {name: sums.get(name, ZERO) for name in (*names, "pending", "banned")}
        expected["available"] = sums.get("paid", ZERO) - gone
        expected["by_category"] = dict(self.categories[project])
        return expected


def clawback_balances() -> list[str]:
    """Cases whose lines, plan or repayments do not add up; closed cases that still owe (17)."""
    found = []
    lines = dict(ClawbackLine.objects.values_list("clawback").annotate(n=Sum("amount")))
    plans = dict(RepaymentDue.objects.values_list("clawback").annotate(n=Sum("amount")))
    paid = dict(Repayment.objects.values_list("clawback").annotate(n=Sum("amount")))
    for case in Clawback.objects.order_by("pk"):
        if case.pk in plans and plans[case.pk] != case.amount:
            found.append(f"{case.number}: plan {plans[case.pk]} != {case.amount}")
        if case.state == "closed" and paid.get(case.pk, ZERO) != case.amount:
            found.append(f"{case.number}: closed with {paid.get(case.pk, ZERO)} of {case.amount}")
        if lines.get(case.pk, ZERO) > case.amount and case.state in ("decided", "closed"):
            found.append(f"{case.number}: lines {lines[case.pk]} above {case.amount}")
    return found


def budget_versions() -> list[str]:
    """Versions that do not follow each other under one contract, or that change the sum of a source (17(4))."""
    found, last = [], {}
    for row in BudgetVersion.objects.order_by("project", "number"):
        key = (row.project_id, row.contract_id)
        if key in last and last[key] != row.before:
            found.append(f"{row}: does not start where the version before ended")
        last[key] = row.after
        for source in ("grant", "matching"):
            before, after = (
                sum((Decimal(n) for _, kind, n in plan if kind == source), ZERO) for plan in (row.before, row.after)
            )
            if before != after:
                found.append(f"{row}: {source} {before} != {after}")
    return found


def payments_in_order() -> list[str]:
    """Payments that were waived by who ordered or paid, cumulated wrongly, or returned as surplus beyond net paid."""
    alone = Q(waiver__waived_by=F("ordered_by")) | Q(waiver__waived_by=F("paid_by"))
    found = [str(row) for row in Disbursement.objects.filter(alone)]
    running: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in Disbursement.objects.filter(state__in=["ordered", "approved", "paid", "received"]).order_by("pk"):
        running[row.project_id] += row.amount
        if running[row.project_id] > row.contract_amount:
            found.append(f"{row}: {running[row.project_id]} > {row.contract_amount}")
    return found


def sealed_accounts() -> list[str]:
    """Bank accounts that none of the field keys opens."""
    found = []
    for model, field in ((Unit, "bank_account"), (Disbursement, "account")):
        for pk in model.objects.exclude(**{field: ""}).order_by("pk").values_list("pk", flat=True):
            try:
                model.objects.only(field).get(pk=pk)
            except ValidationError:
                found.append(f"{model._meta.label} {pk}")
    return found


CHECKS = (
    ("balances", "每个项目的拨付、支出、结余、待核、禁列和缴回逐行重算一致（12-17）", balances),
    ("clawback-balances", "追回案的依据、计划和缴款合计一致（17）", clawback_balances),
    ("budget-versions", "预算版本前后相接，各来源合计不变（17(4)）", budget_versions),
    ("payments-in-order", "拨付累计不超过合同，准予拨付由另一人作出（12）", payments_in_order),
    ("sealed-accounts", "银行账号密文都能用现有密钥解开", sealed_accounts),
)
