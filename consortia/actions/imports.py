"""Writes of imported tables: upload, check, confirmation, writing; all or nothing (A5, I4, M10)."""

from datetime import timedelta

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from openpyxl.utils import get_column_letter
from tablib import Dataset

from consortia.actions.import_rows import RESOURCES
from consortia.actions.import_writes import STORES
from consortia.models import ImportRun
from consortia.states import ImportState
from portal import access, documents, events, files, notify, sheets, workflow
from portal.errors import Conflict, NotAllowed, Refused

FORMATS = ("xlsx", "xls", "csv")
INLINE_BYTES = 16 * 1024
SHOWN_ROWS = 100
PROGRESS_EVERY = 250
MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=3)
LOST_AFTER = timedelta(seconds=30)
WORDS = {"new": "新增", "update": "修改", "skip": "无变化", "invalid": "有误", "error": "有误"}
BROKEN = "处理时出错，没有写入任何内容。请稍后重新检查；仍不成功的，请把表格发给平台管理员。"

APPS: dict[str, str] = {}


def register_sheet(kind: str, resource, store, *, app: str) -> None:
    """An app above has a registry of its own: its columns, what writes them, and the app where its pages lie."""
    RESOURCES[kind], STORES[kind], APPS[kind] = resource, store, app


@workflow.action
def upload_sheet(*, kind, data, name, by) -> ImportRun:
    """Keep the table and have it checked: a large one by the worker, a small one by the page at once."""
    if not access.allowed(by, "consortia.import_sheet"):
        raise NotAllowed("表格由中心经办导入。")
    stored = files.store(data, name, by=by, formats=FORMATS)
    run = ImportRun.objects.create(kind=kind, file=stored, uploaded_by=by)
    _wake(run)
    return run


@workflow.action
def confirm_import(run, *, by) -> ImportRun:
    """Have a checked table written. The rows are judged again first: others may have changed the registry since."""
    if not run.counts.get("新增") and not run.counts.get("修改"):
        raise Refused("表格与登记的内容完全相同，没有需要写入的。")
    workflow.move(run, "confirm", by=by, progress=0, attempts=0)
    _wake(run)
    return run


@workflow.action
def retry_import(run, *, by) -> ImportRun:
    """Check a table again whose work broke off."""
    workflow.move(run, "retry", by=by, attempts=0, error="", progress=0)
    _wake(run)
    return run


def _wake(run: ImportRun) -> None:
    """Tell the worker after commit; a dead broker loses nothing, the sweeper tries again."""
    if not is_small(run):
        transaction.on_commit(lambda: documents.send_task("consortia.tasks.run_import", run.pk))


def is_small(run: ImportRun) -> bool:
    """Whether the table is done in a moment: then the page that asks calls `work` itself."""
    return run.file.size <= INLINE_BYTES


def stuck():
    """Runs that should be on their way but are not: lost messages and killed workers."""
    now = timezone.now()
    lost = Q(state__in=(ImportState.QUEUED, ImportState.CONFIRMED), touched_at__lt=now - LOST_AFTER)
    killed = Q(state__in=(ImportState.CHECKING, ImportState.WRITING), touched_at__lt=now - STUCK_AFTER)
    return ImportRun.objects.filter(lost | killed).order_by("id")


def work(run_id: int) -> None:
    """Do what the run waits for; idempotent, so that a message that comes twice does no harm."""
    run = ImportRun.objects.select_related("file", "uploaded_by").get(pk=run_id)
    steps = {"queued": check_import, "checking": check_import, "confirmed": write_import, "writing": write_import}
    step = steps.get(run.state)
    if step is None:
        return
    run.attempts += 1
    ImportRun.objects.filter(pk=run.pk).update(attempts=run.attempts, touched_at=timezone.now())
    try:
        if run.attempts > MAX_ATTEMPTS:
            raise Refused(BROKEN)
        step(run)
    except Conflict:
        return  # another worker was faster
    except (Refused, sheets.SheetError) as problem:
        _fail(run, str(problem))
    except IntegrityError:
        _fail(run, "写入时与他人刚刚登记的内容冲突，没有写入任何内容。请重新检查。")


def _fail(run: ImportRun, problem: str) -> None:
    run.refresh_from_db()
    workflow.move(run, "fail", by=None, error=problem[:300])
    _tell(run, "没有完成", problem)


def check_import(run: ImportRun) -> None:
    """Judge every row without writing or locking anything."""
    workflow.move(run, "check", by=None, touched_at=timezone.now())
    judged = Judged(run)
    with transaction.atomic():
        _keep(run, judged)
        workflow.move(run, "find_faults" if judged.wrong else "pass", by=None)
    if not is_small(run):
        _tell(run, "有误，未写入" if judged.wrong else "检查通过，待确认", judged.sentence())


def write_import(run: ImportRun) -> None:
    """Judge again, then write in one transaction: the lock that others wait for is held for the writing alone."""
    if run.state != ImportState.WRITING:
        workflow.move(run, "write", by=None, touched_at=timezone.now())
    judged = Judged(run)
    with transaction.atomic():
        run = workflow.lock(run)
        if run.state != ImportState.WRITING:
            raise Conflict("已由另一进程写入。")
        _keep(run, judged)
        if not judged.wrong:
            STORES[run.kind](judged.planned, by=run.uploaded_by)
            label, after = f"导入{run.get_kind_display()}", {"sha256": run.file.sha256, **judged.counts}
            events.record(f"{run.kind}.import", label, run.file, by=run.uploaded_by, after=after)
        workflow.move(run, "find_faults" if judged.wrong else "finish", by=None)
    if not is_small(run):
        _tell(run, "有误，未写入" if judged.wrong else "已写入", judged.sentence())


