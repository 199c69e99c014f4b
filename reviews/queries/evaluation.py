"""The facts of an evaluation: indicators, money, score; what the gate and the suggestion ask (articles 10, 11, 16)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from funding.models import LedgerLine
from funding.states import OPEN_CLAWBACK_STATES, Verdict
from portal.editions import edition
from portal.measures.closing import AcceptanceFacts, ConclusionFacts, Suggestion, conclusion_suggestion
from portal.measures.process import execution_rate
from projects.queries.contracts import effective_contract
from projects.queries.evidence import progress
from reviews.models import ReviewItem

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Money:
    """Sums of the grant in 元 by budget category (name -> planned, adjusted, spent), matching, verdicts, paid."""

    categories: dict[str, tuple[Decimal, Decimal, Decimal]]
    planned: Decimal
    adjusted: Decimal
    spent: Decimal
    matching_planned: Decimal
    matching_spent: Decimal
    banned: Decimal
    needs_review: Decimal
    banned_lines: int
    waiting_lines: int
    paid: Decimal

    @property
    def surplus(self) -> Decimal:
        """What is left of the adjusted budget."""
        return self.adjusted - self.spent

    @property
    def rate(self) -> Decimal | None:
        """Execution rate in percent, None without a budget."""
        return execution_rate(self.spent, self.adjusted)


def ledger_lines(project) -> list[LedgerLine]:
    """All lines with `effective` (the newest decision, else the check's verdict), newest finding and decision."""
    rows = project.ledger_lines.with_reversed().prefetch_related("findings", "decisions__decided_by")
    lines = list(rows.order_by("voucher_date", "voucher_no", "line_no"))
    for line in lines:
        line.last_finding = next(iter(line.findings.all()), None)
        line.last_decision = next(iter(line.decisions.all()), None)
        line.effective = line.last_decision.verdict if line.last_decision else line.verdict
        # A pair of a line and its reversal is settled: it stays in the ledger, but is no open question.
        line.settled = line.is_reversed or line.reverses_id is not None
    return lines


def category_names(project) -> dict[str, str]:
    """Code -> name of the budget categories of the year."""
    return {row.code: row.name for row in edition(project.call.edition).budget_categories}


def money_of(project, lines: list[LedgerLine] | None = None) -> Money:
    """Budget against ledger; the grant only, matching funds in their own two sums."""
    lines = ledger_lines(project) if lines is None else lines
    names = category_names(project)
    budget = [(names.get(b.category, b.category), b.source, b.amount) for b in project.application.budget_lines.all()]
    planned = _by_name((name, amount) for name, source, amount in budget if source == "grant")
    adjusted = _adjusted(project) or planned
    grant = [line for line in lines if line.source == "grant"]
    spent = _by_name((names.get(line.category, line.category) or "未分类", line.amount) for line in grant)
    open_lines = [line for line in grant if not line.settled]
    banned = [line for line in open_lines if line.effective == Verdict.BANNED]
    waiting = [line for line in open_lines if line.effective == Verdict.NEEDS_REVIEW]
    paid = project.disbursements.filter(state__in=["paid", "received"]).aggregate(total=Sum("amount"))["total"]
    return Money(
        categories={
            name: (planned.get(name, ZERO), adjusted.get(name, ZERO), spent.get(name, ZERO))
            for name in dict.fromkeys([*planned, *adjusted, *spent])
        },
        planned=sum(planned.values(), ZERO),
        adjusted=sum(adjusted.values(), ZERO),
        spent=sum(spent.values(), ZERO),
        matching_planned=sum((amount for _, source, amount in budget if source != "grant"), ZERO),
        matching_spent=sum((line.amount for line in lines if line.source != "grant"), ZERO),
        banned=sum((line.amount for line in banned), ZERO),
        needs_review=sum((line.amount for line in waiting), ZERO),
        banned_lines=len(banned),
        waiting_lines=len(waiting),
        paid=paid or ZERO,
    )


def _by_name(pairs) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in pairs:
        sums[name] = sums.get(name, ZERO) + amount
    return sums


def _adjusted(project) -> dict[str, Decimal]:
    """The grant's budget in the contract that is in force: each approved change is a new version of it."""
    contract = effective_contract(project)
    lines = (contract.snapshot.get("budget") or {}).get("lines", []) if contract else []
    return _by_name((row["category"], Decimal(row["amount"])) for row in lines if "定额" in row.get("source", ""))


def acceptance_facts(project) -> AcceptanceFacts:
    """Facts of the gate before experts evaluate a project (11, 17, 20)."""
    package = getattr(project, "package", None)
    contract = effective_contract(project)
    open_orders = project.rectifications.filter(state__in=["ordered", "replied"])
    clawbacks = project.clawbacks.filter(state__in=OPEN_CLAWBACK_STATES)
    return AcceptanceFacts(
        today=timezone.localdate(),
        period_end=contract.end_on if contract else project.end_on,
        package_submitted=package is not None and package.state == "submitted",
        open_rectifications=tuple(f"第{pk}号" for pk in open_orders.values_list("pk", flat=True)),
        open_clawbacks=tuple(clawbacks.values_list("number", flat=True)),
    )


def last_item(project) -> ReviewItem | None:
    """The newest evaluated item of the project, or None."""
    rows = ReviewItem.objects.filter(project=project, round__state="closed", round__kind="acceptance")
    return rows.select_related("round").order_by("-round__closed_at", "-pk").first()


def conclusion_facts(project, item: ReviewItem | None) -> ConclusionFacts:
    """What a conclusion rests on, read now: score, verified indicators, execution rate, open banned lines."""
    money = money_of(project)
    package = getattr(project, "package", None)
    kpis = progress(project)
    settled = bool(package and package.final_accounts_note.strip()) and money.surplus >= 0
    return ConclusionFacts(
        score=item.score if item else None,
        pass_line=int(project.call.acceptance_pass_line),
        unmet_kpis=tuple(row.name for row in kpis if not row.met),
        execution_rate=money.rate,
        surplus_settled=settled,
        open_banned_lines=money.banned_lines,
        after_rectification=project.state == "rectifying",
    )


def suggestion_of(project, item: ReviewItem | None) -> Suggestion:
    """What the system would conclude, and why; people decide."""
    return conclusion_suggestion(conclusion_facts(project, item), edition(project.call.edition))
