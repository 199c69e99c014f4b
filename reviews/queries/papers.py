"""Papers of judgement that the page of a project shows to its own people."""

from portal import documents
from portal.models import Document


def project_papers(project, user) -> list[Document]:
    """The unit's copy of the newest acceptance report, when the person may read it (R8)."""
    copy = documents.latest("acceptance_report_unit", project)
    return [copy] if copy and documents.may_read(user, copy) else []
