"""Disbursement in the admin (12): ordered by the officer, paid by finance."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from funding.actions import disbursements as actions
from funding.admin.shared import amount, badge, file_link, form_page, page, require
from funding.forms.center import PayForm
from funding.models import Disbursement
from funding.queries.disbursements import due_instalments
from funding.views.frame import bind
from portal.admin_base import WorkflowAdmin
from portal.errors import Refused
from portal.measures.rmb import format_formal
from portal.templatetags.ui import money
from projects.models import Instalment


@admin.display(description="累计拨付（含本次）", ordering="cumulative")
def total(obj):
    """What the project has been given with this payment."""
    return money(obj.cumulative)


@admin.display(description="合同金额")
def of_contract(obj):
    """What the contract promises in all."""
    return money(obj.contract_amount)


@admin.register(Disbursement)
class DisbursementAdmin(WorkflowAdmin):
    """Orders and payments; a page lists what is due."""

    menu_order = 40
    acts = {"pay": actions.pay_disbursement, "cancel": actions.cancel_disbursement}
    needs_note = frozenset({"cancel"})
    list_display = ["project", "number", amount, total, badge, "ordered_by", "paid_on", "paid_by"]
    list_filter = ["state", "number"]
    search_fields = ["project__number", "project__title", "voucher_no", "account_name"]
    list_select_related = ["project", "ordered_by", "paid_by"]
    change_list_template = "admin/funding/disbursement_list.html"
    fields = [
        "project", "number", amount, of_contract, total, "account_name", "account_masked", "ordered_by", "ordered_at",
        "paid_by", "paid_on", "voucher_no", "slip", "confirmed_by",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="付款凭证")
    def slip(self, obj):
        """Link to the receipt that the unit uploaded."""
        return file_link(obj.receipt)

    def get_urls(self):
        """The page of due instalments."""
        view = self.admin_site.admin_view(self.order_view)
        return [path("order/", view, name="funding_disbursement_order"), *super().get_urls()]

    def move_view(self, request, object_id, move):
        """Payment asks for day and voucher."""
        if move != "pay":
            return super().move_view(request, object_id, move)
        payment = self.row_or_404(request, object_id)
        require(request, "funding.pay_disbursement", payment)
        if request.method != "POST" and payment.state != "ordered":
            self.message_user(request, "这笔拨付目前不能登记，可能已由他人办理。请查看最新状态。", level="error")
            return HttpResponseRedirect(reverse("admin:funding_disbursement_change", args=[payment.pk]))
        return form_page(
            self,
            request,
            bind(PayForm, request),
            lambda **data: actions.pay_disbursement(payment, by=request.user, **data),
            title="登记拨付",
            done="已登记拨付，已通知单位确认到账。",
            back=reverse("admin:funding_disbursement_change", args=[payment.pk]),
            rows=_rows(payment),
        )

    def order_view(self, request):
        """Instalments that no order covers yet; a POST orders one of them."""
        require(request, "funding.order_disbursement")
        refusal = ""
        if request.method == "POST":
            instalment = get_object_or_404(Instalment, pk=_number(request.POST.get("instalment")))
            try:
                order = actions.order_disbursement(instalment=instalment, by=request.user)
            except Refused as refused:
                refusal = refused.message
            else:
                self.message_user(request, f"已下达 {order} 指令，等待财务拨付。")
        context = {"title": "下达拨付指令", "rows": due_instalments(), "refusal": refusal}
        return page(self, request, "admin/funding/order.html", 409 if refusal else 200, **context)


def _number(text) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def _rows(payment: Disbursement) -> list[dict]:
    return [
        {"label": "项目", "value": str(payment.project)},
        {"label": "期次", "value": f"第 {payment.number} 期"},
        {"label": "金额", "value": format_formal(payment.amount)},
        {"label": "收款户名", "value": payment.account_name},
        {"label": "收款账号", "value": payment.account_masked},
        {"label": "下达人", "value": str(payment.ordered_by)},
    ]
