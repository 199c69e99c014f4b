"""What came through the public form, and changes that wait for the center (A2, A4)."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from consortia import queries
from consortia.actions import changes, registrations
from consortia.admin.steps import StepsMixin
from consortia.models import Registration, UnitChange
from portal.admin_base import CheckedAdmin, FilledFilter, WorkflowAdmin
from portal.templatetags.ui import tone


class AnswerForm(forms.Form):
    """What the sender of a repeated form is told."""

    note = forms.CharField(
        label="答复", max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        initial="该单位已在平台登记，请联系本单位管理员邀请您加入。",
        help_text="发往对方的联系邮箱，并显示在查询页。请先核实对方确为该单位人员，再透露登记情况。",
    )  # fmt: skip


class AnsweredFilter(FilledFilter):
    """Whether a repeat was answered."""

    title, parameter_name, filled, empty = "答复", "answered", "已答复", "未答复"

    def queryset(self, request, queryset):
        """Rows by the moment of the answer."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(is_repeat=True, answered_at__isnull=self.value() == "no")


@admin.register(Registration)
class RegistrationAdmin(StepsMixin, CheckedAdmin):
    """Sent forms; repeats of registered codes are answered here, all others on the page of the unit."""

    menu_order = 56
    list_display = ["name", "contact_name", "contact_email", "is_repeat", "unit", "created_at", "answered_at"]
    list_filter = ["is_repeat", AnsweredFilter]
    list_select_related = ["unit"]
    search_fields = ["name", "contact_name", "contact_email", "unit__credit_code"]
    fields = readonly_fields = [
        "name", "contact_name", "contact_phone", "contact_email", "created_at", "unit", "is_repeat", "answer",
        "answered_by", "answered_at",
    ]  # fmt: skip
    steps = {"answer": ("答复重复注册", AnswerForm, "answer_step")}
    step_perm = "consortia.decide_unit"

    def offers(self, row):
        """Only an unanswered repeat."""
        return ["answer"] if row.is_repeat and row.answered_at is None else []

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """With its buttons."""
        row = self.get_object(request, object_id)
        buttons = self.step_buttons(request, row) if row is not None else []
        if row is not None and not row.is_repeat:
            url = reverse("admin:consortia_unit_change", args=[row.unit_id])
            buttons = [{"label": "打开单位页面办理", "url": url}]
        extra = (extra_context or {}) | {"object_tools_transitions": buttons}
        return super().change_view(request, object_id, form_url, extra)

    def answer_step(self, request, row, data) -> str:
        """Answer."""
        registrations.answer_repeat(row, by=request.user, **data)
        return f"已答复{row.contact_name}。"


@admin.register(UnitChange)
class UnitChangeAdmin(WorkflowAdmin):
    """Changes of registered facts: the officer confirms facts, finance accounts."""

    menu_order = 57
    acts = {"accept": changes.accept_change, "refuse": changes.refuse_change}
    needs_note = frozenset({"refuse"})
    list_display = ["unit", "kind", "badge", "requested_by", "requested_at", "decided_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["unit", "requested_by", "decided_by"]
    search_fields = ["unit__name", "unit__credit_code"]
    fields = readonly_fields = [
        "unit", "kind", "comparison", "until", "reason", "proof_link", "requested_by", "requested_at", "decided_by",
        "decided_at", "note",
    ]  # fmt: skip

    def lookup_allowed(self, lookup, value, request):
        """The wanted values hold account numbers: no filter may probe them."""
        return "wanted" not in lookup.split("__") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="状态", ordering="state")
    def badge(self, change):
        """State as word and shape."""
        return format_html('<span class="badge badge-{}">{}</span>', tone(change.state), change.get_state_display())

    @admin.display(description="证明材料")
    def proof_link(self, change):
        """A link to the proof."""
        return format_html('<a href="{}">{}</a>', reverse("file", args=[change.proof.public_id]), change.proof.name)

    @admin.display(description="变更内容")
    def comparison(self, change):
        """Registered and wanted value of each field; account numbers are compared with the proof, by their end."""
        return format_html_join("", "<div>{}：{} → <strong>{}</strong></div>", queries.comparison(change))

    def confirm_facts(self, obj, move):
        """What is about to change; finance compares the whole number before it confirms."""
        is_whole = move == "accept" and obj.kind == "bank"
        rows = queries.comparison(obj, is_masked=not is_whole)
        return [{"label": name, "value": f"{old} → {new}"} for name, old, new in rows]

    def confirm_page(self, request, obj, button, *, missing):
        """Whoever is shown whole account numbers is logged."""
        if button["name"] == "accept" and obj.kind == "bank":
            changes.note_look(obj, by=request.user)
        return super().confirm_page(request, obj, button, missing=missing)

    def get_queryset(self, request):
        """With the proof."""
        return super().get_queryset(request).select_related("unit", "proof")
