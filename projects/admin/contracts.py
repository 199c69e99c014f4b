"""Task contracts in the admin (8(3))."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from portal import documents
from portal.admin_base import WorkflowAdmin
from portal.templatetags.ui import money
from projects.actions import contracts
from projects.admin.shared import badge, money_column, page_link
from projects.models import Contract
from projects.states import ContractState

amount = money_column("amount", "合同金额")


@admin.register(Contract)
class ContractAdmin(WorkflowAdmin):
    """Issue, check the sealed scan, make effective; the text itself never changes."""

    menu_order = 15
    acts = {
        "issue": contracts.issue_contract,
        "send_back": contracts.send_back_contract,
        "make_effective": contracts.confirm_contract,
        "supersede": contracts.withdraw_contract,
    }
    needs_note = frozenset({"send_back"})
    list_display = ["number", "project", "version", badge, amount, "end_on", "prepared_by"]
    list_filter = ["state", "project__call"]
    search_fields = ["project__number", "project__title", "project__lead_unit__name"]
    list_select_related = ["project", "prepared_by"]
    fields = [
        "project", "version", amount, "amount_check", "start_on", "end_on", "sha256", "paper", "sealed_scan",
        "scan_digest", "signed_by", "signed_at", "prepared_by", "confirmed_by", "effective_on", "page",
    ]  # fmt: skip
    readonly_fields = fields

    def transitions(self, request, obj):
        """A text in force is not withdrawn; the button of the others says what it does."""
        buttons = super().transitions(request, obj)
        for button in buttons:
            if button["name"] == "supersede":
                button["label"] = "撤回合同文本"
        withdrawable = obj.state in (ContractState.DRAFT, ContractState.ISSUED)
        return [button for button in buttons if button["name"] != "supersede" or withdrawable]

    @admin.display(description="合同编号")
    def number(self, obj):
        """The number printed on the contract."""
        return obj.snapshot.get("contract", {}).get("number", "—")

    @admin.display(description="各期拨付合计")
    def amount_check(self, obj):
        """Sum of the instalments, which must be the amount."""
        return money(sum(row.amount for row in obj.instalments.all()))

    @admin.display(description="合同 PDF")
    def paper(self, obj):
        """Link to the generated paper."""
        document = documents.latest("task_contract", obj)
        return (
            page_link(document.get_state_display(), "document", document.verification_code)
            if document
            else "签发后生成"
        )

    @admin.display(description="盖章扫描件")
    def sealed_scan(self, obj):
        """Link to the scan."""
        if obj.scan is None:
            return "—"
        return format_html('<a href="{}?inline">{}</a>', reverse("file", args=[obj.scan.public_id]), obj.scan.name)

    @admin.display(description="合同页面")
    def page(self, obj):
        """Link to the page of the project."""
        return page_link("查看合同内容", "project_contract", obj.project.public_id)
