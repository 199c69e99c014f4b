"""Pages of KPI evidence: list by indicator, typed forms, one item."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from portal import access
from portal.access import page
from portal.editions import edition
from portal.errors import Refused
from projects.actions import evidence as actions
from projects.forms.evidence import FORMS, initial_of
from projects.forms.uploads import pairs
from projects.queries.evidence import kpi_bars, shown_facts
from projects.views.frame import READERS, WRITERS, project_frame, project_of, refused


@page(*READERS)
def evidence_list(request, public_id):
    """All items, grouped by indicator."""
    project = project_of(request, public_id)
    rows = list(project.evidence.select_related("claimed_by"))
    groups = [bar | {"rows": [row for row in rows if row.kpi_code == bar["code"]]} for bar in kpi_bars(project)]
    may_add = access.allowed(request.user, "projects.add_evidence", project) and project.state in actions.OPEN_STATES
    context = project_frame(request, project, "evidence_list", groups=groups, may_add=may_add)
    return render(request, "projects/evidence/list.html", context)


def _kpi(project, code: str):
    try:
        return edition(project.call.edition).kpi(code)
    except KeyError:
        raise Http404 from None


@page(*WRITERS, methods=("GET", "POST"))
def evidence_new(request, public_id, code):
    """Enter a new item for one indicator."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.add_evidence", project)
    kpi = _kpi(project, code)
    form = FORMS[kpi.kind](request.POST or None, request.FILES or None, project=project)
    return _edit(request, project, kpi, form, lambda **values: actions.add_evidence(
        project=project, kpi_code=code, by=request.user, **values
    ))  # fmt: skip


@page(*WRITERS, methods=("GET", "POST"))
def evidence_edit(request, public_id, pk):
    """Change a draft or a rejected item."""
    project, evidence = _item(request, public_id, pk)
    access.require(request.user, "projects.claim_evidence", evidence)
    kpi = _kpi(project, evidence.kpi_code)
    initial = initial_of(evidence)
    form = FORMS[kpi.kind](request.POST or None, request.FILES or None, project=project, initial=initial)
    return _edit(request, project, kpi, form, lambda **values: actions.update_evidence(
        evidence, by=request.user, **values
    ), evidence)  # fmt: skip


def _edit(request, project, kpi, form, save, evidence=None):
    """Show the form; save; then show the item with its automatic checks."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(**_values(form))
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            messages.success(request, "已保存为草稿。核对自动检查结果后，请提交核实。")
            return redirect("evidence", public_id=project.public_id, pk=saved.pk)
    context = project_frame(request, project, "evidence_list", kpi=kpi, form=form, evidence=evidence)
    return render(request, "projects/evidence/form.html", context, status=status)


def _values(form) -> dict:
    values = {name: form.cleaned_data[name] for name in ("title", "happened_on", "news_url", "told_center_on")}
    files = [(content, name, "证明材料") for content, name in pairs(form.cleaned_data["files"])]
    return values | {"data": form.data_of_kind(), "files": files}


def _item(request, public_id, pk):
    project = project_of(request, public_id)
    rows = project.evidence.select_related("claimed_by", "verified_by", "project__consortium")
    return project, get_object_or_404(rows, pk=pk)


@page(*READERS)
def evidence_detail(request, public_id, pk):
    """One item: facts, files, automatic checks, what can be done."""
    project, evidence = _item(request, public_id, pk)
    kpi = _kpi(project, evidence.kpi_code)
    may_edit = access.allowed(request.user, "projects.claim_evidence", evidence)
    context = project_frame(
        request,
        project,
        "evidence_list",
        evidence=evidence,
        kpi=kpi,
        facts=shown_facts(evidence, kpi.kind),
        files=evidence.files.select_related("file"),
        may_edit=may_edit and project.state in actions.OPEN_STATES,
    )
    return render(request, "projects/evidence/detail.html", context)


def _move(request, public_id, pk, action, done: str):
    project, evidence = _item(request, public_id, pk)
    access.require(request.user, "projects.claim_evidence", evidence)
    try:
        action(evidence, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("evidence", public_id=project.public_id, pk=pk)


@page(*WRITERS, methods=("POST",))
def evidence_claim(request, public_id, pk):
    """Hand the item in for verification."""
    return _move(request, public_id, pk, actions.claim_evidence, "已提交核实，结果会通知您。")


@page(*WRITERS, methods=("POST",))
def evidence_withdraw(request, public_id, pk):
    """Take the item back."""
    return _move(request, public_id, pk, actions.withdraw_evidence, "已撤回，可以修改后重新提交。")


@page(*WRITERS, methods=("POST",))
def evidence_file_remove(request, public_id, pk, file_pk):
    """Take one file off the item."""
    project, evidence = _item(request, public_id, pk)
    access.require(request.user, "projects.claim_evidence", evidence)
    actions.remove_file(get_object_or_404(evidence.files, pk=file_pk), by=request.user)
    messages.success(request, "文件已移除。")
    return redirect("evidence", public_id=project.public_id, pk=pk)
