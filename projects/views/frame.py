"""What every page of a project shares: the project itself, its tabs, the way back; used by the apps above too."""

from django.http import Http404
from django.urls import reverse

from portal import access
from portal.access import CENTER, UNIT_ROLES
from projects import extensions
from projects.models import Project
from projects.queries.frame import project_with_facts

READERS = (*UNIT_ROLES, *CENTER, "auditor")
WRITERS = UNIT_ROLES
PAGE_SIZE = 20
TABS = (
    ("概览", "project_detail", "projects.view_project"),
    ("合同", "project_contract", "projects.view_contract"),
    ("绩效与佐证", "evidence_list", "projects.view_evidence"),
    ("工作台账", "work_log", "projects.view_worklogentry"),
    ("报告", "report_list", "projects.view_progressreport"),
    ("验收", "package", "projects.view_acceptancepackage"),
    ("整改", "rectification_list", "projects.view_rectification"),
)


def project_of(request, public_id) -> Project:
    """The project of an address when the person may see it, else 404 (the predicate agrees with visible_to)."""
    project = project_with_facts(public_id)
    if project is None:
        raise Http404
    return access.require(request.user, "projects.view_project", project)


def project_frame(request, project, current: str, **context) -> dict:
    """Context of a page of a project: `current` is the URL name of its tab."""
    return {
        "project": project,
        "tabs": project_tabs(project, request.user, current),
        "trail": [("项目", reverse("project_list"))],
        **context,
    }


def project_tabs(project, user, current: str) -> list[tuple]:
    """(label, url, is_current, count) of the tabs that the person may open."""
    own = [
        (label, reverse(name, args=[project.public_id]), name == current, None)
        for label, name, perm in TABS
        if access.allowed(user, perm, project)
    ]
    more = extensions.ask(extensions.TABS, project, user)
    return own + [(label, url, name == current, count) for label, url, name, count in more]


def refused(form, refusal) -> int:
    """Show a refusal in the form's error summary; returns the status of the page."""
    for finding in refusal.findings:
        form.add_error(None, finding.sentence)
    if not refusal.findings:
        form.add_error(None, refusal.message)
    return refusal.status
