"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Projects: see docs/architecture.md."""

    name = "projects"
    verbose_name = "项目"

    def ready(self):
        """Register what the app adds to the frame: document kinds, file holders, menu."""
        import_module("projects.registry")
