"""Calls in the admin: drafted, previewed, published, corrected, closed (4, 5, 8(1))."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseInlineFormSet
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from portal import access, editions
from portal.admin_base import CheckedInline, WorkflowAdmin
from portal.errors import Refused
from portal.measures.workdays import datetime_cn
from portal.templatetags.ui import money, tone
from projects.actions import calls
from projects.admin.shared import money_column
from projects.documents.calls import call_notice
from projects.forms.call_tables import CONDITION_WORDS
from projects.forms.calls import AttachmentKindForm, CallForm, CorrectionForm, MilestoneForm
from projects.models import AttachmentKind, Call, CallCorrection, Milestone
from projects.queries.application_files import MADE_FORMS
from projects.states import CallState
from projects.views.calls import detail_context

SHOWN_AS = {
    "fixed_grant": "grant_text",
    "instalment_plan": "plan_lines",
    "selection_scheme": "selection_lines",
    "acceptance_scheme": "acceptance_lines",
}
HIDDEN = ("order", "code", "upload")


def _lines(rows):
    return format_html_join("", "<p>{}</p>", ((row,) for row in rows)) or "—"


class PartFormSet(BaseInlineFormSet):
    """Says in Chinese that a code stands twice."""

    def get_unique_error_message(self, unique_check):
        """Over the rows."""
        return "有两行的代码相同。每行的代码不能重复。"

    def get_form_error(self):
        """At the row itself."""
        return "代码与另一行重复。"


class PartInline(CheckedInline):
    """Rows of a draft that the officer sets; frozen with the call."""

    formset = PartFormSet

    def _open(self, request, obj) -> bool:
        return obj is not None and obj.state == CallState.DRAFT and access.allowed(request.user, "projects.change_call")

    def has_add_permission(self, request, obj=None):
        """While the call is a draft."""
        return self._open(request, obj)

    def get_fields(self, request, obj=None):
        """Codes matter only while they can be set."""
        return [name for name in super().get_fields(request, obj) if name not in HIDDEN or self._open(request, obj)]

    has_change_permission = has_delete_permission = has_add_permission
    can_delete = True


class AttachmentKindInline(PartInline):
    """What applicants must hand in, with templates."""

    model = AttachmentKind
    form = AttachmentKindForm
    readonly_fields = ["template_link"]

    @admin.display(description="现有模板")
    def template_link(self, kind):
        """What applicants download; forms that the portal makes itself are named."""
        if kind.template_file_id:
            address = reverse("file", args=[kind.template_file.public_id])
            return format_html('<a href="{}">{}</a>', address, kind.template_file)
        return "平台自动生成" if kind.code in MADE_FORMS else "—"


class MilestoneInline(PartInline):
    """Steps of the year; fixed ones follow the call's dates."""

    model = Milestone
    form = MilestoneForm
    fields = ["code", "name", "due_at"]


class CorrectionInline(CheckedInline):
    """Published corrections."""

    model = CallCorrection
    fields = readonly_fields = ["number", "text", "reason", "old_closes_at", "new_closes_at", "made_by", "made_at"]


grant = money_column("fixed_grant", "每项定额支持")


