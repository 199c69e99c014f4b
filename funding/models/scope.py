"""Which rows a person may see: those of the projects he may see."""

from django.db import models

from portal.access import CENTER
from projects.models import Project


class OfVisibleProjects(models.QuerySet):
    """Rows that belong to a project by `project`."""

    def visible_to(self, user):
        """The center's people all, others those of their projects."""
        return self if user.duty in CENTER else self.filter(project__in=Project.objects.visible_to(user))
