"""Pages of the acceptance package (11, 18): texts, files, completeness, hand in."""

from dataclasses import replace

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from portal import access
from portal.access import page
from portal.errors import Refused
from portal.measures.counting import count_strict
from portal.measures.findings import blocks
from projects import extensions
from projects.actions import packages as actions
from projects.forms.projects import PackageFileForm, PackageForm
from projects.models import AcceptancePackage, PackageFile
from projects.queries.packages import package_findings
from projects.views.frame import READERS, WRITERS, project_frame, project_of, refused

TEXTS = ("work_summary", "self_assessment", "final_accounts_note", "revision")


def _package(project) -> AcceptancePackage:
    """The package, or an empty one that is not stored yet."""
    return AcceptancePackage.objects.filter(project=project).first() or AcceptancePackage(project=project)


def _may_edit(request, project, row) -> bool:
    open_now = project.state == "running" and row.state != "submitted"
    return open_now and access.allowed(request.user, "projects.submit_package", project)


def _shown(findings) -> list:
    """Without the machine's names of places, which say nothing to a reader."""
    return [replace(finding, subject="") for finding in findings]


def _page(request, project, form=None, file_form=None, status=200):
    row = _package(project)
    may_edit = _may_edit(request, project, row)
    context = project_frame(request, project, "package", package=row, papers=extensions.papers(project, request.user))
    context |= {
        "findings": _shown(package_findings(row)) if row.state != "submitted" else [],
        "files": row.files.select_related("file") if row.pk else [],
        "length": count_strict(row.work_summary),
        "form": (form or PackageForm(initial={name: getattr(row, name) for name in TEXTS})) if may_edit else None,
        "file_form": (file_form or PackageFileForm()) if may_edit else None,
    }
    return render(request, "projects/package/detail.html", context, status=status)


@page(*READERS, methods=("GET", "POST"))
def package(request, public_id):
    """Texts of the package with what is still missing."""
    project = project_of(request, public_id)
    if request.method != "POST":
        return _page(request, project)
    access.require(request.user, "projects.submit_package", project)
    form = PackageForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form=form)
    try:
        actions.save_package(project, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, project, form=form, status=refused(form, refusal))
    messages.success(request, "已保存。")
    return redirect("package", public_id=public_id)


@page(*WRITERS, methods=("POST",))
def package_file_add(request, public_id):
    """Add one file."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.submit_package", project)
    form = PackageFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, file_form=form)
    upload = form.cleaned_data["upload"]
    try:
        actions.add_file(
            project, kind=form.cleaned_data["kind"], content=upload.read(), name=upload.name, by=request.user
        )
    except Refused as refusal:
        return _page(request, project, file_form=form, status=refused(form, refusal))
    messages.success(request, f"已上传“{upload.name}”。")
    return redirect("package", public_id=public_id)


@page(*WRITERS, methods=("POST",))
def package_file_remove(request, public_id, pk):
    """Take one file out."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.submit_package", project)
    row = get_object_or_404(PackageFile, pk=pk, package__project=project)
    actions.remove_file(row, by=request.user)
    messages.success(request, "文件已移除。")
    return redirect("package", public_id=public_id)


@page(*WRITERS, methods=("GET", "POST"))
def package_submit(request, public_id):
    """Confirm and hand in."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.submit_package", project)
    row = get_object_or_404(AcceptancePackage, project=project)
    if request.method == "POST":
        try:
            actions.submit_package(row, by=request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "验收材料已提交，内容已冻结。中心将在执行期满后组织评价。")
        return redirect("package", public_id=public_id)
    return render(request, "components/confirm.html", _confirmation(row))


def _warnings(project, remarks) -> list[str]:
    left = (project.end_on - timezone.localdate()).days
    found = [f"还有 {len(remarks)} 项提示没有处理，验收时可能被要求整改。"] if remarks else []
    return found + ([f"执行期还有 {left} 天。提交后新的成果不再计入本次验收。"] if left > 0 else [])


HANDED_IN = ("工作总结、自评、文件和指标完成情况将被冻结。", "中心核对后组织专家评价（第十一条）。")


def _confirmation(row) -> dict:
    project, remarks = row.project, package_findings(row)
    blocked = [finding.message for finding in blocks(remarks)]
    return {
        "missing": blocked,
        "title": "提交验收材料",
        "subject": f"{project.number} {project.title}",
        "consequences": [] if blocked else [*_warnings(project, remarks), *HANDED_IN],
        "irreversible": "提交后不能修改；需要补充的，由中心退回。",
        "submit_label": "提交验收材料",
        "cancel_url": reverse("package", args=[project.public_id]),
    }
