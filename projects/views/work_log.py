"""Pages of the work ledger 工作台账 (10(3), 19)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from portal import access, events, sheets
from portal.access import page
from portal.errors import Refused
from projects.actions import work_log as actions
from projects.forms.projects import WorkLogFilter, WorkLogForm
from projects.views.frame import PAGE_SIZE, READERS, WRITERS, project_frame, project_of, refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ("日期", "类别", "名称", "内容", "材料", "SHA-256", "登记人", "登记时间")


def _rows(request, project):
    """The filter form and the rows it leaves."""
    form = WorkLogFilter(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    rows = project.work_log.select_related("file", "entered_by")
    lookups = {"kind": "kind", "since": "happened_on__gte", "until": "happened_on__lte", "q": "title__icontains"}
    return form, rows.filter(**{lookups[name]: value for name, value in values.items() if value})


@page(*READERS)
def work_log(request, public_id):
    """The ledger with its filters."""
    project = project_of(request, public_id)
    form, rows = _rows(request, project)
    context = project_frame(
        request,
        project,
        "work_log",
        filter_form=form,
        page=Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        may_add=access.allowed(request.user, "projects.keep_work_log", project),
    )
    return render(request, "projects/project/work_log.html", context)


@page(*WRITERS, methods=("GET", "POST"))
def work_log_new(request, public_id):
    """Enter one line."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.keep_work_log", project)
    form, status = WorkLogForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            _add(project, form, request.user)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            messages.success(request, "已登记。")
            return redirect("work_log", public_id=public_id)
    context = project_frame(request, project, "work_log", form=form)
    return render(request, "projects/project/work_log_form.html", context, status=status)


def _add(project, form, user) -> None:
    values = dict(form.cleaned_data)
    upload = values.pop("file")
    actions.add_entry(project=project, by=user, file=(upload.read(), upload.name) if upload else None, **values)


def _cells(row) -> tuple:
    """One line of the export, in the order of HEAD."""
    stored = row.file
    return (
        row.happened_on,
        row.get_kind_display(),
        row.title,
        row.description,
        stored.name if stored else "",
        stored.sha256 if stored else "",
        row.entered_by.name,
        timezone.localtime(row.entered_at),
    )


@page(*READERS)
def work_log_export(request, public_id):
    """The filtered ledger as xlsx."""
    project = project_of(request, public_id)
    rows = [_cells(row) for row in _rows(request, project)[1]]
    events.record("project.export_work_log", "导出工作台账", project, by=request.user, after={"rows": len(rows)})
    response = HttpResponse(sheets.write_xlsx({"工作台账": (HEAD, rows)}), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="work-log-{project.pk}.xlsx"'
    return response
