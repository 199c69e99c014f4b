"""Pages of the task contract: read, sign by scan and digest, ask for a change."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from consortia.seats import people_of
from portal import access, documents
from portal.access import page
from portal.errors import Refused
from projects.actions import changes, contracts
from projects.forms.projects import ChangeForm, SignForm
from projects.models import ChangeRequest
from projects.queries.contracts import current_contract, effective_contract
from projects.views.frame import READERS, WRITERS, project_frame, project_of, refused

CHANGE_KINDS = ChangeRequest._meta.get_field("kind").choices


@page(*READERS)
def project_contract(request, public_id):
    """The contract in work, its versions, its changes."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.view_contract", project)
    context = project_frame(request, project, "project_contract", **_contract_facts(project, request.user))
    return render(request, "projects/contract/detail.html", context)


def _contract_facts(project, user) -> dict:
    contract = current_contract(project)
    return {
        "contract": contract,
        "document": documents.latest("task_contract", contract) if contract else None,
        "may_sign": bool(contract) and _may_sign(user, contract),
        "versions": project.contracts.select_related("scan"),
        "changes": project.change_requests.select_related("requested_by", "decided_by"),
        "change_kinds": CHANGE_KINDS if _may_change(user, project) else [],
    }


def _may_sign(user, contract) -> bool:
    return contract.state == "issued" and access.allowed(user, "projects.sign_contract", contract)


def _may_change(user, project) -> bool:
    return effective_contract(project) is not None and access.allowed(user, "projects.request_change", project)


@page(*WRITERS, methods=("GET", "POST"))
def contract_sign(request, public_id):
    """Upload the sealed scan with the digest of its pages."""
    project = project_of(request, public_id)
    contract = access.require(request.user, "projects.sign_contract", current_contract(project))
    form, status = SignForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            _sign(contract, form, request.user)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            messages.success(request, "扫描件已上传，等待中心核对。")
            return redirect("project_contract", public_id=public_id)
    context = project_frame(request, project, "project_contract", contract=contract, form=form)
    return render(request, "projects/contract/sign.html", context, status=status)


def _sign(contract, form, user) -> None:
    scan = form.cleaned_data["scan"]
    contracts.upload_signed(contract, scan=(scan.read(), scan.name), digest=form.cleaned_data["digest"], by=user)


@page(*WRITERS, methods=("GET", "POST"))
def change_request(request, public_id, kind):
    """Ask for a change of the contract in force."""
    project = project_of(request, public_id)
    access.require(request.user, "projects.request_change", project)
    form, status = _change_form(request, project, kind), 200
    if request.method == "POST" and form.is_valid():
        try:
            _ask(project, kind, form, request.user)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            messages.success(request, "变更申请已提交，等待审批。")
            return redirect("project_contract", public_id=public_id)
    context = project_frame(request, project, "project_contract", form=form, label=dict(CHANGE_KINDS)[kind])
    return render(request, "projects/contract/change.html", context, status=status)


def _change_form(request, project, kind: str) -> ChangeForm:
    contract = effective_contract(project)
    if kind not in dict(CHANGE_KINDS) or contract is None:
        raise Http404
    return ChangeForm(request.POST or None, kind=kind, contract=contract, people=people_of(project.lead_unit))


def _ask(project, kind: str, form, user) -> None:
    changes.request_change(project=project, kind=kind, reason=form.cleaned_data["reason"], after=form.after(), by=user)
