"""The facts of an evaluation: indicators, money, score; what the gate and the suggestion ask (articles 10, 11, 16)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from funding.models import LedgerLine
from funding.queries import MoneySummary, budget_vs_actual, money_summary
from funding.states import OPEN_CLAWBACK_STATES
from portal.editions import edition
from portal.measures.closing import AcceptanceFacts, ConclusionFacts, Suggestion, conclusion_suggestion
from projects.queries.contracts import effective_contract
from projects.queries.evidence import progress
from reviews.models import AcceptanceConclusion, ReviewItem

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Money:
    """A project's sums as funding states them, and by category name: planned, adjusted and spent grant in 元."""

    summary: MoneySummary
    categories: dict[str, tuple[Decimal, Decimal, Decimal]]
    matching_planned: Decimal

    @property
    def planned(self) -> Decimal:
        """The grant as budgeted in the application."""
        return sum((row[0] for row in self.categories.values()), ZERO)

    @property
    def adjusted(self) -> Decimal:
        """The grant as budgeted in the contract in force."""
        return sum((row[1] for row in self.categories.values()), ZERO)

    @property
    def spent(self) -> Decimal:
        """Grant spent."""
        return self.summary.spent

    @property
    def matching_spent(self) -> Decimal:
        """Matching funds spent."""
        return self.summary.spent_matching

    @property
    def banned(self) -> Decimal:
        """Open banned lines (14)."""
        return self.summary.banned

    @property
    def banned_lines(self) -> int:
        """How many."""
        return self.summary.banned_count

    @property
    def needs_review(self) -> Decimal:
        """Lines that wait for a decision."""
        return self.summary.pending

    @property
    def waiting_lines(self) -> int:
        """How many."""
        return self.summary.pending_count

    @property
    def paid(self) -> Decimal:
        """Grant received."""
        return self.summary.paid

    @property
    def surplus(self) -> Decimal:
        """Grant received and neither spent nor repaid."""
        return self.summary.surplus

    @property
    def rate(self) -> Decimal | None:
        """Execution rate in percent of what was received, None before the first payment."""
        return self.summary.execution_rate


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


def money_of(project) -> Money:
    """Budget against ledger, from the one place that sums money (M16)."""
    summary = money_summary(project)
    names = category_names(project)
    rows = budget_vs_actual(project, summary)
    lines = project.application.budget_lines.all()
    planned: dict[str, Decimal] = {}
    for line in lines:
        if line.source == "grant":
            name = names.get(line.category, line.category)
            planned[name] = planned.get(name, ZERO) + line.amount
    adjusted = {row["name"]: (row["planned"], row["spent"]) for row in rows}
    return Money(
        summary=summary,
        categories={
            name: (planned.get(name, ZERO), *adjusted.get(name, (ZERO, ZERO)))
            for name in dict.fromkeys([*planned, *adjusted])
        },
        matching_planned=sum((line.amount for line in lines if line.source != "grant"), ZERO),
    )


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


def archive_subjects(project) -> list[AcceptanceConclusion]:
    """Conclusions, whose log belongs into the project's archive (H5)."""
    return list(AcceptanceConclusion.objects.filter(project=project))


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
        # Nothing received is nothing executed: the center may still conclude, but not by the system's advice.
        execution_rate=ZERO if money.rate is None else money.rate,
        surplus_settled=settled,
        open_banned_lines=money.banned_lines,
        after_rectification=project.state == "rectifying",
    )


def suggestion_of(project, item: ReviewItem | None) -> Suggestion:
    """What the system would conclude, and why; people decide."""
    return conclusion_suggestion(conclusion_facts(project, item), edition(project.call.edition))
