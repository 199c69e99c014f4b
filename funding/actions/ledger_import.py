"""Import of a ledger file: all or nothing, the same file once (F3, M10, M11)."""

from django.db import IntegrityError, transaction

from funding.actions.ledger import OPEN_STATES
from funding.models import BanFinding, LedgerImport, LedgerLine
from funding.queries.ledger_import import ImportPreview, PreviewRow, preview_import
from funding.queries.spending import evidence_rows
from portal import access, events, files, workflow
from portal.errors import Conflict, NotAllowed, Refused
from projects.models import Project

FORMATS = ("xlsx", "xls", "csv", "txt")
_BATCH = 500


@workflow.action
def import_ledger(*, project, data, filename, by, mapping=None) -> LedgerImport:
    """Book every row of a file, or none; the project comes from the page, never from the file.

    `mapping` is field -> column from 0 (portal.sheets names), default by the headers. Refused with the first errors.
    """
    project: Project = workflow.lock(project)
    if not access.allowed(by, "funding.keep_ledger", project):
        raise NotAllowed("您的账号不能登记该项目的明细账。", article="15")
    if project.state not in OPEN_STATES:
        raise Refused(f"项目目前为“{project.get_state_display()}”，不能登记明细账。", article="16")
    preview = preview_import(project, data, filename, mapping)
    _refuse_errors(preview)
    stored = files.store(data, filename, by=by, formats=FORMATS)
    try:
        with transaction.atomic():
            record = LedgerImport.objects.create(
                project=project,
                file=stored,
                sha256=stored.sha256,
                row_count=len(preview.rows),
                skipped=[list(entry) for entry in preview.skipped],
                imported_by=by,
            )
            _book(record, preview)
    except IntegrityError as error:
        raise Conflict("文件中有凭证已入账，或同一文件已导入。请刷新后核对。", article="15") from error
    after = {"rows": len(preview.rows), "sha256": stored.sha256, "verdicts": dict(preview.counts)}
    events.record("ledger.import", "导入明细账", record, by=by, article="15", after=after)
    return record


def _refuse_errors(preview: ImportPreview) -> None:
    told = [*preview.problems]
    told += [f"第 {row.line} 行：{'；'.join(row.messages)}" for row in preview.wrong[:5]]
    if len(preview.wrong) > 5:
        told.append(f"另有 {len(preview.wrong) - 5} 行有误，请下载错误清单。")
    if told:
        raise Refused("没有导入任何内容。" + "".join(told), article="15")


def _book(record: LedgerImport, preview: ImportPreview) -> None:
    """Lines first, red entries after the lines of this file that they cancel, then the findings."""
    plain = [row for row in preview.rows if row.partner is None]
    lines = _create(record, plain, {})
    tied = [row for row in preview.rows if row.partner is not None]
    lines |= _create(record, tied, {row.line: lines[row.partner].pk for row in tied})
    BanFinding.objects.bulk_create(
        [
            BanFinding(
                line=lines[row.line],
                lexicon=preview.lexicon[:40],
                verdict=row.verdict.verdict,
                article_item=row.verdict.article_item,
                evidence=evidence_rows(row.verdict),
                reason=row.verdict.reason,
            )
            for row in preview.rows
        ],
        batch_size=_BATCH,
    )


def _create(record: LedgerImport, rows: list[PreviewRow], partners: dict[int, int]) -> dict[int, LedgerLine]:
    lines = [
        LedgerLine(
            project=record.project,
            imported=record,
            entered_by=record.imported_by,
            reverses_id=partners.get(row.line, row.original),
            verdict=row.verdict.verdict,
            article_item=row.verdict.article_item,
            **{name: getattr(row.booking, name) for name in row.booking.__dataclass_fields__},
        )
        for row in rows
    ]
    created = LedgerLine.objects.bulk_create(lines, batch_size=_BATCH)
    return {row.line: line for row, line in zip(rows, created, strict=True)}
