"""Bulk payments and ledger lines with the findings of the real ban check."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from funding.models import BanFinding, Disbursement, LedgerLine
from funding.queries.spending import effective_lexicon, evidence_rows
from portal import files
from portal.measures.spending import ExpenseLine, check_line
from portal.overview.demo import paper
from portal.overview.demo.content import expenses
from portal.overview.demo.spending import category_of

CHUNK = 2000
LONGEST = 5
FEN = Decimal("0.01")


def make(bulk, made) -> None:
    """Pay the first instalment of each effective contract and book the ledger lines.

    A fifth of them belongs to one running project (20,000 of 100,000: the longest ledger that pages are measured with),
    the others are spread evenly.
    """
    contracts = [row for row in made.contracts.values() if row.state == "effective"]
    _payments(bulk, contracts)
    lexicon, name = effective_lexicon("2025")
    longest = next((row for row in contracts if row.project.state == "running"), contracts[0])
    long = bulk.ledger_rows // LONGEST
    share, more = divmod(bulk.ledger_rows - long, len(contracts))
    pending: list[tuple[LedgerLine, object]] = []
    for place, contract in enumerate(contracts):
        number = share + (place < more) + (long if contract is longest else 0)
        lines = _lines(bulk, contract, number)
        pending.extend((line, check_line(_expense(line), lexicon)) for line in lines)
        if len(pending) >= CHUNK:
            _store(pending, name)
            pending = []
    _store(pending, name)


def _payments(bulk, contracts) -> None:
    slip = files.store(paper.png(1), "银行付款回单.png", by=bulk.people["finance"])
    first = {row.contract_id: row for contract in contracts for row in contract.instalments.all()[:1]}
    Disbursement.objects.bulk_create(
        (
            Disbursement(
                project=contract.project, instalment=first[contract.pk], number=1, amount=first[contract.pk].amount,
                contract_amount=contract.amount, cumulative=first[contract.pk].amount,
                account_name=contract.project.lead_unit.name, account_masked=contract.project.lead_unit.masked_account,
                state="received", ordered_by=bulk.people["officer"], paid_by=bulk.people["finance"],
                approved_by=bulk.people["finance"], bank_receipt=slip, account=contract.project.lead_unit.bank_account,
                paid_on=contract.start_on + timedelta(days=10), voucher_no=f"付-{contract.pk}",
                confirmed_by=contract.project.leader,
            )
            for contract in contracts
        ),
        batch_size=CHUNK,
    )  # fmt: skip


def _lines(bulk, contract, number: int) -> Iterator[LedgerLine]:
    """Lines of one project that together stay below what was paid."""
    if not number:
        return
    rows = [row for row in expenses() if row["金额"] > 0]
    days = max((min(bulk.plan.today, contract.end_on) - contract.start_on).days - 1, 1)
    each = contract.amount * Decimal("0.6") / number
    project = contract.project
    for place in range(number):
        row = rows[bulk.random.randrange(len(rows))]
        booked = contract.start_on + timedelta(days=1 + bulk.random.randrange(days))
        amount = (each * bulk.random.randrange(40, 101) / 100).quantize(FEN)
        yield LedgerLine(
            project=project, voucher_date=booked, voucher_no=f"记-{booked:%Y%m}-{place + 1:05d}",
            summary=row["摘要"], account=row["科目"], payee=row["收款方"], amount=max(amount, FEN),
            category=category_of(row), direction="tech_transfer", entered_by=project.leader,
        )  # fmt: skip


def _expense(line: LedgerLine) -> ExpenseLine:
    return ExpenseLine(line.summary, line.account, line.payee, line.amount, category=line.category)


def _store(pending, lexicon: str) -> None:
    for line, found in pending:
        line.verdict, line.article_item = found.verdict, found.article_item
    LedgerLine.objects.bulk_create([line for line, _ in pending], batch_size=CHUNK)
    BanFinding.objects.bulk_create(
        (
            BanFinding(
                line=line, lexicon=lexicon[:40], verdict=found.verdict, article_item=found.article_item,
                evidence=evidence_rows(found), reason=found.reason,
            )
            for line, found in pending
        ),
        batch_size=CHUNK,
    )  # fmt: skip
