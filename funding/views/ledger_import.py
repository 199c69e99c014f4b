"""Import of a ledger file: upload, progress, preview by pages, columns, confirmation, list of errors (F3)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from funding.actions import ledger_import as actions
from funding.documents.import_list import import_list
from funding.forms.ledger import MappingForm, PreviewFilter, UploadForm
from funding.queries.import_preview import preview_rows, skipped_reasons
from funding.queries.import_rows import told
from funding.states import ImportJobState
from funding.views.frame import KEEPERS, attempt, bind, download
from portal import access
from portal.access import page
from portal.errors import Refused
from projects.views.frame import project_frame, project_of

SHOWN = 100
BUSY = (ImportJobState.QUEUED, ImportJobState.CHECKING, ImportJobState.CONFIRMED, ImportJobState.BOOKING)
ACTS = {"retry": actions.retry_import, "drop": actions.drop_import}
JOB_STATES = {"queued": "queued", "confirmed": "queued", "failed": "failed"}
NOTES = {
    "queued": "文件已保存，等待核对。可以离开本页，办好后会通知您。",
    "checking": "正在逐行核对，不写入任何内容。可以离开本页，办好后会通知您。",
    "confirmed": "已确认，等待入账。可以离开本页，办好后会通知您。",
    "booking": "正在入账，全部完成后才生效。可以离开本页，办好后会通知您。",
}


def _project(request, public_id):
    project = project_of(request, public_id)
    return access.require(request.user, "funding.keep_ledger", project)


def _job(request, public_id, pk):
    project = _project(request, public_id)
    rows = project.import_jobs.select_related("file", "record", "uploaded_by", "confirmed_by")
    job = get_object_or_404(rows, pk=pk)
    job.project = project
    return project, job


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_upload(request, public_id):
    """Bring a file; nothing is booked before the dry run was seen."""
    project = _project(request, public_id)
    form = bind(UploadForm, request)

    def act(file):
        return actions.upload_ledger(project=project, data=file.read(), name=file.name, by=request.user)

    job, status = attempt(form, act)
    if job:
        return _forward(job)
    jobs = project.import_jobs.select_related("file", "uploaded_by", "record")[:20]
    context = project_frame(request, project, "ledger", form=form, jobs=jobs)
    return render(request, "funding/import_upload.html", context, status=status)


def _forward(job):
    """To the page of the job; what is done in a moment is done before."""
    if actions.is_small(job):
        actions.work(job.pk)
    return redirect("ledger_import", public_id=job.project.public_id, pk=job.pk)


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_import(request, public_id, pk):
    """How far a file is and what it would book; POST confirms, judges again, changes columns or gives it up."""
    project, job = _job(request, public_id, pk)
    if request.method == "POST":
        return _act(request, job)
    context = project_frame(request, project, "ledger", import_job=job, **_progress(job))
    if job.state in (ImportJobState.READY, ImportJobState.FAULTY):
        context |= _preview(request, job)
    return render(request, "funding/import_preview.html", context)


def _act(request, job):
    try:
        if request.POST.keys() & {"columns", "headers"}:
            mapping = _chosen(request) if "columns" in request.POST else None
            actions.choose_columns(job, mapping=mapping, by=request.user)
        else:
            act = next((ACTS[name] for name in ACTS if name in request.POST), actions.confirm_import)
            act(job, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
    if job.state == ImportJobState.DROPPED:
        messages.success(request, f"已放弃导入“{job.file.name}”。")
        return redirect("ledger_upload", public_id=job.project.public_id)
    return _forward(job)


def _chosen(request) -> dict[str, int]:
    """The columns that the person chose."""
    given = {name.removeprefix("c_"): value for name, value in request.POST.items() if name.startswith("c_")}
    return {name: int(value) for name, value in given.items() if value.isdecimal() and len(value) < 4}


def _progress(job) -> dict:
    """What components/progress.html shows."""
    shown = {"title": job.file.name, "state": JOB_STATES.get(job.state, "rendering"), "progress": job.progress}
    address = [job.project.public_id, job.pk]
    return {
        "job": shown | {"error": job.error},
        "is_busy": job.state in BUSY,
        "note": NOTES.get(job.state, "") if job.file.is_usable else f"文件{job.file.scan_words}，查毒后自动核对。",
        "poll_url": reverse("ledger_import_progress", args=address),
        "refresh_url": reverse("ledger_import", args=address),
    }


@page(*KEEPERS)
def ledger_import_progress(request, public_id, pk):
    """The progress alone, for a page that asks by itself; done means: load the whole page anew."""
    _, job = _job(request, public_id, pk)
    if job.state not in BUSY:
        return HttpResponseClientRefresh()
    return render(request, "components/progress.html", _progress(job))


def _page(request, rows, count: int):
    paginator = Paginator(rows, SHOWN)
    paginator.count = count
    return paginator.get_page(request.GET.get("page"))


def _preview(request, job) -> dict:
    form = PreviewFilter(request.GET)
    only = form.cleaned_data["only"] if form.is_valid() else ""
    choices = form.counted(job.counts)
    return {
        "choices": [(label, f"?only={value}", value == only, number) for value, label, number in choices],
        "review_count": job.counts.get("needs-review", 0),
        "skipped": skipped_reasons(job),
        "mapping_form": MappingForm(None, headers=job.headers, mapping=job.columns),
        **_listed(request, job, only),
    }


def _listed(request, job, only: str) -> dict:
    """One page of rows with their errors in words; how many there are is known from the dry run."""
    rows, count = preview_rows(job, only)
    paginator = Paginator(rows, SHOWN)
    paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    return {"page": page, "rows": [(row, told(row.errors)) for row in page.object_list]}


@page(*KEEPERS)
def ledger_import_errors(request, public_id, pk):
    """The rows as they were read as a workbook, with a column of errors and the verdicts."""
    _, job = _job(request, public_id, pk)
    if job.state not in (ImportJobState.READY, ImportJobState.FAULTY):
        messages.error(request, "核对完成后才能下载核对清单。")
        return redirect("ledger_import", public_id=public_id, pk=pk)
    return download(import_list(job), "导入核对清单.xlsx")
