"""Budgets in use in the admin (16, 17(4)): versions, the rest that goes back, leaves to pay."""

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from funding.actions import budget as actions
from funding.admin.shared import amount, badge, file_link, form_page, page, require
from funding.forms.center import SurplusForm
from funding.models import BudgetVersion, PaymentWaiver, SurplusReturn
from funding.queries.budget import projects_with_surplus
from funding.views.frame import bind
from portal import access
from portal.admin_base import CheckedAdmin, WorkflowAdmin
from portal.errors import Refused
from portal.measures.rmb import format_money
from portal.templatetags.ui import money
from projects.models import Project


@admin.display(description="调整金额", ordering="moved")
def moved_text(version):
    """How much the version moves between categories."""
    return money(version.moved)


@admin.register(BudgetVersion)
class BudgetVersionAdmin(CheckedAdmin):
    """Moves of the units within the free percentage."""

    menu_order = 42
    list_display = ["project", "number", moved_text, "reason", "made_by", "made_at"]
    search_fields = ["project__number", "project__title", "reason"]
    list_select_related = ["project", "made_by"]
    date_hierarchy = "made_at"
    fields = readonly_fields = ["project", "number", moved_text, "reason", "made_by", "made_at"]


@admin.register(PaymentWaiver)
class PaymentWaiverAdmin(CheckedAdmin):
    """Leaves to pay although a case is open."""

    menu_order = 43
    list_display = ["project", "number", "cases", "reason", "waived_by", "waived_at"]
    search_fields = ["project__number", "project__title", "reason"]
    list_select_related = ["project", "waived_by"]
    fields = readonly_fields = ["project", "number", "cases", "reason", "waived_by", "waived_at"]

    @admin.display(description="涉及的整改和追回")
    def cases(self, waiver):
        """What was open."""
        return "、".join(waiver.hindrances)


@admin.register(SurplusReturn)
class SurplusReturnAdmin(WorkflowAdmin):
    """The rest of a grant that goes back at the end."""

    menu_order = 47
    acts = {"record": actions.record_surplus_return, "cancel": actions.cancel_surplus_return}
    needs_note = frozenset({"cancel"})
    list_display = ["project", amount, badge, "due_on", "ordered_by", "received_on", "recorded_by"]
    list_filter = ["state"]
    search_fields = ["project__number", "project__title", "voucher_no"]
    list_select_related = ["project", "ordered_by", "recorded_by"]
    change_list_template = "admin/funding/surplus_list.html"
    fields = [
        "project", amount, "due_on", "ordered_by", "ordered_at", "received_on", "voucher_no", "slip", "recorded_by"
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="到账回单")
    def slip(self, row):
        """Link to the slip."""
        return file_link(row.receipt)

    def get_urls(self):
        """The page of projects that hold a rest."""
        view = self.admin_site.admin_view(self.order_view)
        return [path("order/", view, name="funding_surplusreturn_order"), *super().get_urls()]

    def transitions(self, request, obj) -> list[dict]:
        """The one who ordered does not record."""
        own = obj.ordered_by_id == request.user.pk
        return [row for row in super().transitions(request, obj) if not (own and row["name"] == "record")]

    def move_view(self, request, object_id, move):
        """A return asks for day, voucher and slip."""
        if move != "record":
            return super().move_view(request, object_id, move)
        row = self.row_or_404(request, object_id)
        require(request, "funding.record_repayment", row)

        def act(bank_receipt, **data):
            return actions.record_surplus_return(row, receipt=bank_receipt, by=request.user, **data)

        return form_page(
            self,
            request,
            bind(SurplusForm, request),
            act,
            title="登记结余到账",
            done="已登记，该项目的专项经费已结清。",
            back=reverse("admin:funding_surplusreturn_change", args=[row.pk]),
            rows=[
                {"label": "项目", "value": str(row.project)},
                {"label": "应退金额", "value": format_money(row.amount)},
            ],
        )

    def order_view(self, request):
        """Projects whose period is over and that hold a rest; a POST tells one of them to send it back."""
        require(request, "funding.order_surplus")
        refusal = ""
        if request.method == "POST":
            key = request.POST.get("project", "")
            project = get_object_or_404(Project, pk=int(key) if key.isdecimal() and len(key) < 18 else 0)
            try:
                row = actions.order_surplus_return(project=project, by=request.user)
            except Refused as refused:
                refusal = refused.message
            else:
                self.message_user(request, f"已通知退回 {format_money(row.amount)}。")
        context = {"title": "通知退回结余", "rows": projects_with_surplus(), "refusal": refusal}
        context["may_order"] = access.allowed(request.user, "funding.order_surplus")
        return page(self, request, "admin/funding/surplus_order.html", 409 if refusal else 200, **context)
