"""Public notices in the admin (8(3))."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from portal import access
from portal.admin_base import ActionAdminMixin, RehearsedForm, WorkflowAdmin
from portal.errors import Refused
from projects.actions import approvals, notices
from projects.admin.shared import badge, extra_button, page_link
from projects.models import Application, PublicNotice
from projects.queries.notices import with_counts
from projects.states import ApplicationState, NoticeState

WAITING = (ApplicationState.PROPOSED, ApplicationState.IN_NOTICE, ApplicationState.OBJECTION_HOLD)


class ListedField(forms.ModelMultipleChoiceField):
    """Projects with what tells them apart."""

    def label_from_instance(self, obj):
        """Number, title, unit, call and state."""
        return f"{obj.number} {obj.title}（{obj.lead_unit}，{obj.call}，{obj.get_state_display()}）"


class NoticeForm(RehearsedForm):
    """A draft of a notice; a correction also keeps the projects whose notice it replaces."""

    class Meta:
        model = PublicNotice
        fields = ["call", "title", "working_days", "how_to_object", "applications"]
        field_classes = {"applications": ListedField}
        widgets = {"applications": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "applications" in self.fields:
            corrects = self.instance.pk is not None and self.instance.replaces.exists()
            rows = Application.objects.filter(state__in=WAITING if corrects else WAITING[:1])
            rows = rows.select_related("lead_unit", "call").order_by("call", "number")
            self.fields["applications"].queryset = rows
            self.fields["applications"].required = True
        if "how_to_object" in self.fields:
            self.fields["how_to_object"].initial = notices.HOW_TO_OBJECT


@admin.register(PublicNotice)
class PublicNoticeAdmin(ActionAdminMixin, WorkflowAdmin):
    """Draft, publish, close, correct; approve the projects of a clear notice."""

    menu_order = 12
    form = NoticeForm
    can_add = can_change = True
    add_note = "保存后是草稿，公众看不到；核对后再发布。"
    acts = {"publish": notices.publish_notice, "close": notices.close_notice, "replace": notices.replace_notice}
    needs_note = frozenset({"replace"})
    list_display = ["title", "call", badge, "starts_on", "ends_on", "item_count", "open_objection_count"]
    list_filter = ["state", "call"]
    search_fields = ["title", "doc_number"]
    list_select_related = ["call"]

    def get_queryset(self, request):
        """With counts of projects and open objections; who objects is seen by the handler alone."""
        return with_counts(super().get_queryset(request))

    @admin.display(description="项目数")
    def item_count(self, obj):
        """How many projects it names."""
        return obj.item_count

    @admin.display(description="未办结异议")
    def open_objection_count(self, obj):
        """How many objections wait."""
        return obj.open_objection_count

    @admin.display(description="公示页面")
    def public_page(self, obj):
        """Link to the public page."""
        return page_link("查看公示", "notice_detail", obj.public_id) if obj.state != NoticeState.DRAFT else "发布后可见"

    def has_change_permission(self, request, obj=None):
        """Only drafts are edited."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state == NoticeState.DRAFT)

    def get_fields(self, request, obj=None):
        """Drafts show the form, published notices their frozen facts."""
        fields = ["call", "title", "working_days", "how_to_object", "applications"]
        after = ["replaced_by"] if obj and obj.replaced_by_id else []
        return fields + (["starts_on", "ends_on", "doc_number", "sha256", "public_page", *after] if obj else [])

    def get_readonly_fields(self, request, obj=None):
        """The call of a draft stays."""
        return ["call", "starts_on", "ends_on", "doc_number", "sha256", "public_page", "replaced_by"] if obj else []

    def write(self, request, form):
        """Through the actions, which check and log."""
        values = {name: form.cleaned_data[name] for name in ("title", "how_to_object", "working_days", "applications")}
        if form.instance.pk:
            return notices.edit_notice(form.instance, by=request.user, **values)
        return notices.draft_notice(call=form.cleaned_data["call"], by=request.user, **values)

    def save_related(self, request, form, formsets, change):
        """Done by the action."""

    def get_urls(self):
        """Add the approval of a clear notice."""
        view = self.admin_site.admin_view(self.approve_view)
        return [path("<int:pk>/approve/", view, name="projects_publicnotice_approve"), *super().get_urls()]

    def transitions(self, request, obj):
        """Buttons; a notice is closed after its last day, its projects approved when it is closed."""
        running = obj.state == NoticeState.OPEN and obj.ends_on >= timezone.localdate()
        buttons = [row for row in super().transitions(request, obj) if not (running and row["name"] == "close")]
        waiting = obj.state == NoticeState.CLOSED and obj.applications.filter(state__in=WAITING[1:]).exists()
        if waiting and access.allowed(request.user, "projects.approve_application", None):
            buttons.append(extra_button(self, obj, "approve", "批准立项"))
        return buttons

    def confirm_facts(self, obj, move):
        """What the public will read, before it is published."""
        if move != "publish":
            return []
        names = "\n".join(f"{row.title}（{row.lead_unit}）" for row in obj.applications.select_related("lead_unit"))
        days = f"{obj.working_days} 个工作日，自今日起（遇休息日顺延）"
        return [{"label": "拟支持项目", "value": names}, {"label": "公示期", "value": days}]

    def approve_view(self, request, pk):
        """Confirm, then approve every project that is clear; say why the others are not."""
        notice = self.row_or_404(request, pk)
        back = reverse("admin:projects_publicnotice_change", args=[pk])
        if request.method == "POST":
            self._approve(request, notice)
            return HttpResponseRedirect(back)
        button = {"name": "approve", "label": "批准立项", "danger": False}
        page = self.admin_site.each_context(request) | {"title": "批准立项", "object": notice, "opts": self.opts}
        edge = Application.TRANSITIONS["approve"]
        context = page | {"button": button, "edge": edge, "note_required": False, "error": ""}
        return TemplateResponse(request, "admin/workflow_confirm.html", context)

    def _approve(self, request, notice) -> None:
        note = request.POST.get("note", "").strip()
        try:
            projects, refusals = approvals.approve_notice(notice, by=request.user, note=note)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return
        messages.success(request, f"已立项 {len(projects)} 个项目。")
        for refusal in refusals:
            messages.error(request, refusal)
