"""What the dry run of a file shows to a person: rows by pages and filters, reasons of skipped rows (F3)."""

from collections import Counter

from django.db.models import QuerySet

from funding.models import ImportJob
from funding.queries.import_rows import told
from funding.states import Verdict

ONLY = {
    "": "全部",
    "wrong": "须改正",
    "held": "不是可列支",
    Verdict.BANNED.value: "禁列",
    Verdict.NEEDS_REVIEW.value: "待核",
}
_FIRST = 20


def counted(counts: dict) -> dict[str, int]:
    """Rows under each filter, from the counts of the dry run."""
    banned, review = counts.get(Verdict.BANNED, 0), counts.get(Verdict.NEEDS_REVIEW, 0)
    return {
        "": counts.get("rows", 0),
        "wrong": counts.get("wrong", 0),
        "held": banned + review,
        Verdict.BANNED.value: banned,
        Verdict.NEEDS_REVIEW.value: review,
    }


def preview_rows(job: ImportJob, only: str) -> tuple[QuerySet, int]:
    """Rows of the dry run in the order of the file under a filter of ONLY, and how many there are."""
    rows = job.standing_rows.order_by("line")
    if only == "wrong":
        rows = rows.filter(errors__isnull=False)
    elif only == "held":
        rows = rows.exclude(verdict=Verdict.ALLOWED)
    elif only:
        rows = rows.filter(verdict=only)
    return rows, counted(job.counts)[only]


def skipped_reasons(job: ImportJob) -> list[tuple[str, int, str]]:
    """(reason, how many rows, the first lines in words) of what was not taken for spending."""
    numbers = Counter(reason for _, reason in job.skipped)
    return [
        (reason, number, "、".join(str(line) for line, why in job.skipped if why == reason)[: _FIRST * 5])
        for reason, number in numbers.most_common()
    ]


def import_rows(job: ImportJob):
    """Rows of the list that is handed out, in the order of the file; amounts stay Decimal."""
    verdicts = dict(Verdict.choices)
    fields = (
        *("line", "voucher_date", "voucher_no", "line_no", "summary", "account", "payee", "amount", "source"),
        *("invoice_no", "verdict", "article_item", "reason", "errors"),
    )
    for row in job.standing_rows.order_by("line").values_list(*fields).iterator(chunk_size=2000):
        *given, source, invoice, verdict, item, reason, errors = row
        source = "自筹配套" if source == "matching" else "财政专项"
        yield (*given, source, invoice, "；".join(told(errors)), verdicts[verdict], item, reason)
