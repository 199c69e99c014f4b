"""Pages of audit engagements (17, 18): the auditor's list, the thread of each question, the zip, the report."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from funding.actions import audit_packages
from funding.actions import audits as actions
from funding.forms.cases import AnswerForm, AuditReportForm, FindingForm, SettleForm
from funding.models import ProjectAudit
from funding.queries.audits import lines_of, thread_of
from funding.queries.money import money_summary, with_money
from funding.queries.tiles import money_tiles
from funding.views.frame import attempt, bind
from portal import access
from portal.access import CENTER, page
from projects.views.frame import READERS, project_frame, project_of

PEOPLE = ("auditor", "drafter", "unitadmin", "leader", "supervisor", *CENTER)
UNIT = ("drafter", "unitadmin", "leader")


@page("auditor")
def audits(request):
    """The auditor's projects of engagements that run today, with the money of each."""
    rows = list(ProjectAudit.objects.visible_to(request.user).select_related("project__lead_unit", "engagement"))
    with_money([row.project for row in rows])
    return render(request, "funding/audits.html", {"audits": rows})


@page(*READERS)
def project_audits(request, public_id):
    """The audits of one project."""
    project = project_of(request, public_id)
    rows = ProjectAudit.objects.visible_to(request.user).filter(project=project)
    rows = rows.select_related("engagement__auditor", "project")
    rows = [row for row in rows if access.allowed(request.user, "funding.view_projectaudit", row)]
    return render(
        request, "funding/project_audits.html", project_frame(request, project, "project_audits", audits=rows)
    )


def _audit(request, pk) -> ProjectAudit:
    rows = ProjectAudit.objects.visible_to(request.user).select_related("project", "report", "engagement__auditor")
    return access.require(request.user, "funding.view_projectaudit", get_object_or_404(rows, pk=pk))


def _page(request, audit, status=200, **forms):
    ledger = reverse("ledger", args=[audit.project.public_id])
    asked = {"vouchers": request.GET.get("voucher", "")[:40]}
    context = _rights(request, audit) | {
        "audit": audit,
        "project": audit.project,
        "tiles": money_tiles(money_summary(audit.project), ledger),
        "findings": thread_of(audit),
        "finding_form": forms.get("finding_form") or FindingForm(initial=asked),
        "report_form": forms.get("report_form") or AuditReportForm(),
        "form": next(iter(forms.values()), None),
    }
    context["package"] = audit.packages.select_related("file").first() if context["may_audit"] else None
    return render(request, "funding/audit.html", context, status=status)


def _rights(request, audit) -> dict:
    may_audit = access.allowed(request.user, "funding.audit_project", audit)
    is_open = audit.state == "open"
    return {
        "may_audit": may_audit,
        "may_ask": is_open and may_audit,
        "may_answer": is_open and access.allowed(request.user, "funding.answer_finding", audit),
    }


@page(*PEOPLE)
def audit(request, pk):
    """One project under audit: what may be seen, questions and answers, the zip, the report."""
    return _page(request, _audit(request, pk))


@page("auditor", methods=("POST",))
def audit_finding(request, pk):
    """Ask or state something."""
    audit = _audit(request, pk)
    form = bind(FindingForm, request)

    def add(kind, vouchers, text):
        lines = lines_of(audit.project, vouchers)
        return actions.add_finding(audit=audit, kind=kind, text=text, lines=lines, by=request.user)

    done, status = attempt(form, add)
    return _answered(request, pk, "问题已提出。") if done else _page(request, audit, status, finding_form=form)


def _spoken(request, pk, finding_pk, form, act, message):
    """One entry of a thread: act on the finding, then back to the page."""
    audit = _audit(request, pk)
    finding = get_object_or_404(audit.audit_findings.select_related("audit__engagement"), pk=finding_pk)
    bound = bind(form, request)
    done, status = attempt(bound, lambda **data: act(finding, by=request.user, **data))
    return _answered(request, pk, message) if done else _page(request, audit, status, thread_form=bound)


@page(*UNIT, methods=("POST",))
def audit_answer(request, pk, finding_pk):
    """Answer a finding."""
    return _spoken(request, pk, finding_pk, AnswerForm, actions.answer_finding, "答复已提交。")


@page("auditor", methods=("POST",))
def audit_ask(request, pk, finding_pk):
    """Ask on."""
    return _spoken(request, pk, finding_pk, SettleForm, actions.ask_again, "追问已提出。")


@page("auditor", methods=("POST",))
def audit_settle(request, pk, finding_pk):
    """End a question."""
    return _spoken(request, pk, finding_pk, SettleForm, actions.settle_finding, "问题已了结。")


@page("auditor", methods=("GET", "POST"))
def audit_package(request, pk):
    """Have the zip of the project made; the worker does it, and a GET answers with how far it is."""
    audit = access.require(request.user, "funding.audit_project", _audit(request, pk))
    if request.method == "GET":
        package = get_object_or_404(audit.packages.select_related("file")[:1])
        return render(request, "funding/_package.html", {"package": package, "audit": audit})
    audit_packages.ask_package(audit, by=request.user)
    return _answered(request, pk, "已开始打包，完成后可以在本页下载。")


@page("auditor", methods=("POST",))
def audit_report(request, pk):
    """Hand in the report."""
    audit = _audit(request, pk)
    form = bind(AuditReportForm, request)
    done, status = attempt(form, lambda **data: actions.submit_audit_report(audit, by=request.user, **data))
    return _answered(request, pk, "审计报告已提交。") if done else _page(request, audit, status, report_form=form)


def _answered(request, pk, message):
    messages.success(request, message)
    return redirect("audit", pk=pk)
