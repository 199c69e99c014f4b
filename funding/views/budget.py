"""The budget of a project in use (16, 17(4)): plan against spending, pace, versions, moves, the surplus."""

from django.contrib import messages
from django.shortcuts import redirect, render

from funding.actions import budget as actions
from funding.documents.exports import budget_book
from funding.forms.cases import AdjustForm
from funding.queries.budget import base_plan, changes_of, pace, surplus_of, versions_in_force
from funding.queries.chart import budget_chart
from funding.queries.ledger import category_names
from funding.queries.money import budget_vs_actual, current_plan, money_summary
from funding.views.exports import send_export
from funding.views.frame import KEEPERS, attempt, bind
from portal import access
from portal.access import page
from portal.editions import edition
from portal.measures.budget import execution_findings
from projects.queries.contracts import effective_contract
from projects.views.frame import READERS, project_frame, project_of


@page(*READERS)
def budget(request, public_id):
    """Plan against spending by category, the pace, every version with before and after, the surplus."""
    project = project_of(request, public_id)
    money, contract = money_summary(project), effective_contract(project)
    now, year = pace(project, money), edition(project.call.edition)
    rows = budget_vs_actual(project, money)
    versions = [(row, changes_of(project, row)) for row in project.budget_versions.select_related("made_by")]
    context = project_frame(
        request,
        project,
        "budget",
        money=money,
        budget=rows,
        chart=budget_chart(rows),
        pace=now,
        findings=execution_findings(now, year),
        versions=versions,
        in_force=len(versions_in_force(project, contract)),
        requests=project.change_requests.filter(kind="budget").select_related("requested_by").order_by("-id"),
        surplus=surplus_of(project),
        rules=year.budget,
        may_adjust=_may_adjust(request, project, contract),
    )
    return render(request, "funding/budget.html", context)


def _may_adjust(request, project, contract) -> bool:
    is_open = contract is not None and project.state in actions.OPEN_STATES
    return is_open and access.allowed(request.user, "funding.adjust_budget", project)


@page(*KEEPERS, methods=("GET", "POST"))
def budget_adjust(request, public_id):
    """Move money between categories within the free percentage; each move is a numbered version."""
    project = project_of(request, public_id)
    access.require(request.user, "funding.adjust_budget", project)
    money = money_summary(project)
    plan, number = current_plan(project, money.contract_version), project.budget_versions.count()
    options = {"names": category_names(project), "plan": plan}
    form = bind(AdjustForm, request, initial={"seen": number}, **options)

    def act(reason, seen, **_amounts):
        return actions.adjust_budget(project=project, after=form.plan(), reason=reason, seen=seen, by=request.user)

    version, status = attempt(form, act)
    if version:
        messages.success(request, f"预算第 {version.number} 版已生效。")
        return redirect("budget", public_id=public_id)
    context = project_frame(request, project, "budget", form=form, base=base_plan(project, money))
    context["percent"] = edition(project.call.edition).budget.free_percent
    return render(request, "funding/budget_adjust.html", context, status=status)


@page(*READERS)
def budget_export(request, public_id):
    """Plan, spending and versions as a workbook; logged."""
    project = project_of(request, public_id)
    return send_export(request, project, "budget.export", "导出预算执行表", budget_book(project), "预算执行")