def _tell(run: ImportRun, title: str, body: str) -> None:
    url = f"/admin/{APPS.get(run.kind, 'consortia')}/{run.kind}/import/{run.pk}/"
    notify.tell([run.uploaded_by], f"导入{run.get_kind_display()}：{title}", body, url=url, mail=False)


def _keep(run: ImportRun, judged: "Judged") -> None:
    run.total, run.progress, run.counts, run.preview = len(judged.rows), 100, judged.counts, judged.preview()
    run.error_file = judged.error_file()
    run.save(update_fields=["total", "progress", "counts", "preview", "error_file", "touched_at"])


class Judged:
    """One judgement of a table: rows in words, cell errors, counts, and what may be written."""

    def __init__(self, run: ImportRun):
        self.run = run
        resource = RESOURCES[run.kind](on_row=self._progress)
        aliases = {key: (field.column_name,) for key, field in resource.fields.items()}
        data = files.read(run.file)
        sheet = sheets.read_sheet(data, run.file.name, max_rows=resource.max_rows, aliases=aliases)
        self.columns = {field.attribute: field.column_name for field in resource.get_export_fields()}
        self.letters: dict[str, str] = {}
        dataset, self.lines = self._dataset(sheet, resource)
        self.values = [[sheets.cell_text(cell) for cell in row] for row in dataset]
        # Not a dry run in the library's sense, which is a transaction rolled back: a resource of ours saves nothing.
        result = resource.import_data(dataset, dry_run=False, use_transactions=False)
        self.rows = [self._row(number, row) for number, row in enumerate(result.rows)]
        self.wrong = [row for row in self.rows if row["errors"]]
        self.planned = resource.planned
        self.counts = {word: sum(row["word"] == word for row in self.rows) for word in dict.fromkeys(WORDS.values())}

    def _progress(self, number: int) -> None:
        if number % PROGRESS_EVERY == 0:
            done = min(99, number * 100 // len(self.lines))
            ImportRun.objects.filter(pk=self.run.pk).update(progress=done, touched_at=timezone.now())

    def _dataset(self, sheet, resource) -> tuple[Dataset, list[int]]:
        """Only the resource's own columns, by name; SheetError when a required one is missing (M11)."""
        columns = list(self.columns.values())
        plain = [sheets.plain_header(header) for header in sheet.headers]
        places = {
            name: plain.index(sheets.plain_header(name)) for name in columns if sheets.plain_header(name) in plain
        }
        missing = [resource.fields[key].column_name for key in resource.required]
        missing = [name for name in missing if name not in places]
        if missing:
            raise sheets.SheetError(f"表格缺少这些列：{'、'.join(missing)}。请下载空白模板，按模板的表头填写。")
        if not sheet.rows:
            raise sheets.SheetError("表格没有数据行。请在表头下面逐行填写后再上传。")
        self.letters = {name: get_column_letter(place + 1) for name, place in places.items()}
        dataset = Dataset(headers=columns)
        for row in sheet.rows:
            dataset.append([_plain(row.cells[places[name]]) if name in places else "" for name in columns])
        return dataset, [row.line for row in sheet.rows]

    def _row(self, number: int, row) -> dict:
        errors = [(self.columns.get(key, ""), text) for key, text in _cell_errors(row)]
        errors += [("", BROKEN) for _ in row.errors]
        word = "有误" if errors else WORDS.get(row.import_type, "有误")
        return {"line": self.lines[number], "word": word, "cells": self.values[number], "errors": errors}

    def preview(self) -> list[dict]:
        """Wrong rows first, then the others, as far as a page can show them."""
        right = [row for row in self.rows if not row["errors"]]
        shown = [*self.wrong[:SHOWN_ROWS], *right[: max(0, SHOWN_ROWS - len(self.wrong))]]
        return [row | {"errors": [self._told(row, *error) for error in row["errors"]]} for row in shown]

    def _told(self, row: dict, column: str, text: str) -> dict:
        place = list(self.columns.values()).index(column) if column else None
        value = row["cells"][place][:60] if place is not None else ""
        return {"column": column, "letter": self.letters.get(column, ""), "value": value, "text": text}

    def error_file(self):
        """A workbook of the wrong rows as they came, with line and problem in the last columns; None for none."""
        if not self.wrong:
            return None
        headers = [*self.columns.values(), "原文件行号", "问题与改法"]
        rows = ([*row["cells"], row["line"], "；".join(map(self._sentence, row["errors"]))] for row in self.wrong)
        data = sheets.write_xlsx({"错误": (headers, rows)})
        return files.store_generated(data, "错误清单.xlsx", files.TYPES["xlsx"])

    def _sentence(self, error: tuple[str, str]) -> str:
        column, text = error
        return f"{self.letters.get(column, '')} 列“{column}”：{text}" if column else text

    def sentence(self) -> str:
        """Counts in words."""
        return "，".join(f"{word} {count} 行" for word, count in self.counts.items() if count) + "。"


def _plain(cell):
    """Dates stay dates, everything else becomes the text a person sees."""
    return cell if hasattr(cell, "isoformat") else sheets.cell_text(cell).removeprefix("'")


def _cell_errors(row) -> list[tuple[str, str]]:
    error = row.validation_error
    if error is None:
        return []
    if hasattr(error, "error_dict"):
        return [("" if key == NON_FIELD_ERRORS else key, "".join(texts)) for key, texts in error.message_dict.items()]
    return [("", "".join(error.messages))]
