"""Import and export pages of a registry: dry run first, errors by cell, all or nothing (A5, F13, M11)."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from tablib import Dataset

from portal import access, events, files, sheets
from portal.errors import Refused
from portal.models import StoredFile

MAX_ROWS = 2000
FORMATS = ("xlsx", "xls", "csv")
XLSX = files.TYPES["xlsx"]
WORDS = {"new": "新增", "update": "修改", "skip": "无变化", "invalid": "有误", "error": "有误"}
TOKEN_SECONDS = 3600


class UploadForm(forms.Form):
    """The table to check."""

    file = forms.FileField(label="表格文件", help_text=f"xlsx、xls 或 csv，最多 {MAX_ROWS} 行。先检查，不写入。")


class Preview:
    """One run of an import: rows in words, cell errors, counts. `stored` says whether it was written."""

    def __init__(self, resource, data: bytes, name: str, *, dry_run: bool):
        sheet = sheets.read_sheet(data, name, max_rows=MAX_ROWS)
        self.columns = {field.attribute: field.column_name for field in resource.fields.values()}
        dataset, self.lines = _dataset(sheet, resource)
        self.values = [tuple(row) for row in dataset]
        result = resource.import_data(
            dataset, dry_run=dry_run, use_transactions=True, rollback_on_validation_errors=True
        )
        self.rows = [self._row(number, row) for number, row in enumerate(result.rows)]
        self.wrong = [row for row in self.rows if row["errors"]]
        self.counts = {word: sum(row["word"] == word for row in self.rows) for word in dict.fromkeys(WORDS.values())}
        self.is_stored = not dry_run and not self.wrong

    def _row(self, number: int, row) -> dict:
        found = [(self._column(key), text) for key, text in _cell_errors(row)]
        found += [("", _sentence(error.error)) for error in row.errors]
        return {
            "line": self.lines[number],
            "word": WORDS.get(row.import_type, "有误"),
            "cells": self.values[number],
            "errors": found,
        }

    def _column(self, key: str) -> str:
        return self.columns.get(key, "")

    def error_book(self) -> bytes:
        """The rows as they came, with the errors of each in a last column."""
        headers = [*self.columns.values(), "原文件行号", "错误"]
        rows = (
            [
                *map(sheets.cell_text, row["cells"]),
                row["line"],
                "；".join(f"{c}：{t}" if c else t for c, t in row["errors"]),
            ]
            for row in self.wrong
        )
        return sheets.write_xlsx({"错误": (headers, rows)})


def _dataset(sheet, resource) -> tuple[Dataset, list[int]]:
    """Only the resource's own columns, by name; SheetError when a required one is missing."""
    columns = [field.column_name for field in resource.fields.values()]
    plain = [sheets.plain_header(header) for header in sheet.headers]
    places = {name: plain.index(sheets.plain_header(name)) for name in columns if sheets.plain_header(name) in plain}
    missing = [resource.fields[key].column_name for key in resource.required]
    missing = [name for name in missing if name not in places]
    if missing:
        raise sheets.SheetError(f"表格缺少这些列：{'、'.join(missing)}。请使用导出的表格作为样式。")
    if not sheet.rows:
        raise sheets.SheetError("表格没有数据行。")
    dataset = Dataset(headers=columns)
    for row in sheet.rows:
        dataset.append([_plain(row.cells[places[name]]) if name in places else "" for name in columns])
    return dataset, [row.line for row in sheet.rows]


def _plain(cell):
    """Dates stay dates, everything else becomes the text a person sees."""
    return cell if hasattr(cell, "isoformat") else sheets.cell_text(cell).removeprefix("'")


def _cell_errors(row) -> list[tuple[str, str]]:
    error = row.validation_error
    if error is None:
        return []
    if hasattr(error, "error_dict"):
        return [(key, "".join(texts)) for key, texts in error.message_dict.items()]
    return [("", "".join(error.messages))]


def _sentence(error: Exception) -> str:
    return error.message if isinstance(error, Refused) else "此行无法处理，请核对各列内容。"


