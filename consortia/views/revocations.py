"""The page of a revocation case: facts, hearing window, statement, decision (20)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from consortia.actions import revocations
from consortia.forms.revocations import StatementForm
from consortia.models import Revocation
from consortia.states import RevocationState
from portal import access, documents
from portal.access import CENTER, UNIT_ROLES, page
from portal.errors import Refused


@page(*UNIT_ROLES, *CENTER, methods=("GET", "POST"))
def revocation(request, pk):
    """One case; the lead unit states its view until the window ends."""
    case = get_object_or_404(Revocation.objects.select_related("consortium", "decided_by"), pk=pk)
    access.require(request.user, "consortia.view_revocation", case)
    form, status = StatementForm(request.POST or None, initial={"statement": case.statement}), 200
    if request.method == "POST" and form.is_valid():
        try:
            revocations.record_statement(case, statement=form.cleaned_data["statement"], by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, "陈述申辩意见已提交。")
            return redirect("revocation", pk=pk)
    return render(request, "consortia/revocation.html", _context(request, case, form), status=status)


def _context(request, case, form) -> dict:
    is_open = case.state == RevocationState.NOTIFIED
    may_state = is_open and access.allowed(request.user, "consortia.state_view", case)
    document = documents.latest("revocation_decision", case)
    return {"case": case, "form": form if may_state else None, "document": document}
