"""Import of a ledger file: upload, dry run, confirmation, booking; all or nothing, once (F3, M10, M11).

The job's row is the truth and the broker only wakes the worker. Small files are done by the page that asks, by the
same `work`. What was dry-run is what is booked: when anything it rested on has changed, the file is judged again.
"""

from datetime import timedelta

from django.db import DataError, IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from funding.actions.import_booking import book_rows
from funding.actions.ledger import may_keep
from funding.models import HeaderMapping, ImportJob, ImportRow, LedgerImport
from funding.queries.import_rows import DryRow
from funding.queries.ledger_import import DryRun, basis_of, dry_run, signature
from funding.queries.spending import evidence_rows
from funding.states import ImportJobState
from portal import documents, events, files, notify, workflow
from portal.errors import Conflict, Refused
from portal.sheets_table import SheetError
from portal.states import ScanState

FORMATS = ("xlsx", "xls", "csv", "txt")
INLINE_BYTES = 16 * 1024
MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=3)
LOST_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=30)
TASK = "funding.tasks.run_import"
BROKEN = "处理时出错，没有写入任何内容。请重新核对；仍不成功的，请把文件发给平台管理员。"
SUPERSEDED = "已由另一进程处理。"
_BATCH = 2000
_READ_SHARE, _JUDGED = 40, 60


@workflow.action
def upload_ledger(*, project, data, name, by) -> ImportJob:
    """Keep a file and have it judged; nothing is booked. The project comes from the page, never from the file."""
    # Shared before the log is written: at the end the new row asks for it, when a booking may hold it and wait for us.
    project = workflow.share(project)
    may_keep(project, by)
    stored = files.store(data, name, by=by, formats=FORMATS)
    job = ImportJob.objects.create(project=project, file=stored, uploaded_by=by)
    events.record("ledger.upload", "上传明细账文件", job, by=by, article="15", after={"sha256": stored.sha256})
    _wake(job)
    return job


@workflow.action
def choose_columns(job, *, mapping, by) -> ImportJob:
    """Judge the file again by columns (field -> column from 0) that a person chose; None: by the headers alone.

    The choice is remembered for the unit's next file with the same headers.
    """
    may_keep(job.project, by)
    own = {"unit": workflow.share(job.project.lead_unit), "signature": signature(job.headers)}
    if mapping is None:
        HeaderMapping.objects.filter(**own).delete()
    else:
        chosen = {"columns": mapping, "chosen_by": by}
        HeaderMapping.objects.update_or_create(**own, defaults=chosen)
    _again(job, by=by, mapping=mapping)
    return job


@workflow.action
def retry_import(job, *, by) -> ImportJob:
    """Judge a file again: its work broke off, or what it was refused for has been mended."""
    may_keep(job.project, by)
    _again(job, by=by)
    return job


def _again(job: ImportJob, *, by, **changes) -> None:
    workflow.move(job, "retry", by=by, attempts=0, progress=0, error="", touched_at=timezone.now(), **changes)
    _wake(job)


@workflow.action
def confirm_import(job, *, by) -> ImportJob:
    """Have a file booked that was judged without faults."""
    may_keep(job.project, by)
    changes = {"attempts": 0, "progress": 0, "confirmed_by": by, "touched_at": timezone.now()}
    workflow.move(job, "confirm", by=by, **changes)
    _wake(job)
    return job


@workflow.action
def drop_import(job, *, by) -> ImportJob:
    """Give a file up; what was read of it is forgotten, the file and the job remain."""
    workflow.move(job, "drop", by=by)
    job.rows.all().delete()
    return job


def _wake(job: ImportJob) -> None:
    """Tell the worker after commit; a dead broker loses nothing, the sweeper tries again."""
    if not is_small(job):
        transaction.on_commit(lambda: documents.send_task(TASK, job.pk))


def is_small(job: ImportJob) -> bool:
    """Whether the file is done in a moment: then the page that asks calls `work` itself."""
    return job.file.size <= INLINE_BYTES


