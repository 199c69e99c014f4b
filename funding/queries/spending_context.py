"""What the ban check knows about a project: members, units related to them, staff, titles of its events (14, 17)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from consortia.models import Unit
from funding.models import RelatedUnit
from portal.measures.normalise import normalise
from portal.measures.spending import ExpenseLine
from projects.models import Project

# Shorter names are the beginning of too many others.
WHOLE_NAME = 6
_CODE = re.compile(r"(?<![0-9a-z])[0-9a-hj-np-rtuwxy]{18}(?![0-9a-z])")


@dataclass(frozen=True, slots=True)
class Booking:
    """One line as typed or read from a file, before it is stored; `amount` in 元, negative for a red entry."""

    voucher_date: date | None
    voucher_no: str
    line_no: int
    summary: str
    account: str
    payee: str
    amount: Decimal
    source: str = "grant"
    category: str = ""
    direction: str = ""
    invoice_no: str = ""


@dataclass(frozen=True)
class Names:
    """Names in normal form and credit codes (lower case) of a kind of units."""

    names: frozenset[str]
    codes: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str | None], codes: Iterable[str | None] = ()) -> "Names":
        """From names and codes as they are stored; blanks are left out."""
        plain = frozenset(normalise(name) for name in names if name)
        long = tuple(sorted(name for name in plain if len(name) >= WHOLE_NAME))
        return cls(plain, frozenset(code.lower() for code in codes if code), long)

    def cover(self, payee: str, codes: Iterable[str]) -> bool:
        """Whether a payee in normal form is one of them: by its name, a branch of it, or a credit code beside it."""
        return payee in self.names or payee.startswith(self.beginnings) or not self.codes.isdisjoint(codes)


@dataclass(frozen=True)
class SpendingContext:
    """Names that mean something in this project."""

    members: Names
    related: Names
    staff: frozenset[str]
    event_titles: frozenset[str]

    def expense(self, booking: Booking) -> ExpenseLine:
        """The line as the check sees it."""
        payee = normalise(booking.payee)
        codes = _CODE.findall(payee) if len(payee) >= 18 else ()
        is_member = self.members.cover(payee, codes)
        return ExpenseLine(
            summary=booking.summary,
            account=booking.account,
            payee=booking.payee,
            amount=booking.amount,
            source="matching" if booking.source == "matching" else "grant",
            category=booking.category,
            payee_is_member=is_member,
            payee_is_related=not is_member and self.related.cover(payee, codes),
            payee_is_staff=payee in self.staff,
            event_titles=self.event_titles,
            invoice=booking.invoice_no,
            day=booking.voucher_date,
            label=booking.voucher_no,
        )


def spending_context(project: Project) -> SpendingContext:
    """Members, related units, staff and event titles of a project, in six queries."""
    lead = project.lead_unit
    fields = ("name", "former_names__name", "bank_account_name", "credit_code", "pk", "legal_representative")
    units = list(Unit.objects.filter(memberships__consortium=project.consortium_id).values_list(*fields))
    others = [row for row in units if row[4] != lead.pk]
    people = {*project.application.team.values_list("name", flat=True), project.leader.name}
    titles = project.evidence.filter(kpi_code="innovation_event").values_list("title", flat=True)
    return SpendingContext(
        members=Names.of((name for row in others for name in row[:3]), (row[3] for row in others)),
        related=_related(project, units),
        staff=frozenset(normalise(name) for name in people if name),
        event_titles=frozenset(titles),
    )


def _related(project: Project, units: list[tuple]) -> Names:
    """The lead unit itself, units of the register, merged ones and those of the same legal representative."""
    lead = project.lead_unit
    keys = {lead.pk, *(row[4] for row in units)}
    bosses = {lead.legal_representative, *(row[5] for row in units)} - {"", None}
    derived = Unit.objects.filter(
        Q(legal_representative__in=bosses) | Q(merged_into__in=keys) | Q(merged_units__in=keys)
    ).exclude(pk__in=keys)
    entered = RelatedUnit.objects.filter(unit__in=keys).exclude(ended_on__lt=timezone.localdate())
    rows = [*derived.values_list("name", "credit_code"), *entered.values_list("name", "credit_code")]
    names = [lead.name, lead.bank_account_name, *(name for name, _ in rows)]
    return Names.of(names, [lead.credit_code, *(code for _, code in rows)])
