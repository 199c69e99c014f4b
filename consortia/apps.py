"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class ConsortiaConfig(AppConfig):
    """Consortia: see docs/architecture.md."""

    name = "consortia"
    verbose_name = "联合体"

    def ready(self):
        """Register what the app adds to the frame: document kinds, file holders, menu."""
        import_module("consortia.registry")
