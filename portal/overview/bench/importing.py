"""Ledger files of 10,000 and 100,000 lines through upload, dry run and booking, timed in one process and taken back."""

import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from funding.actions import ledger_import
from funding.models import ImportJob, LedgerLine
from funding.queries.ledger import period_of
from portal.overview.demo.spending import by_verdict
from portal.sheets import write_xlsx
from projects.models import Project

SMALL, LARGE = 10_000, 100_000
HEAD = ("凭证日期", "凭证字号", "摘要", "会计科目", "收款方", "金额", "发票号码", "资金来源")


def time_import() -> dict:
    """Seconds and peak memory (MB) of the dry run of both files, and of the booking of the larger one."""
    _warm()
    return _one("small", SMALL) | _one("large", LARGE)


def _warm() -> None:
    """The lexicon is compiled once in the life of a worker."""
    _one("", 10)


def _one(name: str, count: int) -> dict:
    with transaction.atomic():
        job = _uploaded(count)
        started = time.perf_counter()
        ledger_import.work(job.pk)
        judged = time.perf_counter()
        ledger_import.confirm_import(ImportJob.objects.get(pk=job.pk), by=job.uploaded_by)
        ledger_import.work(job.pk)
        booked = time.perf_counter()
        stored = LedgerLine.objects.filter(imported__job=job, findings__isnull=False).count()
        transaction.set_rollback(True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {f"{name}_lines": stored, f"{name}_dry": judged - started, f"{name}_book": booked - judged} | {
        f"{name}_memory": memory
    }


def _uploaded(count: int) -> ImportJob:
    today = timezone.localdate()
    rows = Project.objects.filter(state="running", start_on__lt=today).select_related("leader", "call", "lead_unit")
    project = rows.order_by("pk").first()
    start, end = period_of(project)
    data = write_xlsx({"明细账": (HEAD, _rows(count, start, min(end, today)))})
    return ledger_import.upload_ledger(project=project, data=data, name=f"{count}.xlsx", by=project.leader)


def _rows(count: int, start: date, end: date) -> Iterator[tuple]:
    """Lines of the example file, each made different, so that no memory of the check answers."""
    given = [row for rows in by_verdict().values() for row in rows]
    days = (end - start).days + 1
    for number in range(count):
        row, day = given[number % len(given)], start + timedelta(days=number % days)
        text = f"{row['摘要']}（{number}）"
        yield day, f"测-{number}", text, row["科目"], row["收款方"], 1 + number % 97, f"9{number:09d}", "自筹配套"
