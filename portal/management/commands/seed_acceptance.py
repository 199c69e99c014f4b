"""Makes the demo year once and prints logins and one object per kind and state, so that outside tests can begin."""

import json

from django.core.management.base import CommandError

from portal.commands import DemoCommand
from portal.overview.demo.load import NoDemo, is_loaded, load_year, render_first, require_demo
from portal.overview.demo.seed import describe


class Command(DemoCommand):
    """`seed_acceptance --json`; a second run prints the same."""

    help = __doc__

    def add_arguments(self, parser):
        """Only JSON so far; the flag says so."""
        parser.add_argument("--json", action="store_true", help="print JSON (the only format)")

    def handle(self, *args, **options):
        """Load when needed, then print."""
        try:
            require_demo()
        except NoDemo as refusal:
            raise CommandError(str(refusal)) from refusal
        if not is_loaded():
            load_year()
            render_first()
        self.stdout.write(json.dumps(describe(), ensure_ascii=False, indent=1))
