"""Clawback cases in the admin (17): opened by the officer, decided by the director, repaid through finance."""

from django.contrib import admin
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from funding.actions import clawbacks as actions
from funding.admin.shared import amount, badge, file_link, form_page, require
from funding.documents.clawbacks import summary_rows
from funding.forms.center import CaseFileForm, ClawbackForm, PlanForm, RepaymentForm
from funding.models import Clawback, ClawbackFile, ClawbackLine, Repayment, RepaymentDue
from funding.queries.clawbacks import ground_names, outstanding_of, with_repaid
from funding.views.frame import bind
from portal import access, documents
from portal.admin_base import CheckedAdmin, CheckedInline, WorkflowAdmin
from portal.measures.rmb import format_money
from portal.measures.workdays import date_cn
from portal.templatetags.ui import money
from projects.models import Project


class LineInline(CheckedInline):
    """The lines that a case rests on."""

    model = ClawbackLine
    fields = readonly_fields = ["line", amount]


class FileInline(CheckedInline):
    """Evidence, of the center and of the unit."""

    model = ClawbackFile
    fields = readonly_fields = ["side", "note", "paper", "by", "at"]

    @admin.display(description="文件")
    def paper(self, row):
        """Link to the file."""
        return file_link(row.file)

    def get_queryset(self, request):
        """With what the rows show."""
        return super().get_queryset(request).select_related("file", "by")


class PlanInline(CheckedInline):
    """When the money is due."""

    model = RepaymentDue
    fields = readonly_fields = ["number", "due_on", amount]


class RepaymentInline(CheckedInline):
    """Money that came back."""

    model = Repayment
    fields = readonly_fields = ["received_on", amount, "voucher_no", "recorded_by"]


@admin.display(description="立案时已拨付净额")
def paid(case):
    """What the project had been given when the case was opened."""
    return money(case.net_paid)


