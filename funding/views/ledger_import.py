"""Import of a ledger file: upload, mapping and dry run, confirm, list of errors (F3)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from funding.actions.ledger_import import FORMATS, import_ledger
from funding.forms.ledger import MappingForm, UploadForm
from funding.queries.ledger_import import FIELDS, preview_import
from funding.views.frame import KEEPERS, attempt, bind, download
from portal import access, files, sheets
from portal.access import page
from portal.errors import Refused
from portal.models import StoredFile
from projects.views.frame import project_frame, project_of

SHOWN = 200


def _project(request, public_id):
    project = project_of(request, public_id)
    return access.require(request.user, "funding.keep_ledger", project)


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_upload(request, public_id):
    """Bring a file; nothing is booked before the dry run was seen."""
    project = _project(request, public_id)
    form = bind(UploadForm, request)
    stored, status = attempt(form, lambda file: files.store(file.read(), file.name, by=request.user, formats=FORMATS))
    if stored:
        return redirect("ledger_import", public_id=public_id, file_id=stored.public_id)
    imports = project.ledger_imports.select_related("file", "imported_by")[:20]
    context = project_frame(request, project, "ledger", form=form, imports=imports)
    return render(request, "funding/import_upload.html", context, status=status)


def _mapping(request) -> dict[str, int] | None:
    """The columns that the person chose, or None to go by the headers."""
    chosen = {name: request.GET.get(f"c_{name}", "") for name in FIELDS if f"c_{name}" in request.GET}
    return (
        {name: int(value) for name, value in chosen.items() if value.isdecimal() and len(value) < 4} if chosen else None
    )


def _dry_run(request, project, file_id):
    stored = get_object_or_404(StoredFile, public_id=file_id, uploaded_by=request.user)
    return stored, files.read(stored)


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_import(request, public_id, file_id):
    """The dry run; POST books the file as previewed, or nothing."""
    project = _project(request, public_id)
    stored, data = _dry_run(request, project, file_id)
    if request.method == "POST":
        return _book(request, project, stored, data)
    try:
        preview = preview_import(project, data, stored.name, _mapping(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("ledger_upload", public_id=public_id)
    context = project_frame(request, project, "ledger", stored=stored, preview=preview)
    return render(request, "funding/import_preview.html", context | _shown(preview))


def _shown(preview) -> dict:
    rows = sorted(preview.rows, key=lambda row: (not row.errors, row.verdict.verdict == "allowed", row.line))
    form = MappingForm(None, headers=preview.headers, mapping=preview.mapping)
    return {"rows": rows[:SHOWN], "hidden": max(len(rows) - SHOWN, 0), "mapping_form": form}


def _book(request, project, stored, data):
    try:
        record = import_ledger(
            project=project, data=data, filename=stored.name, by=request.user, mapping=_mapping(request)
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(request.get_full_path())
    messages.success(request, f"已导入 {record.row_count} 行。")
    return redirect("ledger", public_id=project.public_id)


@page(*KEEPERS)
def ledger_import_errors(request, public_id, file_id):
    """The dry run as a workbook: errors by cell, and every row with its verdict."""
    project = _project(request, public_id)
    stored, data = _dry_run(request, project, file_id)
    preview = preview_import(project, data, stored.name, _mapping(request))
    wrong = [(row.line, FIELDS.get(name, "本行"), text) for row in preview.wrong for name, text in row.errors.items()]
    rows = [_workbook_row(row) for row in preview.rows]
    head = ("行号", "日期", "凭证字号", "摘要", "科目", "收款方", "金额（元）", "结论", "条款", "理由", "问题")
    book = {"问题": (("行号", "列", "问题"), [(0, "整个文件", text) for text in preview.problems] + wrong)}
    return download(sheets.write_xlsx(book | {"全部行": (head, rows)}), "导入核对清单.xlsx")


def _workbook_row(row) -> tuple:
    line = row.booking
    return (
        row.line,
        line.voucher_date,
        line.voucher_no,
        line.summary,
        line.account,
        line.payee,
        line.amount,
        {"allowed": "可列支", "banned": "禁列"}.get(row.verdict.verdict, "待核"),
        row.verdict.article_item,
        row.verdict.reason,
        "；".join(row.messages),
    )
