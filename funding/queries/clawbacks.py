"""Facts of getting money back (17): limits, claimed lines, what is outstanding."""

from decimal import Decimal

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from funding.models import Clawback, ClawbackLine, LedgerLine, Repayment
from funding.queries.money import PAID, ZERO, total_of
from funding.states import OPEN_CLAWBACK_STATES, ClawbackState
from portal.bundle import Question
from portal.editions import edition
from portal.measures.findings import Finding, Severity
from portal.measures.sanctions import ClawbackFacts
from projects.extensions import Obstacle

LIVE_CASES = (ClawbackState.DRAFT, ClawbackState.NOTIFIED, ClawbackState.DECIDED)


def with_repaid(cases: QuerySet) -> QuerySet:
    """Annotate `repaid`, the sum of repayments in 元."""
    sums = Repayment.objects.filter(clawback=OuterRef("pk")).order_by().values("clawback").annotate(n=Sum("amount"))
    field = DecimalField(max_digits=16, decimal_places=2)
    return cases.annotate(repaid=Coalesce(Subquery(sums.values("n")), Value(ZERO), output_field=field))


def repaid_of(case: Clawback) -> Decimal:
    """What came back for one case, in 元."""
    return total_of(case.repayments.all())


def outstanding_of(case: Clawback) -> Decimal:
    """What is still owed for one case, in 元."""
    return case.amount - repaid_of(case)


def paid_of(project) -> Decimal:
    """What the project received, in 元."""
    return total_of(project.disbursements.filter(state__in=PAID))


def clawback_facts(
    project, *, ground: str, facts: str, amount: Decimal, lines: list[LedgerLine], own: Clawback | None = None
) -> ClawbackFacts:
    """What the rules of article 17 need; call with the project locked. `own` is the case itself once it exists."""
    others = project.clawbacks.filter(state__in=LIVE_CASES).exclude(pk=own.pk if own else None)
    claimed = sum((case.amount - case.repaid for case in with_repaid(others)), ZERO)
    returned = total_of(Repayment.objects.filter(clawback__project=project))
    taken = ClawbackLine.objects.filter(line__in=lines, active=True).exclude(clawback=own)
    return ClawbackFacts(
        ground=ground,
        statement=facts,
        amount=amount,
        paid_total=paid_of(project),
        returned_total=returned,
        claimed_total=claimed,
        lines_total=sum((line.amount for line in lines), ZERO),
        claimed_lines=tuple(taken.values_list("line__voucher_no", flat=True)),
        today=timezone.localdate(),
        reply_ends_on=own.reply_due_on if own else None,
        reply_received=bool(own and own.reply),
    )


def claimable_lines(project) -> QuerySet:
    """Grant lines that a case may rest on: standing, positive, in no other case; banned ones first."""
    rows = LedgerLine.objects.standing().filter(project=project, source="grant", amount__gt=0)
    taken = ClawbackLine.objects.filter(active=True).values("line")
    return rows.exclude(pk__in=taken).order_by("-verdict", "voucher_date", "id")


def ground_names(project) -> dict[int, str]:
    """The seven grounds of article 17: number -> name."""
    grounds = edition(project.call.edition).clawback_grounds
    return {int(choice.code.removeprefix("17(").removesuffix(")")): choice.name for choice in grounds}


def _cases_of_unit(unit: int) -> QuerySet:
    return Clawback.objects.filter(project__lead_unit=unit, state__in=OPEN_CLAWBACK_STATES)


def _unsettled(rows: list[dict]) -> list[Finding]:
    if not rows:
        return []
    numbers = "、".join(row["number"] for row in rows[:5])
    message = f"本单位有未了结的项目资金追回（{numbers}）。办法第十七条规定追回资金，了结前不受理新的申报。"
    return [Finding("17", Severity.BLOCK, "open_clawback", message, "lead_unit", "请缴清应追回款项，结案后再申报。")]


# Cases that are notified or not yet repaid (17).
application_obstacle = Obstacle(Question(_cases_of_unit, ("number",)), _unsettled)


def open_cases(project) -> QuerySet:
    """Cases of a project that block money and evaluation."""
    return project.clawbacks.filter(state__in=OPEN_CLAWBACK_STATES)
