"""Pages of audit engagements (17, 18): the auditor's list, findings, answers, report."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from funding.actions import audits as actions
from funding.forms.cases import AnswerForm, AuditReportForm, FindingForm
from funding.models import AuditEngagement
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
    """The auditor's engagements that run today, with the money of each project."""
    rows = AuditEngagement.objects.visible_to(request.user).select_related("project__lead_unit")
    rows = list(rows)
    with_money([row.project for row in rows])
    return render(request, "funding/audits.html", {"engagements": rows})


@page(*READERS)
def project_audits(request, public_id):
    """The audits of one project."""
    project = project_of(request, public_id)
    rows = AuditEngagement.objects.visible_to(request.user).filter(project=project).select_related("auditor")
    rows = [row for row in rows if access.allowed(request.user, "funding.view_auditengagement", row)]
    return render(
        request, "funding/project_audits.html", project_frame(request, project, "project_audits", audits=rows)
    )


def _engagement(request, pk) -> AuditEngagement:
    rows = AuditEngagement.objects.visible_to(request.user).select_related("project", "report", "auditor")
    return access.require(request.user, "funding.view_auditengagement", get_object_or_404(rows, pk=pk))


def _page(request, engagement, status=200, **forms):
    ledger = reverse("ledger", args=[engagement.project.public_id])
    context = _rights(request, engagement) | {
        "engagement": engagement,
        "project": engagement.project,
        "tiles": money_tiles(money_summary(engagement.project), ledger),
        "findings": engagement.audit_findings.select_related("line", "answered_by"),
        "finding_form": forms.get("finding_form") or FindingForm(initial={"line": request.GET.get("line", "")}),
        "report_form": forms.get("report_form") or AuditReportForm(),
        "form": next(iter(forms.values()), None),
        "line": _asked_line(request, engagement),
    }
    return render(request, "funding/audit.html", context, status=status)


def _rights(request, engagement) -> dict:
    is_open = engagement.state == "open"
    return {
        "may_audit": is_open and access.allowed(request.user, "funding.audit_project", engagement),
        "may_answer": is_open and access.allowed(request.user, "funding.answer_finding", engagement),
    }


def _asked_line(request, engagement, key=None):
    key = key or request.GET.get("line", "")
    known = str(key).isdecimal() and len(str(key)) < 18
    return engagement.project.ledger_lines.filter(pk=key).first() if known else None


@page(*PEOPLE)
def audit(request, pk):
    """One engagement: what may be seen, questions and answers, the report."""
    return _page(request, _engagement(request, pk))


@page("auditor", methods=("POST",))
def audit_finding(request, pk):
    """Ask or state something."""
    engagement = _engagement(request, pk)
    form = bind(FindingForm, request)

    def add(line, text):
        found = _asked_line(request, engagement, line)
        return actions.add_finding(engagement=engagement, text=text, line=found, by=request.user)

    done, status = attempt(form, add)
    return _answered(request, pk, "问题已提出。") if done else _page(request, engagement, status, finding_form=form)


@page(*UNIT, methods=("POST",))
def audit_answer(request, pk, finding_pk):
    """Answer a finding."""
    engagement = _engagement(request, pk)
    finding = get_object_or_404(engagement.audit_findings, pk=finding_pk)
    form = bind(AnswerForm, request)
    done, status = attempt(form, lambda text: actions.answer_finding(finding, text=text, by=request.user))
    return _answered(request, pk, "答复已提交。") if done else _page(request, engagement, status, answer_form=form)


@page("auditor", methods=("POST",))
def audit_report(request, pk):
    """Hand in the report."""
    engagement = _engagement(request, pk)
    form = bind(AuditReportForm, request)
    done, status = attempt(form, lambda **data: actions.submit_audit_report(engagement, by=request.user, **data))
    return _answered(request, pk, "审计报告已提交。") if done else _page(request, engagement, status, report_form=form)


def _answered(request, pk, message):
    messages.success(request, message)
    return redirect("audit", pk=pk)
