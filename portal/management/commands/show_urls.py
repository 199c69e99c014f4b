"""manage.py show_urls: every address, its methods, and who may use it."""

import json

from django.core.management.base import BaseCommand

from portal.overview import matrix


class Command(BaseCommand):
    """The role matrix that the tests check."""

    help = "List every URL with its methods and roles."

    def add_arguments(self, parser):
        """--json for machines."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options):
        """Print the matrix."""
        rows = [row.as_dict() for row in matrix.rows()]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        for row in rows:
            self.stdout.write(f"{'/'.join(row['methods']):10} {row['pattern']:70} {','.join(row['roles'])}")
