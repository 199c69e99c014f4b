"""Months of a project's ledger: what was booked in each, which are closed, which may be closed next (15)."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from funding.models import LedgerLine, MonthClosing
from funding.queries.ledger import period_of
from funding.queries.money import total
from funding.states import Verdict
from portal.editions import edition
from portal.measures.findings import Finding
from portal.measures.ledger import ClosingFacts, check_closing
from portal.measures.rmb import round_fen
from projects.models import Project

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Month:
    """One month of a ledger: lines and sums in 元, lines that wait, red entries without their original, its closing."""

    first_day: date
    line_count: int = 0
    grant: Decimal = ZERO
    matching: Decimal = ZERO
    waiting: int = 0
    unproven: int = 0
    closing: MonthClosing | None = None

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return self.first_day.replace(day=monthrange(self.first_day.year, self.first_day.month)[1])

    def __str__(self):
        return f"{self.first_day.year}年{self.first_day.month}月"


def months_of(project: Project) -> list[Month]:
    """Every month from the begin of the contract, or the first line, to today or the last line; oldest first."""
    start, end = period_of(project)
    sums = _sums(project)
    closings = {row.first_day: row for row in _standing(project).select_related("closed_by")}
    today = timezone.localdate()
    known = [start, min(end, today), *sums, *closings]
    days = _first_days(min(known), max(known)) if start <= today or sums else ()
    return [Month(day, **sums.get(day, {}), closing=closings.get(day)) for day in days]


def _standing(project: Project):
    return project.closings.filter(reopened_at__isnull=True)


def _first_days(start: date, end: date) -> Iterator[date]:
    day = start.replace(day=1)
    while day <= end:
        yield day
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _sums(project: Project) -> dict[date, dict]:
    unproven = Q(amount__lt=0, reverses__isnull=True, verdict=Verdict.NEEDS_REVIEW)
    rows = LedgerLine.objects.filter(project=project).order_by().annotate(month=TruncMonth("voucher_date"))
    rows = rows.values("month").annotate(
        line_count=Count("pk"),
        grant=total(filter=Q(source="grant")),
        matching=total(filter=Q(source="matching")),
        waiting=Count("pk", filter=Q(verdict=Verdict.NEEDS_REVIEW, reversal__isnull=True, reverses__isnull=True)),
        unproven=Count("pk", filter=unproven),
    )
    found = {row.pop("month"): row for row in rows}
    return {
        day: row | {"grant": round_fen(row["grant"]), "matching": round_fen(row["matching"])}
        for day, row in found.items()
    }


def closing_findings(project: Project, month: Month) -> tuple[Finding, ...]:
    """What the measures say to closing a month now; call with the project locked."""
    facts = ClosingFacts(
        month=str(month),
        first_day=month.first_day,
        last_day=month.last_day,
        today=timezone.localdate(),
        period_start=period_of(project)[0],
        unproven=month.unproven,
        is_closed=month.closing is not None,
    )
    return check_closing(facts, edition(project.call.edition))


def closed_until(project: Project) -> MonthClosing | None:
    """The newest closed month, None while every month is open."""
    return _standing(project).order_by("-first_day").first()


def reopened(project: Project):
    """Closings that finance took back, newest first."""
    rows = project.closings.filter(reopened_at__isnull=False)
    return rows.select_related("closed_by", "reopened_by").order_by("-reopened_at", "-first_day")