class SheetAdminMixin:
    """Adds 导入 and 导出 to an admin; `resource_class` says the columns, `import_perm` who may import."""

    resource_class: type
    import_perm: str
    change_list_template = "admin/sheet_change_list.html"

    def get_urls(self):
        """Pages before the object pages, or their names would be taken for keys."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        views = {"import": self.import_view, "export": self.export_view}
        own = [path(f"{k}/", self.admin_site.admin_view(v), name=f"{name}_{k}") for k, v in views.items()]
        return [*own, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """Give the list its links."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        links = [("导出 xlsx", reverse(f"{name}_export") + query)]
        if access.allowed(request.user, self.import_perm):
            links.append(("导入表格", reverse(f"{name}_import")))
        return super().changelist_view(request, (extra_context or {}) | {"sheet_links": links})

    def export_view(self, request):
        """The filtered list as xlsx, cell by cell, never a live formula; logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        resource = self.resource_class()
        rows = list(self.filtered_rows(request)[:20000])
        fields = resource.get_export_fields()
        headers = [field.column_name for field in fields]
        cells = ([resource.export_field(field, row) for field in fields] for row in rows)
        label = f"导出{self.opts.verbose_name}"
        events.record(f"{self.opts.model_name}.export", label, None, by=request.user, after={"rows": len(rows)})
        response = HttpResponse(sheets.write_xlsx({str(self.opts.verbose_name): (headers, cells)}), content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.xlsx"'
        response["Cache-Control"] = "private, no-store"
        return response

    def import_view(self, request):
        """Upload and check; look; store."""
        if not access.allowed(request.user, self.import_perm):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, UploadForm())
        if "token" in request.POST:
            return self._second(request)
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form, status=400)
        upload = form.cleaned_data["file"]
        try:
            stored = files.store(upload.read(), upload.name, by=request.user, formats=FORMATS)
            preview = self._run(request, stored, dry_run=True)
        except (Refused, sheets.SheetError) as problem:
            form.add_error("file", str(problem))
            return self._page(request, form, status=400)
        return self._page(request, form, preview=preview, token=self._sign(request, stored))

    def _second(self, request):
        """The checked file again: its error workbook, or its rows into the registry."""
        form = UploadForm()
        try:
            key = signing.loads(request.POST["token"], salt=self._salt(request), max_age=TOKEN_SECONDS)
            stored = StoredFile.objects.get(pk=key)
            preview = self._run(request, stored, dry_run="errors" in request.POST)
        except (signing.BadSignature, StoredFile.DoesNotExist):
            messages.error(request, "检查结果已过期，请重新上传表格。")
            return self._page(request, form, status=400)
        except (Refused, sheets.SheetError) as problem:
            messages.error(request, str(problem))
            return self._page(request, form, status=400)
        if "errors" in request.POST:
            response = HttpResponse(preview.error_book(), content_type=XLSX)
            response["Content-Disposition"] = 'attachment; filename="errors.xlsx"'
            return response
        if not preview.is_stored:
            return self._page(request, form, preview=preview, token=request.POST["token"], status=409)
        label = f"导入{self.opts.verbose_name}"
        events.record(
            f"{self.opts.model_name}.import", label, stored, by=request.user,
            after={"sha256": stored.sha256, **preview.counts},
        )  # fmt: skip
        messages.success(request, f"已导入：新增 {preview.counts['新增']} 条，修改 {preview.counts['修改']} 条。")
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def _run(self, request, stored, *, dry_run: bool) -> Preview:
        return Preview(self.resource_class(by=request.user), files.read(stored), stored.name, dry_run=dry_run)

    def _salt(self, request) -> str:
        return f"import-{self.opts.label_lower}-{request.user.pk}"

    def _sign(self, request, stored) -> str:
        return signing.dumps(stored.pk, salt=self._salt(request))

    def _page(self, request, form, *, preview=None, token="", status=200):
        resource = self.resource_class()
        context = self.admin_site.each_context(request) | {
            "title": f"导入{self.opts.verbose_name}",
            "opts": self.opts,
            "form": form,
            "preview": preview,
            "token": token,
            "required": [resource.fields[key].column_name for key in resource.required],
            "columns": [field.column_name for field in resource.fields.values()],
        }
        return TemplateResponse(request, "admin/consortia/import.html", context, status=status)
