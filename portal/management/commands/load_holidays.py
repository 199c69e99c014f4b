"""Fill the holiday table with the official arrangements of the named years."""

from django.core.management.base import CommandError

from portal import workcalendar
from portal.commands import DatabaseCommand
from portal.errors import Invalid


class Command(DatabaseCommand):
    """manage.py load_holidays 2025 2026"""

    help = "Load the official working days of the named years; days entered by hand stay."

    def add_arguments(self, parser):
        """Years."""
        parser.add_argument("years", nargs="+", type=int)

    def handle(self, *args, **options):
        """One year after the other."""
        for year in options["years"]:
            try:
                count = workcalendar.load_year(year)
            except Invalid as problem:
                raise CommandError(problem.message) from problem
            self.stdout.write(f"{year}：新增 {count} 天")
