"""What the ban check needs to know about a project, and its run over lines (articles 13, 14, 17)."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from funding.models import LedgerLine, LexiconVersion
from funding.queries.spending_context import Booking, SpendingContext, spending_context
from portal import files
from portal.attachment_text import lines_of
from portal.measures.lexicon import EDITIONS, Lexicon, LexiconError, load_lexicon
from portal.measures.spending import ExpenseLine, SpendingVerdict, asked, check_ledger, check_line
from portal.measures.spending_patterns import questions
from portal.models import StoredFile
from projects.models import Project

INVOICES = 5000


def effective_lexicon(edition_code: str) -> tuple[Lexicon, str]:
    """The lexicon in force for an edition and its name: finance's newest version, else the one shipped with it."""
    versions = LexiconVersion.objects.filter(edition=edition_code).order_by("-number")
    newest = versions.values_list("pk", "number", "made_at").first()
    if newest is not None:
        pk, number, made_at = newest
        return _stored(pk, made_at), f"词库第{number}版"
    lexicon = shipped_lexicon(edition_code)
    return lexicon, f"办法词库 {lexicon.version}"


@lru_cache(maxsize=8)
def _stored(pk: int, made_at: datetime) -> Lexicon:
    """A version never changes, so its compiled form is kept; `made_at` tells it from one that was rolled back."""
    return Lexicon.from_entries(LexiconVersion.objects.get(pk=pk).entries)


def lexicon_file(edition_code: str) -> Path:
    """The lexicon file of an edition, or of the newest edition before it; LexiconError when there is none."""
    for year in range(int(edition_code), int(edition_code) - 20, -1):
        for folder in (*map(Path, settings.MEASURES_FOLDERS), EDITIONS):
            if (path := folder / f"lexicon-{year}.toml").is_file():
                return path
    raise LexiconError(f"没有适用于{edition_code}年办法的禁列词库，请先添加词库文件。")


def shipped_lexicon(edition_code: str) -> Lexicon:
    """The compiled lexicon of an edition's file."""
    path = lexicon_file(edition_code)
    return load_lexicon(int(path.stem.removeprefix("lexicon-")), path.parent)


def check_booking(
    project: Project, booking: Booking, *, attachment: StoredFile | None = None
) -> tuple[SpendingVerdict, str]:
    """Verdict of one line in its project, and the lexicon's name.

    An allowed line is held when its invoice is booked elsewhere, or its file's name or text says otherwise (M8).
    """
    lexicon, name = effective_lexicon(project.call.edition)
    context = spending_context(project)
    found = check_line(context.expense(booking), lexicon)
    twins = invoice_twins(booking)
    if twins and found.verdict == "allowed":
        found = _held(found, "17(4)", f"发票号码与{'、'.join(twins)}相同，需核实是否重复报销或拆分列支。")
    if found.verdict == "allowed":
        found = _with_patterns([booking], [found], _booked_beside(project, booking), lexicon)[0]
    return _check_attachment(found, booking, attachment, context, lexicon), name


def _with_patterns(
    bookings: list[Booking], found: list[SpendingVerdict], booked: list[ExpenseLine], lexicon: Lexicon
) -> list[SpendingVerdict]:
    """Hold allowed lines that raise a question together with lines that are booked already (M8)."""
    lines = booked + [_outline(booking) for booking in bookings]
    verdicts = list(found)
    for place, question in questions(lines, lexicon.limits).items():
        own = place - len(booked)
        if own >= 0 and verdicts[own].verdict == "allowed":
            verdicts[own] = asked(question, lexicon)
    return verdicts


def _outline(booking: Booking) -> ExpenseLine:
    """What the patterns read of a booking."""
    return ExpenseLine(
        booking.summary,
        payee=booking.payee,
        amount=booking.amount,
        invoice=booking.invoice_no,
        day=booking.voucher_date,
        label=booking.voucher_no,
    )


def _booked_beside(project: Project, booking: Booking | None = None) -> list[ExpenseLine]:
    """Standing lines of the project as the patterns read them; beside one booking only those of its payee."""
    rows = project.ledger_lines.standing().filter(amount__gt=0)
    if booking is not None:
        rows = rows.filter(payee=booking.payee)
    columns = ("summary", "payee", "amount", "invoice_no", "voucher_date", "voucher_no")
    return [
        ExpenseLine(summary, payee=payee, amount=amount, invoice=invoice, day=day, label=label)
        for summary, payee, amount, invoice, day, label in rows.order_by("id").values_list(*columns)
    ]