def stuck():
    """Jobs that should be on their way but are not: lost messages and killed workers."""
    now = timezone.now()
    lost = Q(state__in=(ImportJobState.QUEUED, ImportJobState.CONFIRMED), touched_at__lt=now - LOST_AFTER)
    killed = Q(state__in=(ImportJobState.CHECKING, ImportJobState.BOOKING), touched_at__lt=now - STUCK_AFTER)
    return ImportJob.objects.filter(lost | killed).order_by("id")


def forget_old() -> int:
    """Give up files that nobody confirmed for a month; returns how many."""
    waiting = (ImportJobState.FAULTY, ImportJobState.READY, ImportJobState.FAILED)
    rows = ImportJob.objects.filter(state__in=waiting, touched_at__lt=timezone.now() - FORGOTTEN_AFTER)
    old = list(rows.order_by("id")[:20])
    for job in old:
        drop_import(job, by=None)
    return len(old)


def work(job_id: int) -> None:
    """Do what the job waits for; idempotent, so that a message that comes twice does no harm.

    A file that waits for its virus scan waits on: the sweeper comes again.
    """
    if ImportJob.objects.filter(pk=job_id, file__scan_state=ScanState.QUARANTINED).exists():
        return
    ImportJob.objects.filter(pk=job_id).update(
        claim=F("claim") + 1, attempts=F("attempts") + 1, touched_at=timezone.now()
    )
    job = ImportJob.objects.select_related("file", "uploaded_by", "confirmed_by", "project__lead_unit").get(pk=job_id)
    steps = {"queued": check_import, "checking": check_import, "confirmed": book_import, "booking": book_import}
    step = steps.get(job.state)
    if step is None:
        return
    try:
        if job.attempts > MAX_ATTEMPTS:
            raise Refused(BROKEN)
        if job.file.scan_state == ScanState.INFECTED:
            raise Refused("文件没有通过查毒，已隔离，没有写入任何内容。请在本机查毒后重新上传。")
        step(job)
    except Conflict:
        return  # another worker was faster
    except (Refused, SheetError) as problem:
        _fail(job, str(problem))
    except (IntegrityError, DataError):
        _fail(job, "入账时与刚刚登记的内容冲突，没有写入任何内容。请重新核对。")


def _fail(job: ImportJob, problem: str) -> None:
    job.refresh_from_db()
    job.rows.all().delete()
    workflow.move(job, "fail", by=None, error=problem[:300])
    _tell(job, job.uploaded_by, "没有完成", problem)


def _tell(job: ImportJob, person, title: str, body: str) -> None:
    url = f"/projects/{job.project.public_id}/ledger/import/{job.pk}/"
    notify.tell([person], f"导入明细账：{title}", f"{job.file.name}。{body}", url=url, mail=False)


def _progress(job: ImportJob, percent: int) -> None:
    """Show how far it is, and that the worker lives; Conflict when another worker took the job."""
    rows = ImportJob.objects.filter(pk=job.pk, claim=job.claim)
    if not rows.update(progress=percent, touched_at=timezone.now()):
        raise Conflict(SUPERSEDED)


