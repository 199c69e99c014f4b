"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class FundingConfig(AppConfig):
    """Funding: see docs/architecture.md."""

    name = "funding"
    verbose_name = "经费"

    def ready(self):
        """Register what the app adds to the frame: document kinds, file holders, menu."""
        import_module("funding.registry")