def _check_attachment(
    found: SpendingVerdict, booking: Booking, attachment: StoredFile | None, context: SpendingContext, lexicon: Lexicon
) -> SpendingVerdict:
    if found.verdict != "allowed" or attachment is None:
        return found
    stem, _, suffix = attachment.name.rpartition(".")
    # Read in quarantine too: the check must not wait for the virus scan, and the reader is a child under limits.
    lines = lines_of(files.intact(attachment) or b"", suffix.lower())
    texts = [("名称", stem), *(("内容", line) for line in lines)]
    for what, text in texts:
        said = check_line(context.expense(replace(booking, summary=text, account="", payee="")), lexicon)
        if said.verdict == "banned":
            reason = f"附件“{attachment.name}”的{what}“{text[:40]}”与摘要不一致，需核实。{said.reason}"
            return _held(found, said.article_item, reason)
    return found


def _held(found: SpendingVerdict, item: str, reason: str) -> SpendingVerdict:
    return SpendingVerdict("needs-review", item, found.evidence, reason)


def check_bookings(project: Project, bookings: list[Booking]) -> tuple[list[SpendingVerdict], str]:
    """Verdicts of many lines, reversals paired, repeated invoices and patterns held; one run over the whole file.

    Compared with the lines that are booked already, too, and with invoices of other projects.
    """
    lexicon, name = effective_lexicon(project.call.edition)
    context = spending_context(project)
    found = check_ledger([context.expense(booking) for booking in bookings], lexicon)
    found = _with_patterns(bookings, found, _booked_beside(project), lexicon)
    twins = _invoices_elsewhere(bookings)
    for place, booking in enumerate(bookings):
        number = booking.invoice_no.strip()
        if number in twins and booking.amount > 0 and found[place].verdict == "allowed":
            told = f"发票号码与{twins[number]}相同，需核实是否重复报销或拆分列支。"
            found[place] = _held(found[place], "17(4)", told)
    return found, name


def _invoices_elsewhere(bookings: list[Booking]) -> dict[str, str]:
    """Invoice number -> label of a standing line of any project that carries it, a query for each INVOICES numbers."""
    numbers = sorted({booking.invoice_no.strip() for booking in bookings} - {""})
    found: dict[str, str] = {}
    for start in range(0, len(numbers), INVOICES):
        rows = LedgerLine.objects.standing().filter(invoice_no__in=numbers[start : start + INVOICES])
        for number, label, voucher in rows.values_list("invoice_no", "project__number", "voucher_no"):
            found.setdefault(number, f"{label} 凭证{voucher}")
    return found


def check_lines(project: Project, lines: list[LedgerLine]) -> tuple[list[SpendingVerdict], str]:
    """The same for lines that are booked, with their attachments."""
    lexicon, name = effective_lexicon(project.call.edition)
    context, bookings = spending_context(project), [booking_of(line) for line in lines]
    reversals = LedgerLine.objects.filter(project=project, reverses__isnull=False)
    cancelled = set(reversals.values_list("reverses_id", flat=True))
    expenses = [context.expense(booking) for booking in bookings]
    for place, line in enumerate(lines):
        if line.pk in cancelled:
            # What was cancelled is no double of what was booked in its place.
            expenses[place] = replace(expenses[place], day=None, invoice="")
    found = check_ledger(expenses, lexicon)
    rows = zip(found, bookings, lines, strict=True)
    return [_check_attachment(one, booking, line.attachment, context, lexicon) for one, booking, line in rows], name


def invoice_twins(booking: Booking, *, own_pk: int | None = None) -> list[str]:
    """Labels of standing lines, of any project, that carry the same invoice number (F2)."""
    if not booking.invoice_no.strip():
        return []
    rows = LedgerLine.objects.standing().filter(invoice_no=booking.invoice_no.strip()).exclude(pk=own_pk)
    return [f"{number} 凭证{no}" for number, no in rows.values_list("project__number", "voucher_no")[:3]]


def booking_of(line: LedgerLine) -> Booking:
    """The stored line in the form of the check."""
    return Booking(
        line.voucher_date,
        line.voucher_no,
        line.line_no,
        line.summary,
        line.account,
        line.payee,
        line.amount,
        line.source,
        line.category,
        line.direction,
        line.invoice_no,
    )


def evidence_rows(verdict: SpendingVerdict) -> list[dict[str, str]]:
    """The evidence of a verdict, JSON-safe: where, text, entry."""
    return [{"where": item.where, "text": item.text, "entry": item.entry_id} for item in verdict.evidence]
