"""Units, their names and people in the admin."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from consortia.actions import people, registrations, units
from consortia.admin.imports import SheetAdminMixin
from consortia.admin.steps import StepsMixin, over_rows
from consortia.models import Seat, Unit, UnitName
from consortia.queries import district_choices, hints_on
from portal import access
from portal.admin_base import (
    ActionAdminMixin,
    CheckedAdmin,
    CheckedInline,
    FilledFilter,
    RehearsedForm,
    WorkflowAdmin,
)
from portal.measures.credit_code import check_credit_code
from portal.templatetags.ui import tone

DECIDE = "consortia.decide_unit"


class UnitAdminForm(RehearsedForm):
    """Facts that the center keeps; the code only when the unit is added."""

    district = forms.ChoiceField(label="所在区", choices=lambda: district_choices(outside=True))

    class Meta:
        model = Unit
        fields = ["name", "credit_code", *units.CENTER_DETAILS]
        exclude = ["bank_account"]

    def clean_credit_code(self):
        """The normalised code, or why it cannot be right."""
        code = check_credit_code(self.cleaned_data["credit_code"])
        if not code.is_valid:
            raise forms.ValidationError(code.error)
        return code.normalised


class RenameForm(forms.Form):
    """A new name and the last day of the old one."""

    name = forms.CharField(label="新名称", max_length=100, help_text="须与新公章一致。")
    until = forms.DateField(
        label="原名称使用至",
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class MergeForm(forms.Form):
    """The successor, by credit code, and the basis."""

    into = forms.CharField(label="承继单位的统一社会信用代码", max_length=60)
    note = forms.CharField(label="依据", max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    def clean_into(self):
        """The approved unit of the code."""
        code = check_credit_code(self.cleaned_data["into"])
        unit = Unit.objects.filter(credit_code=code.normalised, state="approved").first()
        if unit is None:
            raise forms.ValidationError(code.error or "没有已开通的这一单位。")
        return unit


class InviteAdminForm(forms.Form):
    """Whom to invite as unit admin."""

    name = forms.CharField(label="姓名", max_length=40)
    email = forms.EmailField(label="邮箱")


class NameInline(CheckedInline):
    """Former names."""

    model = UnitName


class SeatInline(CheckedInline):
    """People."""

    model = Seat
    fields = readonly_fields = ["user", "role", "started_at", "ended_at"]

    def get_queryset(self, request):
        """With person and unit, which the name of every row tells."""
        return super().get_queryset(request).select_related("user", "unit")


@admin.register(Unit)
class UnitAdmin(ActionAdminMixin, SheetAdminMixin, StepsMixin, WorkflowAdmin):
    """The registry of units with its queue of registrations."""

    menu_order = 50
    form = UnitAdminForm
    sheet_kind = "unit"
    import_perm = "consortia.add_unit"
    list_display = ["name", "credit_code", "kind", "district", "badge", "created_at"]
    list_filter = ["state", "kind", "district", "accounting_system"]
    search_fields = ["name", "credit_code", "former_names__name"]
    acts = {"approve": units.approve_unit, "reject": units.reject_unit}
    needs_note = frozenset({"reject"})
    can_add = can_change = True
    actions = ["approve_selected"]
    step_perm = DECIDE
    shown = ["state_note", "hints", "masked_account", "merged_into", "created_at"]
    steps = {
        "rename": ("单位更名", RenameForm, "rename_step"),
        "merge-into": ("并入其他单位", MergeForm, "merge_step"),
        "invite-admin": ("邀请单位管理员", InviteAdminForm, "invite_step"),
    }

    @admin.display(description="状态", ordering="state")
    def badge(self, unit):
        """State as word and shape."""
        return format_html('<span class="badge badge-{}">{}</span>', tone(unit.state), unit.get_state_display())

    @admin.display(description="核对提示")
    def hints(self, unit):
        """What the officer should look at before deciding."""
        return "\n".join(hints_on(unit)) or "未发现需要特别核对的内容。"

    @admin.display(description="银行账号")
    def masked_account(self, unit):
        """Last four digits only."""
        return unit.masked_account

    def get_fields(self, request, obj=None):
        """Name and code first, what the platform keeps last."""
        own = [name for name in super().get_fields(request, obj) if name not in ("name", "credit_code", *self.shown)]
        return ["name", "credit_code", *own, *(self.shown if obj else [])]

    def get_readonly_fields(self, request, obj=None):
        """Name and code are changed by acts of their own."""
        return [*self.shown, "name", "credit_code"] if obj else []

    def get_inlines(self, request, obj):
        """Names and people of a stored unit."""
        return [NameInline, SeatInline] if obj else []

    def write(self, request, form):
        """Through the actions."""
        if form.instance.pk:
            return units.update_unit(form.instance, by=request.user, **form.cleaned_data)
        return registrations.register_unit(by=request.user, **form.cleaned_data)

    def offers(self, unit):
        """Acts on open units only."""
        return list(self.steps) if unit.state == "approved" else []

    def more_buttons(self, request, obj):
        """Links to the acts that need more than a reason."""
        return self.step_buttons(request, obj)

    def get_actions(self, request):
        """The bulk act is for whoever decides."""
        found = super().get_actions(request)
        return found if access.allowed(request.user, DECIDE) else {}

    @admin.action(description="通过所选单位的注册")
    def approve_selected(self, request, queryset):
        """Approve each; units that are not waiting are told with the reason."""
        waiting = queryset.order_by("pk")
        over_rows(self, request, waiting, lambda row: units.approve_unit(row, by=request.user), "已通过注册")

    def rename_step(self, request, unit, data) -> str:
        """Rename."""
        units.rename_unit(unit, by=request.user, **data)
        return f"已更名为{data['name']}，原名称保留在曾用名中。"

    def merge_step(self, request, unit, data) -> str:
        """Merge."""
        units.merge_unit(unit, by=request.user, **data)
        return f"已并入{data['into']}，人员、联合体和申报名额随之转移。"

    def invite_step(self, request, unit, data) -> str:
        """Invite the unit admin and show the link, for people whose mail does not arrive."""
        _, token = people.invite(unit=unit, role="unitadmin", by=request.user, **data)
        link = request.build_absolute_uri(reverse("invitation", args=[token]))
        return f"邀请已发往 {data['email']}。也可当面转交链接（只显示这一次）：{link}"


class EndedFilter(FilledFilter):
    """Whether the person has left."""

    title, parameter_name, filled, empty = "是否在任", "ended_at", "已离任", "在任"


@admin.register(Seat)
class SeatAdmin(CheckedAdmin):
    """Who sits where."""

    menu_order = 51
    view_roles = (*access.CENTER, "sysadmin")
    list_display = ["user", "unit", "role", "started_at", "ended_at"]
    list_filter = ["role", EndedFilter]
    list_select_related = ["user", "unit"]
    search_fields = ["user__name", "user__username", "unit__name"]
