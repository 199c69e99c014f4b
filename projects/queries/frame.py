"""The project of a page with all that its frame shows, in one statement."""

import functools
from uuid import UUID

from portal.bundle import Bundle, Question
from projects import extensions
from projects.models import Project

RELATED = ("application", "call", "consortium", "lead_unit", "leader", "officer")


def _one(project: UUID):
    return Project.objects.filter(public_id=project)


@functools.cache
def _bundle() -> Bundle:
    """Built when the first page asks: by then the apps above have said what they want to know."""
    own = {"project": Question(_one, model=Project, related=RELATED)}
    return Bundle({"project": UUID}, own | extensions.PROJECT_FACTS)


def project_with_facts(public_id: UUID) -> Project | None:
    """The project with its relations and `facts` (rows by question), or None."""
    answer = _bundle().ask(project=public_id)
    for project in answer["project"]:
        project.facts = answer
        return project
    return None
