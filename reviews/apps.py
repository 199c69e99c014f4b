"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Reviews: see docs/architecture.md."""

    name = "reviews"
    verbose_name = "评审"

    def ready(self):
        """Register what the app adds to the frame: document kinds, file holders, menu."""
        import_module("reviews.registry")