@admin.register(Clawback)
class ClawbackAdmin(WorkflowAdmin):
    """Cases with their buttons, lines, repayments and documents."""

    menu_order = 44
    acts = {
        "notify": actions.notify_clawback,
        "decide": actions.decide_clawback,
        "dismiss": actions.dismiss_clawback,
        "close": actions.close_clawback,
    }
    needs_note = frozenset({"decide", "dismiss"})
    list_display = ["number", "project", "ground", amount, "repaid_text", badge, "due"]
    list_filter = ["state", "ground"]
    search_fields = ["number", "project__number", "project__title", "project__lead_unit__name"]
    list_select_related = ["project"]
    inlines = [LineInline, FileInline, PlanInline, RepaymentInline]
    change_form_template = "admin/funding/clawback.html"
    fields = [
        "project", "number", "ground", "facts", amount, paid, "repaid_text", "reply_due_on", "reply", "repay_due_on",
        "opened_by", "decided_by", "decided_at", "decision_note",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request):
        """With what came back."""
        return with_repaid(super().get_queryset(request))

    @admin.display(description="已缴回")
    def repaid_text(self, case):
        """The sum of repayments."""
        return money(case.repaid)

    @admin.display(description="期限")
    def due(self, case):
        """The day that counts now: for the statement, then for the money."""
        day = {"notified": case.reply_due_on, "decided": case.repay_due_on}.get(case.state)
        return date_cn(day) if day else "—"

    def get_urls(self):
        """A new case, and a repayment."""
        wrap = self.admin_site.admin_view
        return [
            path("open/", wrap(self.open_view), name="funding_clawback_open"),
            path("<int:pk>/repay/", wrap(self.repay_view), name="funding_clawback_repay"),
            path("<int:pk>/evidence/", wrap(self.evidence_view), name="funding_clawback_evidence"),
            path("<int:pk>/plan/", wrap(self.plan_view), name="funding_clawback_plan"),
            *super().get_urls(),
        ]

    def transitions(self, request, obj) -> list[dict]:
        """Finance may record a repayment of a decided case; the one who opened does not decide."""
        own = obj.opened_by_id == request.user.pk
        buttons = [row for row in super().transitions(request, obj) if not (own and row["name"] == "decide")]
        owes = obj.state == "decided" and outstanding_of(obj) > 0
        if owes and access.allowed(request.user, "funding.record_repayment", obj):
            url = reverse("admin:funding_clawback_repay", args=[obj.pk])
            buttons.append({"name": "repay", "label": "登记到账", "danger": False, "url": url})
        return buttons

    def more_buttons(self, request, obj) -> list[dict]:
        """Evidence until the decision; after it, a plan of repayment."""
        if not access.allowed(request.user, "funding.manage_clawback", obj):
            return []
        wanted = {"draft": ("evidence", "提交证据"), "notified": ("evidence", "提交证据")}
        if obj.state == "decided" and not obj.plan.exists():
            wanted["decided"] = ("plan", "登记分期缴款计划")
        if obj.state not in wanted:
            return []
        name, label = wanted[obj.state]
        url = reverse(f"admin:funding_clawback_{name}", args=[obj.pk])
        return [{"name": name, "label": label, "danger": False, "url": url}]

    def _act_page(self, request, pk, form, act, title: str, done: str):
        """A page of one act of the officer on a case."""
        case = self.row_or_404(request, pk)
        require(request, "funding.manage_clawback", case)
        return form_page(
            self,
            request,
            bind(form, request),
            lambda **data: act(case, data),
            title=title,
            done=done,
            back=reverse("admin:funding_clawback_change", args=[case.pk]),
            rows=[*summary_rows(case, ground_names(case.project))[:1], {"label": "金额", "value": money(case.amount)}],
        )

    def evidence_view(self, request, pk):
        """A file that shows the facts."""

        def act(case, data):
            return actions.add_clawback_file(case, by=request.user, **data)

        return self._act_page(request, pk, CaseFileForm, act, "提交证据", "已提交证据。")

    def plan_view(self, request, pk):
        """The instalments in which the money comes back."""

        def act(case, data):
            return actions.plan_repayment(case, parts=data["parts"], by=request.user)

        return self._act_page(request, pk, PlanForm, act, "登记分期缴款计划", "已登记分期缴款计划。")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Add the documents of the case."""
        case = self.get_object(request, object_id)
        papers = documents.of(case) if case is not None else []
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"papers": papers})

    def open_view(self, request):
        """A new case from chosen lines of one project."""
        require(request, "funding.manage_clawback")
        key = request.GET.get("project", "")
        if not key.isdecimal() or len(key) > 17:
            raise Http404
        project = get_object_or_404(Project, pk=key)
        chosen = [line for line in request.GET.get("lines", "").split(",") if line.isdecimal() and len(line) < 18]
        return form_page(
            self,
            request,
            bind(ClawbackForm, request, project=project, initial={"lines": chosen}),
            lambda **data: actions.open_clawback(project=project, by=request.user, **_typed(data)),
            title="立案追回",
            done="已立案。核对后请发出追回告知书。",
            back=reverse("admin:funding_clawback_changelist"),
            then=lambda case: reverse("admin:funding_clawback_change", args=[case.pk]),
            rows=[{"label": "项目", "value": str(project)}, {"label": "牵头单位", "value": str(project.lead_unit)}],
        )

    def repay_view(self, request, pk):
        """Money that came back."""
        case = self.row_or_404(request, pk)
        require(request, "funding.record_repayment", case)
        owed = {"label": "尚欠", "value": format_money(outstanding_of(case))}
        return form_page(
            self,
            request,
            bind(RepaymentForm, request),
            lambda **data: actions.record_repayment(clawback=case, by=request.user, **data),
            title="登记到账",
            done="已登记到账。",
            back=reverse("admin:funding_clawback_change", args=[case.pk]),
            rows=[*summary_rows(case, ground_names(case.project))[:1], owed],
        )


def _typed(data: dict) -> dict:
    return data | {"ground": int(data["ground"])}


@admin.register(Repayment)
class RepaymentAdmin(CheckedAdmin):
    """All repayments."""

    menu_order = 45
    list_display = ["clawback", "received_on", amount, "voucher_no", "recorded_by", "recorded_at"]
    search_fields = ["clawback__number", "voucher_no"]
    list_select_related = ["clawback", "recorded_by"]
    date_hierarchy = "received_on"
