"""manage.py state_diagrams: write the generated parts of docs/architecture.md, or check them."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.overview import diagrams


class Command(BaseCommand):
    """manage.py state_diagrams [--check]."""

    help = "Write state and layer diagrams into docs/architecture.md; --check only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        """Offer --check."""
        parser.add_argument("--check", action="store_true", help="exit 1 if the file is stale")

    def handle(self, *args, **options):
        """Compare or write."""
        root = Path(settings.BASE_DIR)
        path = root / "docs" / "architecture.md"
        old = path.read_text(encoding="utf-8")
        new = diagrams.updated(old, root)
        if not options["check"]:
            path.write_text(new, encoding="utf-8")
            self.stdout.write("docs/architecture.md written")
        elif new != old:
            raise CommandError("docs/architecture.md is stale: run manage.py state_diagrams")
