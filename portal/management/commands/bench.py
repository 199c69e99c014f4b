"""manage.py bench: measure pages, writes, PDFs and the ban check on PostgreSQL; writes docs/benchmarks.md."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.overview.bench import drawing, importing, report, runner, rush, targets, work

BAN_LINES = 20_000


class Command(BaseCommand):
    """manage.py bench [--quick] [--rush]."""

    help = "Measure the portal on PostgreSQL and write docs/benchmarks.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        """--part is for the processes that the benchmark itself starts."""
        parser.add_argument(
            "--quick", action="store_true", help="the small data set only, few requests, no file written"
        )
        parser.add_argument(
            "--rush", action="store_true", help="the hour before a deadline: many units save and submit"
        )
        parts = ["targets", "pdf", "ban", "rush", "versions", "draw", "ledger"]
        parser.add_argument("--part", choices=parts, help="one part, as JSON")
        parser.add_argument("--count", type=int, default=10)

    def handle(self, *args, **options):
        """Run a part, the rush, or everything."""
        if options["part"]:
            self.stdout.write(json.dumps(self.one_part(options["part"], options["count"])))
            return
        if options["rush"]:
            self.stdout.write(rush.run(quick=options["quick"], say=self.stdout.write))
            return
        outcome = runner.run(runner.QUICK if options["quick"] else runner.SIZES, self.stdout.write)
        self.stdout.write(report.text_of(outcome))
        if not options["quick"]:
            report.write(outcome, Path(settings.BASE_DIR) / "docs" / "benchmarks.md")
            self.stdout.write("docs/benchmarks.md written")

    def one_part(self, name: str, count: int) -> dict:
        """What a process of its own is asked to do."""
        parts = {"targets": targets.prepare, "ban": lambda: work.time_ban_check(BAN_LINES)}
        parts |= {"pdf": lambda: work.time_pdf(count), "rush": lambda: rush.prepare(count)}
        parts |= {"versions": rush.frozen_versions, "draw": drawing.time_draw, "ledger": importing.time_import}
        return parts[name]()