def check_import(job: ImportJob) -> None:
    """Judge every row and keep what would be booked; locks nothing that others wait for."""
    workflow.move(job, "check", by=None, touched_at=timezone.now())
    job.rows.exclude(claim=job.claim).delete()
    data = files.read(job.file)
    run = dry_run(job.project, data, job.file.name, job.mapping, lambda n: _progress(job, n * _READ_SHARE // 100))
    _progress(job, _JUDGED)
    _stage(job, run)
    basis = basis_of(job, job.claim)
    with transaction.atomic():
        # Shared before the log is written: a row that is written twice asks for its project at the end, when a
        # booking may hold it and wait for the log.
        workflow.share(job.project)
        fresh = workflow.lock(job)
        if fresh.claim != job.claim:
            raise Conflict(SUPERSEDED)
        _keep(job, run, basis)
        workflow.move(job, "pass" if run.is_ready else "find_faults", by=None)
    if not is_small(job):
        title = "核对完成，待确认" if run.is_ready else "有误，未入账"
        _tell(job, job.uploaded_by, title, f"共 {len(run.rows)} 行，有误 {len(run.wrong)} 行。")


def _stage(job: ImportJob, run: DryRun) -> None:
    total = len(run.rows)
    for start in range(0, total, _BATCH):
        ImportRow.objects.bulk_create([_row(job, run, row) for row in run.rows[start : start + _BATCH]])
        _progress(job, min(99, _JUDGED + (start + _BATCH) * (100 - _JUDGED) // total))


def _row(job: ImportJob, run: DryRun, row: DryRow) -> ImportRow:
    booking, verdict = row.booking, row.verdict
    return ImportRow(
        job_id=job.pk,
        claim=job.claim,
        line=row.line,
        errors=row.errors,
        verdict=verdict.verdict,
        article_item=verdict.article_item,
        evidence=evidence_rows(verdict),
        reason=verdict.reason,
        original_id=row.original,
        partner=row.partner,
        **{name: getattr(booking, name) for name in booking.__slots__},
    )


def _keep(job: ImportJob, run: DryRun, basis: str) -> None:
    job.headers, job.columns, job.origin = list(run.headers), run.columns, run.origin
    job.total, job.progress, job.counts = len(run.rows), 100, run.counts()
    job.basis, job.staged = basis, job.claim
    job.problems, job.warnings, job.lexicon = run.problems, run.warnings, run.lexicon[:40]
    job.skipped = [list(entry) for entry in run.skipped]
    job.save(
        update_fields=[
            *("headers", "columns", "origin", "total", "progress", "counts", "basis", "staged"),
            *("problems", "warnings", "lexicon", "skipped", "touched_at"),
        ]
    )


def book_import(job: ImportJob) -> None:
    """Book what was confirmed, in one transaction under the project's lock; or judge anew when the books changed."""
    if job.state != ImportJobState.BOOKING:
        workflow.move(job, "book", by=None, touched_at=timezone.now())
    job = settle_import(job)
    if job.state == ImportJobState.BOOKED and not is_small(job):
        _tell(job, job.confirmed_by, "已入账", f"入账 {job.total} 行。")
    elif job.state == ImportJobState.QUEUED:
        title = "账目有变化，重新核对"
        _tell(job, job.confirmed_by, title, "确认后账目、词库或合同有变化，没有入账。核对完成后请再确认一次。")
        if is_small(job):
            work(job.pk)


@workflow.action
def settle_import(job) -> ImportJob:
    """Book the rows of a confirmed job when what they rest on still stands, else send it back to be judged."""
    project = workflow.lock(job.project)
    job = _locked(job)
    may_keep(project, job.confirmed_by)
    if basis_of(job, job.staged) == job.basis:
        _book(job)
    else:
        workflow.move(job, "outdate", by=None, attempts=0, progress=0, touched_at=timezone.now())
        _wake(job)
    return job


def _locked(job: ImportJob) -> ImportJob:
    rows = ImportJob.objects.select_related("file", "project__lead_unit", "confirmed_by")
    fresh = rows.select_for_update(of=("self",)).get(pk=job.pk)
    if fresh.state != ImportJobState.BOOKING or fresh.claim != job.claim:
        raise Conflict(SUPERSEDED)
    return fresh


def _book(job: ImportJob) -> None:
    record = LedgerImport.objects.create(
        project=job.project,
        file=job.file,
        sha256=job.file.sha256,
        row_count=job.total,
        skipped=job.skipped,
        imported_by=job.confirmed_by,
    )
    book_rows(job, record)
    job.rows.all().delete()
    workflow.move(job, "finish", by=None, record=record, progress=100)
    after = {"rows": job.total, "sha256": record.sha256, "counts": job.counts}
    events.record("ledger.import", "导入明细账", record, by=job.confirmed_by, article="15", after=after)
