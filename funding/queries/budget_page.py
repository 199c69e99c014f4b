"""What the page of a budget shows."""

from funding.queries.budget import changes_of, pace, surplus_of, versions_in_force
from funding.queries.chart import budget_chart
from funding.queries.money import budget_vs_actual, money_summary
from portal.editions import edition
from portal.measures.budget import execution_findings
from projects.queries.contracts import effective_contract


def budget_page(project) -> dict:
    """Sums, plan against spending with its picture, the pace with its warning, versions, requests, the surplus."""
    money, contract = money_summary(project), effective_contract(project)
    rows, now, year = budget_vs_actual(project, money), pace(project, money), edition(project.call.edition)
    versions = project.budget_versions.select_related("made_by")
    return {
        "money": money,
        "budget": rows,
        "chart": budget_chart(rows),
        "pace": now,
        "findings": execution_findings(now, year),
        "versions": [(version, changes_of(project, version)) for version in versions],
        "in_force": len(versions_in_force(project, contract)),
        "requests": project.change_requests.filter(kind="budget").select_related("requested_by").order_by("-id"),
        "surplus": surplus_of(project),
        "rules": year.budget,
    }
