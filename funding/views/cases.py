"""Pages of disbursement (12) and clawback (17) as the unit sees them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from funding.actions.clawbacks import add_clawback_file, reply_clawback
from funding.actions.disbursements import confirm_receipt
from funding.documents.clawbacks import summary_rows
from funding.forms.cases import ReceiptForm, ReplyForm, UnitFileForm
from funding.queries.clawbacks import ground_names, with_repaid
from funding.queries.money import money_summary
from funding.states import LIVE_DISBURSEMENTS, ClawbackState
from funding.views.frame import attempt, bind
from portal import access, documents, events
from portal.access import page
from portal.measures.rmb import format_money
from projects.queries.contracts import effective_contract
from projects.views.frame import READERS, project_frame, project_of


@page(*READERS)
def disbursements(request, public_id):
    """The plan of the contract and what was paid of it."""
    project = project_of(request, public_id)
    contract = effective_contract(project)
    context = project_frame(
        request,
        project,
        "disbursements",
        money=money_summary(project),
        instalments=contract.instalments.all() if contract else [],
        disbursements=_payments(request, project),
        waivers=project.payment_waivers.select_related("waived_by"),
        may_confirm=access.allowed(request.user, "funding.confirm_receipt", project),
    )
    return render(request, "funding/disbursements.html", context)


def _payments(request, project):
    """Orders and payments; those that finance returned or the officer cancelled are the center's own business."""
    rows = project.disbursements.select_related("receipt", "bank_receipt", "waiver").order_by("number", "id")
    return rows if request.user.duty in access.CENTER else rows.filter(state__in=LIVE_DISBURSEMENTS)


@page("unitadmin", methods=("GET", "POST"))
def disbursement_confirm(request, public_id, pk):
    """Confirm that the money arrived, with the bank slip."""
    project = project_of(request, public_id)
    payment = get_object_or_404(project.disbursements, pk=pk)
    access.require(request.user, "funding.confirm_receipt", payment)
    form = bind(ReceiptForm, request)
    done, status = attempt(form, lambda receipt: confirm_receipt(payment, by=request.user, receipt=receipt))
    if done:
        messages.success(request, f"已确认第 {payment.number} 期到账。")
        return redirect("disbursements", public_id=public_id)
    return render(request, "components/confirm.html", _receipt_context(project, payment, form), status=status)


def _receipt_context(project, payment, form) -> dict:
    return {
        "title": f"确认第 {payment.number} 期到账",
        "subject": project.title,
        "rows": _payment_rows(payment),
        "consequences": ["该期经费记为已到账。", "请按办法第十五条单独核算，专款专用。"],
        "submit_label": "确认到账",
        "cancel_url": reverse("disbursements", args=[project.public_id]),
        "form": form,
    }


def _payment_rows(payment) -> list[dict]:
    rows = (
        ("金额", format_money(payment.amount)),
        ("收款户名", payment.account_name),
        ("收款账号", payment.account_masked),
        ("拨付日期", payment.paid_on),
        ("拨付凭证", payment.voucher_no),
    )
    return [{"label": label, "value": value} for label, value in rows]


@page(*READERS)
def clawbacks(request, public_id):
    """Cases of the project, without those that the center is still preparing."""
    project = project_of(request, public_id)
    cases = with_repaid(_visible(request, project))
    context = project_frame(request, project, "clawbacks", cases=cases, grounds=ground_names(project))
    return render(request, "funding/clawbacks.html", context)


def _visible(request, project):
    """A unit learns of a case by its notice, so drafts are the center's own."""
    rows = project.clawbacks.all()
    return rows if request.user.duty in access.CENTER else rows.exclude(state=ClawbackState.DRAFT)


@page(*READERS, methods=("GET", "POST"))
def clawback(request, public_id, pk):
    """One case: facts, lines, documents, repayments, and the unit's statement."""
    project = project_of(request, public_id)
    case = get_object_or_404(with_repaid(_visible(request, project)), pk=pk)
    form = bind(ReplyForm, request, initial={"text": case.reply})
    done, status = attempt(form, lambda text: reply_clawback(case, text=text, by=request.user))
    if done:
        messages.success(request, "陈述意见已提交。")
        return redirect("clawback", public_id=public_id, pk=pk)
    context = project_frame(request, project, "clawbacks", **_case_context(request, case, form))
    return render(request, "funding/clawback.html", context, status=status)


@page("unitadmin", "leader", "drafter", methods=("POST",))
def clawback_file(request, public_id, pk):
    """The unit hands in evidence with its statement."""
    project = project_of(request, public_id)
    case = get_object_or_404(with_repaid(_visible(request, project)), pk=pk)
    access.require(request.user, "funding.reply_clawback", case)
    form = bind(UnitFileForm, request)
    done, status = attempt(form, lambda **data: add_clawback_file(case, by=request.user, **data))
    if done:
        messages.success(request, "证据已提交。")
        return redirect("clawback", public_id=public_id, pk=pk)
    shown = _case_context(request, case, None) | {"form": form, "file_form": form}
    return render(
        request, "funding/clawback.html", project_frame(request, project, "clawbacks", **shown), status=status
    )


def _case_context(request, case, form) -> dict:
    may_reply = case.state == "notified" and access.allowed(request.user, "funding.reply_clawback", case)
    shown = {"form": form, "reply_form": form, "file_form": UnitFileForm()} if may_reply else {"form": None}
    return shown | {
        "case": case,
        "files": _files(request, case),
        "plan": case.plan.all(),
        "rows": summary_rows(case, ground_names(case.project)),
        "owed": case.amount - case.repaid,
        "lines": case.lines.select_related("line"),
        "documents": documents.of(case),
        "repayments": case.repayments.all(),
        "events": events.of(case).exclude(outcome="refused")[:20],
    }


def _files(request, case) -> list:
    """Evidence that the person may open."""
    rows = case.files.select_related("file", "by", "clawback__project")
    return [row for row in rows if access.allowed(request.user, "funding.view_clawbackfile", row)]
