"""Applications in the admin: the center's list, the formality page, the way into review (8(1), 8(2))."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from portal import access, documents
from portal.admin_base import WorkflowAdmin
from portal.errors import Refused
from portal.templatetags.ui import tone
from projects.actions import formality
from projects.forms.formality import ItemForm, SupplementForm
from projects.models import Application

FACTS = (
    "title",
    "number",
    "state",
    "call",
    "consortium",
    "lead_unit",
    "field",
    "district",
    "start_on",
    "end_on",
    "leader",
    "supervisor_name",
    "submitted_at",
    "frozen",
)


@admin.register(Application)
class ApplicationAdmin(WorkflowAdmin):
    """Submitted applications; drafts stay with their unit."""

    menu_order = 11
    list_display = ("title", "badge", "check_link", "number", "lead_unit", "submitted_at")
    list_filter = ("state", "call", "field", "district")
    list_select_related = ("lead_unit", "call")
    search_fields = ("title", "number", "lead_unit__name", "consortium__name")
    ordering = ("-submitted_at", "-id")
    fields = readonly_fields = FACTS
    actions = ("start_review_of",)
    acts = {
        "pass_formality": formality.pass_formality,
        "fail_formality": formality.fail_formality,
        "start_review": formality.start_review,
    }
    needs_note = frozenset({"fail_formality"})

    @admin.display(description="状态", ordering="state")
    def badge(self, application):
        """The state with its shape."""
        return format_html(
            '<span class="badge badge-{}">{}</span>', tone(application.state), application.get_state_display()
        )

    @admin.display(description="形式审查")
    def check_link(self, application):
        """The way to the formality page."""
        return format_html(
            '<a href="{}">审查</a>', reverse("admin:projects_application_formality", args=[application.pk])
        )

    @admin.display(description="已提交的内容")
    def frozen(self, application):
        """The frozen versions on the portal."""
        return format_html(
            '<a href="{}">查看已提交的版本</a>', reverse("application_versions", args=[application.public_id])
        )

    @admin.action(description="进入评审（形审通过的）")
    def start_review_of(self, request, rows):
        """Send all eligible ones among the chosen to review; say how many and why not the others."""
        done = 0
        for application in rows:
            try:
                formality.start_review(application, by=request.user)
            except Refused as refusal:
                messages.error(request, refusal.message)
            else:
                done += 1
        messages.success(request, f"{done} 份申报书进入评审。")

    def get_urls(self):
        """Add the formality page and its two forms."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/formality/", view(self.formality_view), name="projects_application_formality"),
            path("<int:pk>/formality/<slug:rule>/", view(self.item_view), name="projects_application_item"),
            path("<int:pk>/supplement/", view(self.supplement_view), name="projects_application_supplement"),
            *super().get_urls(),
        ]

    def transitions(self, request, obj) -> list[dict]:
        """The moves of the state table, with the formality page first and 补正 on a page of its own."""
        buttons = super().transitions(request, obj)
        pages = [{"label": "形式审查", "name": "formality", "url": _page("formality", obj), "danger": False}]
        if obj.state == "submitted" and not hasattr(obj, "supplement_request"):
            pages.append({"label": "要求补正", "name": "supplement", "url": _page("supplement", obj), "danger": False})
        may = access.allowed(request.user, "projects.check_application", obj)
        return pages[:1] + buttons + (pages[1:] if may else [])

    def formality_view(self, request, pk):
        """The table of rules; POST judges the automatic ones anew."""
        application = self.row_or_404(request, pk)
        if request.method == "POST":
            act = formality.run_automatic if application.formality_items.exists() else formality.open_checks
            _try(request, "自动检查已完成。", act, application, by=request.user)
            return HttpResponseRedirect(_page("formality", application))
        return self._formality_page(request, application)

    def item_view(self, request, pk, rule):
        """POST: the officer's answer to one row."""
        application = self.row_or_404(request, pk)
        item = get_object_or_404(application.formality_items, rule=rule)
        form = ItemForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            messages.error(request, "请选择结果：通过、不通过或需补正，意见不超过 300 字。")
        else:
            _try(request, f"已记录“{item.title}”。", formality.record_item, item, by=request.user, **form.cleaned_data)
        return HttpResponseRedirect(f"{_page('formality', application)}#rule-{item.rule}")

    def supplement_view(self, request, pk):
        """What to mend, until when; then the letter."""
        application = self.row_or_404(request, pk)
        asked = application.formality_items.filter(result="supplement")
        form = SupplementForm(
            request.POST if request.method == "POST" else None,
            application=application,
            initial={"text": "\n".join(f"{item.title}：{item.note or item.evidence}" for item in asked)},
        )
        if request.method == "POST" and form.is_valid():
            done = _try(
                request, "已要求补正。", formality.ask_supplement, application, by=request.user, **form.cleaned_data
            )
            if done:
                return HttpResponseRedirect(_page("formality", application))
        context = self._context(request, application, "要求补正") | {"form": form}
        return TemplateResponse(request, "admin/projects/application/supplement.html", context)

    def _formality_page(self, request, application):
        items = list(application.formality_items.select_related("checked_by"))
        may_check = access.allowed(request.user, "projects.check_application", application)
        context = self._context(request, application, "形式审查") | {
            "items": items,
            "open_count": sum(1 for item in items if item.result != "pass"),
            "may_check": may_check and application.state == "submitted",
            "actions": [entry for entry in self.transitions(request, application) if entry["name"] != "formality"],
            "papers": documents.of(application).filter(kind="formality_letter"),
            "supplement": getattr(application, "supplement_request", None),
            "result_choices": ItemForm.base_fields["result"].choices,
        }
        return TemplateResponse(request, "admin/projects/application/formality.html", context)

    def _context(self, request, application, title: str) -> dict:
        return self.admin_site.each_context(request) | {
            "title": f"{title}：{application.title}",
            "application": application,
            "opts": self.opts,
            "latest": application.versions.first(),
        }


def _page(name: str, application) -> str:
    return reverse(f"admin:projects_application_{name}", args=[application.pk])


def _try(request, done: str, act, obj, **given) -> bool:
    """Run an action; a refusal comes back as a message with its reason."""
    try:
        act(obj, **given)
    except Refused as refusal:
        messages.error(request, f"{refusal.message}{refusal.fix}")
        return False
    messages.success(request, done)
    return True
