"""Consortia, members and qualification in the admin."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from consortia import queries
from consortia.actions import consortia, qualifications
from consortia.admin.imports import SheetAdminMixin
from consortia.admin.steps import StepsMixin
from consortia.models import Consortium, Membership, Qualification, Unit
from consortia.queries import district_choices, field_choices
from consortia.states import QualificationStatus
from portal import access, files
from portal.admin_base import ActionAdminMixin, CheckedAdmin, CheckedInline, FilledFilter, RehearsedForm
from portal.errors import Invalid
from portal.measures.credit_code import check_credit_code
from portal.templatetags.ui import tone

AGREEMENT_BYTES = 20 * 1024 * 1024


def checked_pdf(upload):
    """(name, bytes) of an uploaded PDF, checked by content; None for none."""
    if not upload:
        return None
    data, name = upload.read(AGREEMENT_BYTES + 1), files.clean_name(upload.name)
    try:
        files.check_content(data, name, formats=("pdf",), max_bytes=AGREEMENT_BYTES)
    except Invalid as problem:
        raise forms.ValidationError(problem.message) from problem
    return name, data


def stored_pdf(pair, user):
    """Keep what `checked_pdf` let through."""
    return files.store(pair[1], pair[0], by=user, formats=("pdf",), max_bytes=AGREEMENT_BYTES)


class LeadForm(forms.Form):
    """Who leads from when, by credit code, and the basis."""

    unit = forms.CharField(label="新牵头单位的统一社会信用代码", max_length=60)
    since = forms.DateField(
        label="自",
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(label="依据", max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    def clean_unit(self):
        """The approved unit of the code."""
        code = check_credit_code(self.cleaned_data["unit"])
        unit = Unit.objects.filter(credit_code=code.normalised, state="approved").first()
        if unit is None:
            raise forms.ValidationError(code.error or "没有已开通的这一单位。请该单位先注册并通过审核。")
        return unit


class ConsortiumForm(RehearsedForm):
    """A consortium of the registry."""

    fields = forms.MultipleChoiceField(
        label="重点领域（第二条）", choices=field_choices, widget=forms.CheckboxSelectMultiple
    )
    districts = forms.MultipleChoiceField(
        label="服务区域", choices=district_choices, widget=forms.CheckboxSelectMultiple
    )

    upload = forms.FileField(label="批复文件扫描件（PDF）", required=False)

    class Meta:
        model = Consortium
        fields = ["name", "fields", "districts", "lead_unit", "founded_on", "founding_document", "mechanism"]

    def clean_upload(self):
        """Name and bytes, checked by content."""
        return checked_pdf(self.cleaned_data["upload"])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "lead_unit" in self.fields:
            self.fields["lead_unit"].queryset = Unit.objects.filter(state="approved")


class MembershipForm(RehearsedForm):
    """A new member, or the part of a present one."""

    upload = forms.FileField(label="入会协议（PDF）", required=False)

    class Meta:
        model = Membership
        fields = ["consortium", "unit", "joined_on", "chain_position", "task"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "unit" in self.fields:
            self.fields["unit"].queryset = Unit.objects.filter(state="approved")

    def clean_upload(self):
        """Name and bytes of the agreement, checked by content."""
        return checked_pdf(self.cleaned_data["upload"])


class QualificationForm(RehearsedForm):
    """A dated entry; revoking takes a case of its own."""

    status = forms.ChoiceField(
        label="资格", choices=[c for c in QualificationStatus.choices if c[0] != QualificationStatus.REVOKED]
    )

    class Meta:
        model = Qualification
        fields = ["consortium", "status", "since", "reason"]


class MemberInline(CheckedInline):
    """Members, present and past."""

    model = Membership
    fields = readonly_fields = ["unit", "role", "joined_on", "left_on", "chain_position", "task", "confirmed_at"]

    def get_queryset(self, request):
        """With their units."""
        return super().get_queryset(request).select_related("unit", "consortium")


class StatusFilter(admin.SimpleListFilter):
    """By the qualification in force today."""

    title, parameter_name = "资格", "status"

    def lookups(self, request, model_admin):
        """The three, and none."""
        return [*QualificationStatus.choices, ("none", "未登记")]

    def queryset(self, request, queryset):
        """Narrow the annotated rows."""
        if self.value() is None:
            return queryset
        return queryset.filter(status=None if self.value() == "none" else self.value())


@admin.register(Consortium)
class ConsortiumAdmin(ActionAdminMixin, SheetAdminMixin, StepsMixin, CheckedAdmin):
    """The registry of consortia."""

    menu_order = 52
    form = ConsortiumForm
    sheet_kind = "consortium"
    import_perm = "consortia.add_consortium"
    add_note = "保存后登记成员；资格由中心负责人登记，登记前不能申报。"
    list_display = ["name", "lead_unit", "field_names", "badge", "founded_on"]
    list_filter = [StatusFilter]
    list_select_related = ["lead_unit"]
    search_fields = ["name", "lead_unit__name", "lead_unit__credit_code"]
    can_add = can_change = True
    change_form_template = "admin/consortia/consortium_change.html"
    steps = {"lead": ("更换牵头单位", LeadForm, "lead_step")}
    step_perm = "consortia.change_consortium"

    def get_readonly_fields(self, request, obj=None):
        """The lead unit of a stored consortium is changed by an act of its own."""
        return ["lead_unit", "scan"] if obj else []

    @admin.display(description="已上传的扫描件")
    def scan(self, consortium):
        """A link to the founding document."""
        if consortium.founding_file is None:
            return "—"
        url = reverse("file", args=[consortium.founding_file.public_id])
        return format_html('<a href="{}">{}</a>', url, consortium.founding_file.name)

    def get_queryset(self, request):
        """With the qualification of today."""
        return super().get_queryset(request).with_status(timezone.localdate())

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Lead the director to the qualification, the officer to members."""
        doors = [
            ("consortia.add_qualification", "登记资格", "qualification"),
            ("consortia.add_membership", "新增成员", "membership"),
        ]
        buttons = [
            {"label": label, "url": f"{reverse(f'admin:consortia_{model}_add')}?consortium={object_id}"}
            for perm, label, model in doors
            if access.allowed(request.user, perm)
        ]
        consortium = self.get_object(request, object_id)
        if consortium is not None:
            buttons += self.step_buttons(request, consortium)
        history = queries.history_of(consortium) if consortium is not None else []
        context = (extra_context or {}) | {"object_tools_transitions": buttons, "history": history}
        return super().change_view(request, object_id, form_url, context)

    def lead_step(self, request, consortium, data) -> str:
        """Change the lead."""
        consortia.change_lead(consortium, by=request.user, **data)
        return f"牵头单位已更换为{data['unit']}，原牵头单位保留为组成单位。"

    def get_inlines(self, request, obj):
        """Members of a stored consortium."""
        return [MemberInline] if obj else []

    @admin.display(description="重点领域")
    def field_names(self, consortium):
        """Names in one cell."""
        return "、".join(consortium.fields)

    @admin.display(description="资格")
    def badge(self, consortium):
        """Today's qualification as word and shape."""
        words = dict(QualificationStatus.choices)
        word = words.get(consortium.status, "未登记")
        return format_html('<span class="badge badge-{}">{}</span>', tone(consortium.status or "draft"), word)

    def write(self, request, form):
        """Through the action."""
        values = dict(form.cleaned_data)
        upload = values.pop("upload", None)
        if upload:
            values["founding_file"] = stored_pdf(upload, request.user)
        stored = form.instance if form.instance.pk else None
        return consortia.save_consortium(consortium=stored, by=request.user, **values)


