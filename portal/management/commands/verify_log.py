"""manage.py verify_log: does the hash chain of the event log hold?"""

from django.core.management.base import CommandError

from portal import events
from portal.commands import DatabaseCommand
from portal.models import Event


class Command(DatabaseCommand):
    """Exit 0 on a sound log, 1 naming the first bad row."""

    help = "Verify the hash chain of the event log."

    def handle(self, *args, **options):
        """Check every row."""
        broken = events.first_break()
        if broken:
            raise CommandError(f"操作日志第 {broken[0]} 条不可信：{broken[1]}")
        self.stdout.write(f"操作日志完整：{Event.objects.count()} 条，哈希链连续。")
