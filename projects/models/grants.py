"""Object grants that have no row of their own (auditors, invited staff): django-guardian with direct foreign keys."""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class ApplicationUserGrant(UserObjectPermissionBase):
    """A grant on one application."""

    content_object = models.ForeignKey("projects.Application", models.CASCADE)


class ApplicationGroupGrant(GroupObjectPermissionBase):
    """A grant on one application to a group."""

    content_object = models.ForeignKey("projects.Application", models.CASCADE)


class ProjectUserGrant(UserObjectPermissionBase):
    """A grant on one project."""

    content_object = models.ForeignKey("projects.Project", models.CASCADE)


class ProjectGroupGrant(GroupObjectPermissionBase):
    """A grant on one project to a group."""

    content_object = models.ForeignKey("projects.Project", models.CASCADE)
