"""Writes docs/measures.md, or checks that it is up to date."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.measures.coverage import coverage_table


class Command(BaseCommand):
    """manage.py measures_table [--check]."""

    help = "Write docs/measures.md (article, rule, screen, test); --check only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        """Offer --check."""
        parser.add_argument("--check", action="store_true", help="exit 1 if the file is stale")

    def handle(self, *args, **options):
        """Compare or write."""
        root = Path(settings.BASE_DIR)
        path = root / "docs" / "measures.md"
        table = coverage_table(root / "tests" / "portal" / "measures")
        if not options["check"]:
            path.write_text(table, encoding="utf-8")
            self.stdout.write("docs/measures.md written")
        elif not path.exists() or path.read_text(encoding="utf-8") != table:
            raise CommandError("docs/measures.md is stale: run manage.py measures_table")
