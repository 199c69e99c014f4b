"""Loads the demo year, or a data set of any size for measurements. Refused outside demo settings."""

from django.core.management.base import CommandError

from portal.commands import DemoCommand
from portal.overview.demo.accounts import NAMED, PASSWORD
from portal.overview.demo.bulk import load_bulk
from portal.overview.demo.load import NoDemo, is_loaded, load_year, render_first, require_demo, reset


class Command(DemoCommand):
    """`load_demo` loads the year once; `--projects N --ledger-rows M --seed S` adds a data set in bulk."""

    help = __doc__

    def add_arguments(self, parser):
        """Sizes of a bulk data set, and the reset."""
        parser.add_argument("--projects", type=int, help="number of projects of a bulk data set (at least 4)")
        parser.add_argument("--ledger-rows", type=int, default=0, help="number of its ledger lines")
        parser.add_argument("--seed", type=int, default=1, help="seed of its random choices")
        parser.add_argument("--reset", action="store_true", help="empty the database first")

    def handle(self, *args, projects, ledger_rows, seed, **options):
        """Load what is asked for and print the logins."""
        try:
            require_demo()
        except NoDemo as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["reset"]:
            reset()
        if projects is not None:
            self._bulk(projects, ledger_rows, seed)
        else:
            self._year()

    def _year(self):
        if is_loaded():
            self.stdout.write("The demo year is there already.")
        else:
            load_year()
            render_first()
        self.stdout.write(f"Logins (password of all: {PASSWORD}):")
        for role, username, _ in NAMED:
            self.stdout.write(f"  {username:<12} {role}")

    def _bulk(self, projects, ledger_rows, seed):
        if projects < 4 or ledger_rows < 0:
            raise CommandError("--projects must be at least 4 and --ledger-rows not negative.")
        load_bulk(projects=projects, ledger_rows=ledger_rows, seed=seed)
        self.stdout.write(f"{projects} projects with {ledger_rows} ledger lines are there (seed {seed}).")