@admin.register(Call)
class CallAdmin(WorkflowAdmin):
    """Calls of all years."""

    menu_order = 10
    form = CallForm
    change_form_template = "admin/projects/call_form.html"
    list_display = ["title", "year", "badge", "opens_at", "closes_at", grant, "number_of_grants"]
    list_filter = ["state", "year"]
    search_fields = ["title", "doc_number"]
    acts = {"publish": calls.publish_call, "close": calls.close_call, "archive": calls.archive_call}
    can_add = can_change = True
    add_note = "保存后是草稿，页面下方会出现附件种类和里程碑；核对后再发布。"
    fieldsets = [
        ("通知", {"fields": ["seen_revision", "title", "year", "edition", "doc_number", "notice_text", "contact"]}),
        ("时间", {"fields": ["opens_at", "closes_at", "execution_start", "execution_end"]}),
        ("额度与拨付", {"fields": ["fixed_grant", "number_of_grants", "instalment_plan"]}),
        ("审查与评审", {"fields": ["supplement_days", "experts_per_application", "selection_scheme"]}),
        ("公示与验收", {"fields": ["notice_working_days", "acceptance_pass_line", "acceptance_scheme"]}),
    ]

    @admin.display(description="状态", ordering="state")
    def badge(self, call):
        """State as word and shape."""
        return format_html('<span class="badge badge-{}">{}</span>', tone(call.state), call.get_state_display())

    def get_changeform_initial_data(self, request):
        """The newest edition's defaults."""
        proposed = calls.defaults(editions.edition(editions.codes()[-1])) | {"year": timezone.localdate().year}
        return proposed | super().get_changeform_initial_data(request)

    def has_change_permission(self, request, obj=None):
        """Publishing freezes a call."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state == CallState.DRAFT)

    def get_fieldsets(self, request, obj=None):
        """A frozen call shows its tables as lines, not as stored."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [
            (title, {"fields": [SHOWN_AS.get(name, name) for name in part["fields"] if name != "seen_revision"]})
            for title, part in self.fieldsets
        ]

    def get_readonly_fields(self, request, obj=None):
        """The lines of a frozen call are no form fields."""
        return [] if obj is None or self.has_change_permission(request, obj) else list(SHOWN_AS.values())

    @admin.display(description="每项定额支持")
    def grant_text(self, call):
        """With sign and separators."""
        return money(call.fixed_grant)

    @admin.display(description="拨付计划")
    def plan_lines(self, call):
        """One line an instalment."""
        return _lines(
            f"第{row['number']}期：{row['ratio']}%，{CONDITION_WORDS[row['condition']]}后拨付"
            for row in call.instalment_plan
        )

    @admin.display(description="立项评分表")
    def selection_lines(self, call):
        """One line a criterion."""
        return _lines(f"{row['name']}：{row['maximum']} 分" for row in call.selection_scheme.get("criteria", []))

    @admin.display(description="验收评分表")
    def acceptance_lines(self, call):
        """One line a criterion."""
        return _lines(f"{row['name']}：{row['maximum']} 分" for row in call.acceptance_scheme.get("criteria", []))

    def get_inlines(self, request, obj):
        """Parts of a stored call; corrections of a published one."""
        parts = [AttachmentKindInline, MilestoneInline]
        return [] if obj is None else parts if obj.state == CallState.DRAFT else [*parts, CorrectionInline]

    def save_model(self, request, obj, form, change):
        """Through the action, which adds what the edition proposes."""
        given = dict(form.cleaned_data)
        revision = given.pop("seen_revision", None)
        call, revision = (obj, revision) if change else (None, None)
        stored = calls.save_call(by=request.user, call=call, revision=revision, **given)
        obj.pk = stored.pk

    def save_formset(self, request, form, formset, change):
        """Inlines through the action; the milestones' order follows their dates."""
        saved = formset.save(commit=False)
        for row_form in formset.forms:
            if row_form.instance in saved and isinstance(row_form, AttachmentKindForm):
                row_form.store(request.user)
        calls.save_parts(form.instance, by=request.user, saved=saved, deleted=formset.deleted_objects)

    def get_urls(self):
        """Preview, copy and corrections."""
        own = {"correct": self.correct_view, "preview": self.preview_view, "copy": self.copy_view}
        view = self.admin_site.admin_view
        pages = [path(f"<int:pk>/{name}/", view(act), name=f"projects_call_{name}") for name, act in own.items()]
        return [*pages, *super().get_urls()]

    def more_buttons(self, request, obj):
        """Correct a published call; see it as the public does; begin next year's with it."""
        buttons = []
        correctable = obj.state in (CallState.PUBLISHED, CallState.CLOSED)
        if correctable and access.allowed(request.user, "projects.publish_call", obj):
            buttons.append({"label": "发布更正", "url": reverse("admin:projects_call_correct", args=[obj.pk])})
        if obj.state == CallState.DRAFT:
            buttons.append({"label": "预览公开页面", "url": reverse("admin:projects_call_preview", args=[obj.pk])})
        else:
            buttons.append({"label": "查看公开页面", "url": reverse("call_detail", args=[obj.pk])})
        if access.allowed(request.user, "projects.add_call"):
            buttons.append({"label": "复制为下一年度", "url": reverse("admin:projects_call_copy", args=[obj.pk])})
        return buttons

    def preview_view(self, request, pk):
        """The public page of a draft, before anybody else sees it."""
        call = self.row_or_404(request, pk)
        return render(request, "projects/call/detail.html", detail_context(call, request.user) | {"is_preview": True})

    def copy_view(self, request, pk):
        """Confirm, then a new draft with everything a year later."""
        call = self.row_or_404(request, pk)
        if request.method == "POST":
            draft = calls.copy_call(call, by=request.user)
            messages.success(request, f"已复制为草稿“{draft}”，各日期顺延一年，请逐项核对。")
            return HttpResponseRedirect(reverse("admin:projects_call_change", args=[draft.pk]))
        context = self.admin_site.each_context(request) | {
            "title": "复制为下一年度", "opts": self.opts, "object": call, "form": "", "submit": "复制为下一年度",
            "explain": "通知正文、额度、评分表、拨付计划、附件种类及其模板复制为新的草稿，各日期顺延一年，文号重新编。",
        }  # fmt: skip
        return TemplateResponse(request, "admin/act.html", context)

    def correct_view(self, request, pk):
        """Write a correction, see the refusal beside what was typed."""
        call = self.row_or_404(request, pk)
        if not access.allowed(request.user, "projects.publish_call", call):
            raise PermissionDenied
        form = CorrectionForm(request.POST if request.method == "POST" else None)
        status = 400 if form.is_bound and not form.is_valid() else 200
        if request.method == "POST" and form.is_valid():
            try:
                row = calls.correct_call(call=call, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, refusal.message)
                status = refusal.status
            else:
                messages.success(request, f"已发布更正（{row.number}），并通知申报单位。")
                return HttpResponseRedirect(reverse("admin:projects_call_change", args=[pk]))
        context = self.admin_site.each_context(request) | {
            "title": f"发布更正：{call}",
            "opts": self.opts,
            "object": call,
            "form": form,
            "submit": "发布更正",
            "explain": "更正按序号公开，并生成更正通知 PDF，原通知内容不变。"
            f"现在的申报截止时间：{datetime_cn(call.closes_at)}。",
        }
        return TemplateResponse(request, "admin/act.html", context, status=status)

    def confirm_page(self, request, obj, button, *, missing):
        """Before publishing the whole notice is shown as it will be."""
        response = super().confirm_page(request, obj, button, missing=missing)
        if button["name"] == "publish":
            year = editions.edition(obj.edition)
            response.template_name = "admin/projects/call_publish.html"
            response.context_data |= {"preview": call_notice(obj, year), "milestones": obj.milestones.all()}
        return response
