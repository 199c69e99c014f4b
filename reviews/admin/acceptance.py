"""Acceptance in the admin: start of evaluation, conclusions, reports with live progress (H2, H3)."""

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from portal import documents
from portal.access import CENTER
from portal.admin_base import WorkflowAdmin
from portal.errors import Refused
from projects.models import Project
from projects.states import ConclusionCode
from reviews.actions import conclusions as actions
from reviews.admin.pages import act, badge, form_page, page, require
from reviews.forms.decisions import ConclusionForm
from reviews.models import AcceptanceConclusion
from reviews.queries.board import board, with_reports
from reviews.queries.evaluation import last_item, suggestion_of

PAGE_SIZE = 50


@admin.register(AcceptanceConclusion)
class AcceptanceConclusionAdmin(WorkflowAdmin):
    """Conclusions: drafted by the officer, issued by the director."""

    menu_order = 33
    view_roles = CENTER
    acts = {"issue": actions.issue_conclusion}
    list_display = ["project", "attempt", "code", "suggested", badge, "drafted_by", "issued_by", "issued_at"]
    list_filter = ["state", "code"]
    search_fields = ["project__number", "project__title"]
    list_select_related = ["project", "drafted_by", "issued_by"]
    change_list_template = "admin/reviews/conclusion_list.html"

    def get_urls(self):
        """The board of acceptance and its acts."""
        wrap = self.admin_site.admin_view
        return [
            path("board/", wrap(self.board_view), name="reviews_acceptance_board"),
            path("reports/", wrap(self.reports_view), name="reviews_acceptance_reports"),
            path("progress/<int:pk>/", wrap(self.progress_view), name="reviews_acceptance_progress"),
            path("start/<int:pk>/", wrap(self.start_view), name="reviews_acceptance_start"),
            path("draft/<int:pk>/", wrap(self.draft_view), name="reviews_acceptance_draft"),
            *super().get_urls(),
        ]

    def more_buttons(self, request, obj) -> list[dict]:
        """A draft is put up anew until it is issued; the way to the board."""
        rows = [{"label": "验收工作", "url": reverse("admin:reviews_acceptance_board")}]
        if obj.state == "draft" and request.user.duty == "officer":
            rows.insert(
                0, {"label": "重新拟定", "url": reverse("admin:reviews_acceptance_draft", args=[obj.project_id])}
            )
        return rows

    def board_view(self, request):
        """Projects from the package to the report: what is next for each."""
        require(request, "reviews.view_report")
        rows = Paginator(board(), PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"page": rows, "rows": with_reports(rows), "is_officer": request.user.duty == "officer"}
        return page(self, request, "admin/reviews/board.html", title="验收工作", **context)

    def reports_view(self, request):
        """Queue the reports of the chosen projects."""
        require(request, "reviews.view_report")
        back = reverse("admin:reviews_acceptance_board")
        if request.method != "POST":
            return HttpResponseRedirect(back)
        chosen = [int(pk) for pk in request.POST.getlist("project") if pk.isdecimal()][:PAGE_SIZE]
        if not chosen:
            messages.warning(request, "没有勾选项目。请先勾选已下达结论的项目。")
        queued = 0
        for project in Project.objects.filter(pk__in=chosen):
            try:
                actions.request_report(project=project, by=request.user)
                queued += 1
            except Refused as refusal:
                messages.error(request, refusal.message)
        if queued:
            messages.success(request, f"已安排生成 {queued} 份验收报告，可在本页查看进度。")
        return HttpResponseRedirect(back)

    def progress_view(self, request, pk):
        """The fragment that htmx asks for while a report is made."""
        require(request, "reviews.view_report")
        document = documents.latest("acceptance_report", get_object_or_404(Project, pk=pk))
        row = {"project": get_object_or_404(Project, pk=pk), "report": document}
        return page(self, request, "admin/reviews/_report.html", row=row)

    def start_view(self, request, pk):
        """Begin the evaluation of one project."""
        project = get_object_or_404(Project, pk=pk)
        require(request, "projects.supervise_project", project)
        back = reverse("admin:reviews_acceptance_board")
        if request.method != "POST":
            return HttpResponseRedirect(back)
        return act(request, back, "已进入验收评价。请建立验收评价轮次。", actions.start_evaluation, project=project)

    def draft_view(self, request, pk):
        """Draft a conclusion with the system's suggestion beside it."""
        project = get_object_or_404(Project, pk=pk)
        require(request, "reviews.draft_conclusion", project)
        item = last_item(project)
        suggestion = suggestion_of(project, item)
        form = ConclusionForm(request.POST or None, initial={"code": suggestion.code})
        word = dict(ConclusionCode.choices).get(suggestion.code, "资料不足，暂无建议")

        def run(data):
            actions.draft_conclusion(project=project, item=item, by=request.user, **data)

        return form_page(
            self,
            request,
            form,
            run,
            title=f"拟定验收结论：{project.title}",
            submit="提交结论待签发",
            back=reverse("admin:reviews_acceptance_board"),
            done="结论已拟定，待中心负责人签发。",
            reasons_title=f"系统建议：{word}（仅供参考，由专家组和管理单位决定）",
            reasons="\n".join(suggestion.reasons),
        )
