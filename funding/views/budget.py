"""The budget of a project in use (16, 17(4)): plan against spending, pace, versions, moves, the surplus."""

from django.contrib import messages
from django.shortcuts import redirect, render

from funding.actions import budget as actions
from funding.documents.exports import budget_book
from funding.forms.cases import AdjustForm
from funding.queries.budget import plan_now
from funding.queries.budget_page import budget_page
from funding.queries.ledger import category_names
from funding.views.exports import send_export
from funding.views.frame import KEEPERS, attempt, bind
from portal import access
from portal.access import page
from portal.editions import edition
from projects.queries.contracts import effective_contract
from projects.views.frame import READERS, project_frame, project_of


@page(*READERS)
def budget(request, public_id):
    """Plan against spending by category, the pace, every version with before and after, the surplus."""
    project = project_of(request, public_id)
    context = project_frame(request, project, "budget", **budget_page(project))
    context["may_adjust"] = _may_adjust(request, project)
    return render(request, "funding/budget.html", context)


def _may_adjust(request, project) -> bool:
    is_open = project.state in actions.OPEN_STATES and effective_contract(project) is not None
    return is_open and access.allowed(request.user, "funding.adjust_budget", project)


@page(*KEEPERS, methods=("GET", "POST"))
def budget_adjust(request, public_id):
    """Move money between categories within the free percentage; each move is a numbered version."""
    project = project_of(request, public_id)
    access.require(request.user, "funding.adjust_budget", project)
    plan, number = plan_now(project), project.budget_versions.count()
    form = bind(AdjustForm, request, initial={"seen": number}, names=category_names(project), plan=plan)
    version, status = attempt(form, lambda reason, seen, **_: _adjust(request, project, form, reason, seen))
    if version:
        messages.success(request, f"预算第 {version.number} 版已生效。")
        return redirect("budget", public_id=public_id)
    percent = edition(project.call.edition).budget.free_percent
    context = project_frame(request, project, "budget", form=form, percent=percent)
    return render(request, "funding/budget_adjust.html", context, status=status)


def _adjust(request, project, form, reason, seen):
    return actions.adjust_budget(project=project, after=form.plan(), reason=reason, seen=seen, by=request.user)


@page(*READERS)
def budget_export(request, public_id):
    """Plan, spending and versions as a workbook; logged."""
    project = project_of(request, public_id)
    return send_export(request, project, "budget.export", "导出预算执行表", budget_book(project), "预算执行")
