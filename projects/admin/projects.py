"""Projects in the admin: everything the center does with a project starts here."""

from django import forms
from django.contrib import admin
from django.http import FileResponse
from django.urls import path, reverse

from consortia.actions.revocations import open_revocation
from portal import access
from portal.admin_base import WorkflowAdmin
from portal.editions import edition
from projects.actions import archives
from projects.actions.contracts import prepare_contract
from projects.actions.rectifications import order_rectification
from projects.admin.shared import badge, extra_button, form_act, money_column, page_link
from projects.forms.center import OrderForm, RevocationForm
from projects.models import Project
from projects.queries.contracts import current_contract
from projects.states import ConclusionCode, ProjectState

ENDED = {ProjectState.FAILED, ProjectState.CLOSED, ProjectState.TERMINATED}
UNDER_CONTRACT = set(ProjectState) - {ProjectState.CONTRACTING} - ENDED


grant = money_column("grant_amount", "支持金额")


@admin.register(Project)
class ProjectAdmin(WorkflowAdmin):
    """List, facts, and the acts of the center."""

    menu_order = 14
    acts = {
        "suspend": archives.suspend_project,
        "resume": archives.resume_project,
        "close": archives.close_project,
    }
    needs_note = frozenset({"suspend"})
    list_display = ["number", "title", "lead_unit", badge, grant, "end_on", "officer"]
    list_filter = ["state", "call"]
    search_fields = ["number", "title", "lead_unit__name", "leader__name"]
    list_select_related = ["lead_unit", "officer"]
    change_form_template = "admin/projects/project.html"
    fields = [
        "number", "title", "applied", "call", "consortium", "lead_unit", "leader", "officer", grant, "start_on",
        "end_on", "outcome", "approved_at", "page",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="申报书")
    def applied(self, obj):
        """Link to the application that the project came from."""
        return page_link("查看申报书与形式审查", "admin:projects_application_change", obj.application_id)

    @admin.display(description="验收结论")
    def outcome(self, obj):
        """The name of the conclusion."""
        return ConclusionCode(obj.conclusion).label if obj.conclusion else "—"

    @admin.display(description="项目页面")
    def page(self, obj):
        """Link to the page with indicators, evidence and money."""
        return page_link("查看项目", "project_detail", obj.public_id)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Add the way to everything that belongs to the project."""
        project = self.get_object(request, object_id)
        related = self._related(request, project) if project is not None else []
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"related": related})

    def _related(self, request, project) -> list[dict]:
        """Lists of the project's contracts, evidence, payments and so on, as far as the person may see them."""
        found = []
        for model, held in sorted(self.admin_site._registry.items(), key=lambda pair: pair[1].menu_order):
            field = next((one for one in model._meta.fields if one.name == "project"), None)
            if field is None or field.related_model is not Project or not held.has_view_permission(request):
                continue
            if count := held.get_queryset(request).filter(project=project).count():
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                query = f"?project__exact={project.pk}"
                found.append({"label": model._meta.verbose_name, "url": url + query, "count": count})
        return found

    def get_urls(self):
        """Add the pages of the center's acts."""
        views = {
            "prepare": self.prepare_view,
            "order": self.order_view,
            "revoke": self.revoke_view,
            "archive": self.archive_view,
        }
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"projects_project_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    def transitions(self, request, obj):
        """Buttons of the state table and of the further acts."""
        may = {name: access.allowed(request.user, f"projects.{name}", obj) for name in _PERMS}
        buttons = super().transitions(request, obj)
        if may["manage_contract"] and obj.state == ProjectState.CONTRACTING and current_contract(obj) is None:
            buttons.insert(0, extra_button(self, obj, "prepare", "拟定任务合同"))
        if (may["supervise_project"] or may["conclude_project"]) and obj.state in UNDER_CONTRACT:
            buttons.append(extra_button(self, obj, "order", "责令整改", danger=True))
        failed = obj.rectifications.filter(state="unfulfilled").exists()
        if may["supervise_project"] and failed and not obj.consortium.revocations.filter(state="notified").exists():
            buttons.append(extra_button(self, obj, "revoke", "提出撤销资格", danger=True))
        if may["export_archive"]:
            buttons.append(extra_button(self, obj, "archive", "导出档案（zip）"))
        return buttons

    def _get(self, request, pk):
        return self.row_or_404(request, pk)

    def prepare_view(self, request, pk):
        """Make the contract text from the frozen application."""
        project = self._get(request, pk)
        return form_act(
            self,
            request,
            project,
            forms.Form(request.POST or None),
            lambda _values: prepare_contract(project, by=request.user),
            title="拟定任务合同",
            submit_label="拟定任务合同",
            hint="合同文本按冻结的申报书生成；公示未满或有未办结异议的，不能拟定（第八条（三））。",
        )

    def order_view(self, request, pk):
        """Order a rectification."""
        project = self._get(request, pk)
        days = edition(project.call.edition).periods.rectification_days
        return form_act(
            self,
            request,
            project,
            OrderForm(request.POST or None, days=days),
            lambda values: order_rectification(project=project, by=request.user, **values),
            title="责令整改",
            submit_label="责令整改",
            danger=True,
            hint="整改通知会按公文格式生成并送达牵头单位（第二十条）。",
        )

    def revoke_view(self, request, pk):
        """Open a case to revoke the consortium's qualification."""
        project = self._get(request, pk)
        return form_act(
            self,
            request,
            project,
            RevocationForm(request.POST or None),
            lambda values: open_revocation(
                consortium=project.consortium, project_number=project.number, by=request.user, **values
            ),
            title="提出撤销联合体资格",
            submit_label="提出撤销资格",
            danger=True,
            hint="联合体会收到告知，可在期限内陈述申辩；期满后由市科协决定（第二十条）。",
        )

    def archive_view(self, request, pk):
        """The archive of the project as one zip."""
        project = self._get(request, pk)
        archive = archives.export_archive(project, by=request.user)
        return FileResponse(archive, as_attachment=True, filename=f"{project.number}.zip")


_PERMS = ("manage_contract", "supervise_project", "conclude_project", "export_archive")
