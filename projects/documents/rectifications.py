"""Contents of rectification notices (20): shape of templates/pdf/rectification_notice.html."""

from django.utils import timezone

from portal import papers
from portal.editions import edition
from projects.documents.contracts import contract_number, money


def project_facts(project) -> dict:
    """Key `project` of official papers about a project."""
    application = project.application
    return {
        "number": project.number,
        "name": project.title,
        "field": application.field,
        "district": application.district,
        "consortium": project.consortium.name,
        "lead_unit": project.lead_unit.name,
        "leader": project.leader.name,
        "supervisor": application.supervisor_name,
        "execution_from": project.start_on.isoformat(),
        "execution_to": project.end_on.isoformat(),
        "contract_number": contract_number(project),
        "amount": money(project.grant_amount),
    }


def rectification_paper(rectification, problems: list[dict], *, number: str, by) -> dict:
    """Snapshot of the PDF `rectification_notice`; `problems` are {article, fact, requirement}."""
    project, today = rectification.project, timezone.localdate()
    year = edition(project.call.edition)
    return {
        "doc": papers.identity("rectification_notice", number),
        "official": papers.official(year, "关于责令限期整改的通知", to=project.lead_unit.name, number=number),
        "project": project_facts(project),
        "rectification": {
            "found_by": year.managing_unit,
            "found_on": today.isoformat(),
            "deadline": rectification.due_on.isoformat(),
            "days": (rectification.due_on - today).days,
            "round": project.rectifications.count(),
            "responsible": project.leader.name,
        },
        "problems": problems,
        "contact": papers.contact() | {"person": by.name},
    }
