"""manage.py check_invariants: named read-only checks over the whole database."""

from django.core.management.base import CommandError

from portal.commands import DatabaseCommand
from portal.overview import invariants


class Command(DatabaseCommand):
    """Exit 1 and the names of the breached checks on any breach."""

    help = "Check what must never break (read-only)."

    def handle(self, *args, **options):
        """Run every check; print one line each."""
        breached = []
        for check in invariants.CHECKS:
            rows = check.breaches()
            self.stdout.write(f"{'不符' if rows else '通过'}  {check.name}  {check.title}")
            for row in rows[:5]:
                self.stdout.write(f"      {row}")
            if rows:
                breached.append(check.name)
        if breached:
            raise CommandError(f"{len(breached)} 项检查不符：{'、'.join(breached)}")
        self.stdout.write(f"全部 {len(invariants.CHECKS)} 项检查通过。")
