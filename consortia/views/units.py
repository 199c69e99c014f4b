"""Pages of the unit one works for: details, changes that the center confirms, record of changes."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from consortia import queries
from consortia.actions import changes, units
from consortia.forms.units import BankChangeForm, LegalChangeForm, UnitForm
from consortia.models import UnitChange
from consortia.views.frame import attempt, own_unit
from portal import access, files
from portal.access import UNIT_ROLES, page

PROOF_BYTES = 20 * 1024 * 1024
LOG_SIZE = 30
CHANGES = {"legal": ("变更登记事项", LegalChangeForm), "bank": ("变更收款账户", BankChangeForm)}
WITHDRAW = {
    "title": "撤回变更申请",
    "consequences": ["现登记的内容不变。", "需要时可以重新申请。"],
    "submit_label": "撤回变更申请",
}


@page(*UNIT_ROLES)
def my_unit(request):
    """Details and people of the unit the person works for now."""
    unit = queries.current_unit(request)
    context = {"unit": unit, "seats": queries.seats_in(unit)}
    context["may_invite"] = access.allowed(request.user, "consortia.invite", unit)
    if context["may_invite"]:
        context |= {"invitations": unit.invitations.all()[:30], "changes": unit.changes.select_related("proof")[:10]}
    return render(request, "consortia/unit.html", context)


@page(*UNIT_ROLES)
def unit_log(request):
    """What was done with the unit's registration, people and details."""
    unit = queries.current_unit(request)
    rows = Paginator(queries.log_of(unit), LOG_SIZE).get_page(request.GET.get("page"))
    events = [queries.told(event) for event in rows]
    return render(request, "consortia/unit_log.html", {"unit": unit, "page": rows, "events": events})


@page("unitadmin", methods=("GET", "POST"))
def edit_unit(request):
    """Details that the unit keeps itself."""
    unit = own_unit(request)
    form = UnitForm(request.POST or None, instance=unit)
    done, status = attempt(request, form, lambda data: units.update_unit(unit, by=request.user, **data))
    if done:
        messages.success(request, "已保存单位资料。")
        return redirect("my_unit")
    return render(request, "consortia/unit_edit.html", {"form": form, "unit": unit}, status=status)


@page("unitadmin", methods=("GET", "POST"))
def change_unit(request, kind):
    """Ask the center to change registered facts, with proof."""
    unit = own_unit(request)
    if kind not in CHANGES:
        raise Http404
    title, form_class = CHANGES[kind]
    known = {"instance": unit} if kind == "legal" else {"initial": queries.account_of(unit)}
    form = form_class(request.POST or None, request.FILES or None, **known)
    done, status = attempt(request, form, lambda data: _request(unit, kind, data, request.user))
    if done:
        messages.success(request, "已提交变更申请。中心确认前，仍按现登记办理。")
        return redirect("my_unit")
    return render(request, "consortia/unit_change.html", {"form": form, "unit": unit, "heading": title}, status=status)


def _request(unit, kind: str, data: dict, user):
    upload, formats = data["proof"], ("pdf", "png", "jpg", "jpeg")
    proof = files.store(upload.read(), upload.name, by=user, formats=formats, max_bytes=PROOF_BYTES)
    wanted = {key: data[key] for key in changes.PARTS[kind]}
    return changes.request_change(
        unit, kind=kind, wanted=wanted, reason=data["reason"], proof=proof, until=data.get("until"),
        by=user,
    )  # fmt: skip


@page("unitadmin", methods=("GET", "POST"))
def withdraw_change(request, pk):
    """Confirm, then take a request back."""
    change = get_object_or_404(UnitChange.objects.select_related("unit"), pk=pk)
    access.require(request.user, "consortia.withdraw_unitchange", change)
    if request.method == "POST":
        changes.withdraw_change(change, by=request.user)
        messages.success(request, "已撤回变更申请。")
        return redirect("my_unit")
    context = WITHDRAW | {"subject": str(change), "cancel_url": reverse("my_unit")}
    return render(request, "components/confirm.html", context)
