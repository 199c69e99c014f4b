"""Disbursement in the admin (12): ordered by the officer, paid by finance."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from funding.actions import disbursements as actions
from funding.admin.shared import amount, badge, file_link, form_page, page, require
from funding.forms.center import PayForm, WaiverForm, request_key
from funding.models import Disbursement
from funding.queries.disbursements import due_instalments, hindrances_of
from funding.views.frame import bind
from portal import access
from portal.admin_base import WorkflowAdmin
from portal.errors import Refused
from portal.forms import MoneyField
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
    acts = {
        "approve": actions.approve_disbursement,
        "pay": actions.pay_disbursement,
        "send_back": actions.send_back_disbursement,
        "cancel": actions.cancel_disbursement,
    }
    needs_note = frozenset({"send_back", "cancel"})
    list_display = ["project", "number", amount, total, badge, "ordered_by", "approved_by", "paid_on", "paid_by"]
    list_filter = ["state", "number"]
    search_fields = ["project__number", "project__title", "voucher_no", "account_name"]
    list_select_related = ["project", "ordered_by", "approved_by", "paid_by"]
    change_list_template = "admin/funding/disbursement_list.html"
    fields = [
        "project", "number", amount, of_contract, total, "account_name", "bank_name", "account_masked", "leave",
        "ordered_by", "ordered_at", "approved_by", "approved_at", "paid_by", "paid_on", "voucher_no", "bank_slip",
        "slip", "confirmed_by",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="银行付款回单")
    def bank_slip(self, obj):
        """Link to the slip of the center's bank."""
        return file_link(obj.bank_receipt)

    @admin.display(description="准予拨付")
    def leave(self, obj):
        """Who let it be paid although a case was open, and why."""
        waiver = obj.waiver
        return f"{waiver.waived_by}：{waiver.reason}（{'、'.join(waiver.hindrances)}）" if waiver else "—"

    @admin.display(description="单位到账回单")
    def slip(self, obj):
        """Link to the receipt that the unit uploaded."""
        return file_link(obj.receipt)

    def get_urls(self):
        """The page of due instalments."""
        wrap = self.admin_site.admin_view
        return [
            path("order/", wrap(self.order_view), name="funding_disbursement_order"),
            path("waive/<int:pk>/", wrap(self.waive_view), name="funding_disbursement_waive"),
            path("<int:pk>/account/", wrap(self.account_view), name="funding_disbursement_account"),
            *super().get_urls(),
        ]

    def more_buttons(self, request, obj) -> list[dict]:
        """The full account number, for who pays."""
        if obj.state not in ("ordered", "approved") or obj.ordered_by_id == request.user.pk:
            return []
        if not access.allowed(request.user, "funding.reveal_account", obj):
            return []
        url = reverse("admin:funding_disbursement_account", args=[obj.pk])
        return [{"name": "account", "label": "查看完整账号", "danger": False, "url": url}]

    def confirm_facts(self, obj, move: str) -> list[dict]:
        """What is to be compared before the order is approved."""
        return _rows(obj) if move == "approve" else []

    def account_view(self, request, pk):
        """The account number: asked first, then shown once and logged."""
        payment = self.row_or_404(request, pk)
        require(request, "funding.reveal_account", payment)
        number, refusal = "", ""
        if request.method == "POST":
            try:
                number = actions.reveal_account(payment, by=request.user)
            except Refused as refused:
                refusal = refused.message
        context = {"title": "查看完整收款账号", "payment": payment, "number": number, "refusal": refusal}
        context["back_url"] = reverse("admin:funding_disbursement_change", args=[payment.pk])
        response = page(self, request, "admin/funding/account.html", 409 if refusal else 200, **context)
        response["Cache-Control"] = "no-store"
        return response

    def waive_view(self, request, pk):
        """A director lets an instalment be paid although a case is open."""
        require(request, "funding.waive_hindrance")
        instalment = get_object_or_404(Instalment.objects.select_related("contract__project"), pk=pk)
        project = instalment.contract.project
        return form_page(
            self,
            request,
            bind(WaiverForm, request),
            lambda **data: actions.waive_hindrance(project=project, number=instalment.number, by=request.user, **data),
            title="准予拨付",
            done="已记录准予拨付，经办可以下达指令。",
            back=reverse("admin:funding_disbursement_order"),
            rows=[
                {"label": "项目", "value": str(project)},
                {"label": "期次", "value": f"第 {instalment.number} 期 {format_formal(instalment.amount)}"},
                {"label": "在办的整改和追回", "value": "、".join(hindrances_of(project)) or "（没有）"},
            ],
            hint="只对上列在办事项有效；之后新开的整改或追回须另行准予。准予人不能下达、审核或付款。",
        )

    def move_view(self, request, object_id, move):
        """Payment asks for day and voucher."""
        if move != "pay":
            return super().move_view(request, object_id, move)
        payment = self.row_or_404(request, object_id)
        require(request, "funding.pay_disbursement", payment)
        if request.method != "POST" and payment.state != "approved":
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
        duty = "funding.order_disbursement" if request.method == "POST" else "funding.see_due_instalments"
        require(request, duty)
        refusal = self._order(request) if request.method == "POST" else ""
        context = {"title": "下达拨付指令", "rows": due_instalments(), "refusal": refusal, "key": request_key}
        context["may_order"] = access.allowed(request.user, "funding.order_disbursement")
        context["may_waive"] = access.allowed(request.user, "funding.waive_hindrance")
        return page(self, request, "admin/funding/order.html", 409 if refusal else 200, **context)

    def _order(self, request) -> str:
        """Order what was asked for; the refusal, or nothing."""
        instalment = get_object_or_404(Instalment, pk=_number(request.POST.get("instalment")))
        asked = MoneyField(required=False)
        try:
            amount = asked.clean(request.POST.get("amount", "")) or instalment.amount
            key = request.POST.get("key", "")
            order = actions.order_disbursement(instalment=instalment, by=request.user, amount=amount, key=key)
        except ValidationError as problem:
            return problem.messages[0]
        except Refused as refused:
            return refused.message
        self.message_user(request, f"已下达 {order} 指令，等待财务审核。")
        return ""


def _number(text) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def _rows(payment: Disbursement) -> list[dict]:
    return [
        {"label": "项目", "value": str(payment.project)},
        {"label": "期次", "value": f"第 {payment.number} 期"},
        {"label": "金额", "value": format_formal(payment.amount)},
        {"label": "收款户名", "value": payment.account_name},
        {"label": "开户行", "value": payment.bank_name or "—"},
        {"label": "收款账号", "value": payment.account_masked},
        {"label": "下达人", "value": str(payment.ordered_by)},
    ]