class LeftFilter(FilledFilter):
    """Whether the unit has left."""

    title, parameter_name, filled, empty = "是否在册", "left_on", "已退出", "在册"


class ConfirmedFilter(FilledFilter):
    """Whether the unit itself confirmed that it joined."""

    title, parameter_name, filled, empty = "本单位确认", "confirmed_at", "已确认", "未确认"


@admin.register(Membership)
class MembershipAdmin(ActionAdminMixin, SheetAdminMixin, CheckedAdmin):
    """Members with dates, agreements and confirmation."""

    menu_order = 53
    form = MembershipForm
    sheet_kind = "membership"
    import_perm = "consortia.add_membership"
    list_display = ["unit", "consortium", "role", "joined_on", "left_on", "confirmed_at"]
    list_filter = ["role", LeftFilter, ConfirmedFilter]
    list_select_related = ["unit", "consortium"]
    search_fields = ["unit__name", "unit__credit_code", "consortium__name"]
    date_hierarchy = "joined_on"
    can_add = can_change = True

    def get_readonly_fields(self, request, obj=None):
        """Who joined where and when is not rewritten."""
        return ["consortium", "unit", "joined_on", "role", "left_on", "agreement", "confirmed_at"] if obj else []

    def has_change_permission(self, request, obj=None):
        """Present members only, and not the lead's row."""
        closed = obj is not None and (obj.left_on is not None or obj.role == "lead")
        return not closed and super().has_change_permission(request, obj)

    def write(self, request, form):
        """Through the actions."""
        values = dict(form.cleaned_data)
        upload = values.pop("upload", None)
        if upload:
            values["agreement"] = stored_pdf(upload, request.user)
        if form.instance.pk:
            return consortia.update_member(form.instance, by=request.user, **values)
        return consortia.add_member(by=request.user, **values)


@admin.register(Qualification)
class QualificationAdmin(ActionAdminMixin, CheckedAdmin):
    """The dated history of all consortia; entries are added, never changed (20)."""

    menu_order = 54
    form = QualificationForm
    view_roles = access.CENTER
    list_display = ["consortium", "status", "since", "reason", "recorded_by", "recorded_at"]
    list_filter = ["status"]
    list_select_related = ["consortium", "recorded_by"]
    search_fields = ["consortium__name", "reason"]
    can_add = True

    def write(self, request, form):
        """Through the action."""
        return qualifications.record_qualification(by=request.user, **form.cleaned_data)
