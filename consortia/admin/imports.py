"""Import and export pages of a registry: check first, errors by cell, all or nothing (A5, F13, I4, M11)."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django_htmx.http import HttpResponseClientRefresh

from consortia.actions import imports
from consortia.actions.import_rows import RESOURCES
from consortia.models import ImportRun
from portal import access, events, files, sheets
from portal.errors import Refused

MAX_EXPORT = 20_000
BUSY = ("queued", "checking", "confirmed", "writing")
JOB_STATES = {"queued": "queued", "confirmed": "queued", "failed": "failed"}
NOTES = {
    "confirmed": "表格已确认，等待写入。可以离开本页，办好后会通知您。",
    "writing": "正在写入，全部完成后才生效。可以离开本页，办好后会通知您。",
}


class UploadForm(forms.Form):
    """The table to check."""

    file = forms.FileField(label="表格文件", help_text="xlsx、xls 或 csv（UTF-8 或 GBK）。先检查，不写入。")


class SheetAdminMixin:
    """Adds 导入 and 导出 to an admin; `sheet_kind` says the columns, `import_perm` who may import."""

    sheet_kind: str
    import_perm: str
    change_list_template = "admin/sheet_change_list.html"

    @property
    def resource(self):
        """A fresh resource of the columns."""
        return RESOURCES[self.sheet_kind]()

    def sheet_url(self, view: str, *args) -> str:
        """Address of one of the pages below."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}", args=args)

    def get_urls(self):
        """Pages before the object pages, or their names would be taken for keys."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        views = {
            "import/": ("import", self.import_view),
            "import/template/": ("template", self.template_view),
            "import/<int:pk>/": ("import_run", self.run_view),
            "import/<int:pk>/progress/": ("import_progress", self.progress_view),
            "import/<int:pk>/errors/": ("import_errors", self.errors_view),
            "export/": ("export", self.export_view),
        }
        own = [path(k, self.admin_site.admin_view(view), name=f"{name}_{n}") for k, (n, view) in views.items()]
        return [*own, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """Give the list its links."""
        query = request.GET.copy()
        links = [("导出 xlsx", self._export_url(query)), ("导出 csv", self._export_url(query, "csv"))]
        if access.allowed(request.user, self.import_perm):
            links.append(("导入表格", self.sheet_url("import")))
        return super().changelist_view(request, (extra_context or {}) | {"sheet_links": links})

    def _export_url(self, query, file_format: str = "") -> str:
        query = query.copy()
        if file_format:
            query["file_format"] = file_format
        return self.sheet_url("export") + (f"?{query.urlencode()}" if query else "")

    def export_view(self, request):
        """The filtered list as xlsx or csv, cell by cell, never a live formula; logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.GET = request.GET.copy()
        is_csv = request.GET.pop("file_format", [""])[-1] == "csv"
        resource = self.resource
        rows = list(self.filtered_rows(request)[:MAX_EXPORT])
        fields = resource.get_export_fields()
        headers = [field.column_name for field in fields]
        cells = ([resource.export_field(field, row) for field in fields] for row in rows)
        label = f"导出{self.opts.verbose_name}"
        events.record(f"{self.opts.model_name}.export", label, None, by=request.user, after={"rows": len(rows)})
        if is_csv:
            return self._download(sheets.write_csv(headers, cells), "csv")
        return self._download(sheets.write_xlsx({str(self.opts.verbose_name): (headers, cells)}), "xlsx")

    def _download(self, data: bytes, suffix: str) -> HttpResponse:
        response = HttpResponse(data, content_type=files.TYPES[suffix])
        response["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.{suffix}"'
        response["Cache-Control"] = "private, no-store"
        return response

    def template_view(self, request):
        """An empty table with the right headers, and what belongs into each column."""
        self._require(request)
        resource = self.resource
        headers = [field.column_name for field in resource.get_export_fields()]
        keys = {field.column_name: key for key, field in resource.fields.items()}
        rows = [
            [name, "必填" if keys[name] in resource.required else "选填", resource.hints.get(keys[name], "")]
            for name in headers
        ]
        sheet = {str(self.opts.verbose_name): (headers, []), "填写说明": (["列", "要求", "怎样填写"], rows)}
        return self._download(sheets.write_xlsx(sheet), "xlsx")

    def _require(self, request) -> None:
        if not access.allowed(request.user, self.import_perm):
            raise PermissionDenied

    def import_view(self, request):
        """Upload; the table is checked and shown on a page of its own."""
        self._require(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                run = imports.upload_sheet(kind=self.sheet_kind, data=upload.read(), name=upload.name, by=request.user)
                return self._forward(run)
            except Refused as problem:
                form.add_error("file", problem.message)
        runs = ImportRun.objects.filter(kind=self.sheet_kind).select_related("file", "uploaded_by")[:10]
        context = {"form": form, "runs": [(run, self.sheet_url("import_run", run.pk)) for run in runs]}
        return self._page(request, "import.html", context, status=400 if form.errors else 200)

    def _run(self, request, pk) -> ImportRun:
        self._require(request)
        rows = ImportRun.objects.select_related("file", "error_file", "uploaded_by")
        return get_object_or_404(rows, pk=pk, kind=self.sheet_kind)

    def run_view(self, request, pk):
        """How far a table is; confirm or start again."""
        run = self._run(request, pk)
        if request.method == "POST":
            act = imports.retry_import if "retry" in request.POST else imports.confirm_import
            try:
                act(run, by=request.user)
            except Refused as problem:
                messages.error(request, problem.message)
            return self._forward(run)
        earlier = ImportRun.objects.filter(kind=run.kind, file__sha256=run.file.sha256, state="stored", pk__lt=run.pk)
        context = {"run": run, "earlier": earlier.first(), "errors_url": self.sheet_url("import_errors", pk)}
        context["is_own"] = run.uploaded_by_id == request.user.pk
        return self._page(request, "import_run.html", context | self._job(run))

    def _forward(self, run):
        """To the page of the run; what is done in a moment is done before."""
        if imports.is_small(run):
            imports.work(run.pk)
        return HttpResponseRedirect(self.sheet_url("import_run", run.pk))

    def _job(self, run) -> dict:
        """What components/progress.html shows."""
        job = {"title": run.file.name, "state": JOB_STATES.get(run.state, "rendering"), "progress": run.progress}
        return {
            "job": job | {"error": run.error},
            "is_busy": run.state in BUSY,
            "note": NOTES.get(run.state, ""),
            "poll_url": self.sheet_url("import_progress", run.pk),
            "refresh_url": self.sheet_url("import_run", run.pk),
        }

    def progress_view(self, request, pk):
        """The progress alone, for a page that asks by itself; done means: load the whole page anew."""
        run = self._run(request, pk)
        if run.state not in BUSY:
            return HttpResponseClientRefresh()
        return render(request, "components/progress.html", self._job(run))

    def errors_view(self, request, pk):
        """The wrong rows with what to mend."""
        run = self._run(request, pk)
        if run.error_file is None:
            messages.error(request, "这次检查没有有误的行。")
            return HttpResponseRedirect(self.sheet_url("import_run", pk))
        return self._download(files.read(run.error_file), "xlsx")

    def _page(self, request, template: str, context: dict, status: int = 200):
        resource = self.resource
        base = self.admin_site.each_context(request) | {
            "title": f"导入{self.opts.verbose_name}",
            "opts": self.opts,
            "template_url": self.sheet_url("template"),
            "max_rows": resource.max_rows,
            "required": [resource.fields[key].column_name for key in resource.required],
            "columns": [field.column_name for field in resource.get_export_fields()],
        }
        return TemplateResponse(request, f"admin/consortia/{template}", base | context, status=status)
