"""manage.py scan_files: ask the virus scanner about files again."""

from django.core.management.base import CommandError

from portal import quarantine, scanner
from portal.batches import in_batches
from portal.commands import DatabaseCommand
from portal.models import StoredFile
from portal.states import ScanState


class Command(DatabaseCommand):
    """Scan what waits in quarantine, with --all everything (after new virus definitions); exit 1 on a virus."""

    help = "Scan files in quarantine again, or all files with --all."

    def add_arguments(self, parser):
        """One switch."""
        parser.add_argument("--all", action="store_true", help="also files that were found clean before")

    def handle(self, *args, **options):
        """File by file; each verdict is kept at once, so that the command may be broken off."""
        if not scanner.is_configured():
            raise CommandError("没有配置查毒服务：请设置 CLAMD_SOCKET，见 docs/operations.md。")
        rows = StoredFile.objects.order_by("id") if options["all"] else quarantine.waiting()
        count = dict.fromkeys(ScanState.values, 0)
        for stored in in_batches(rows):
            count[quarantine.rescan(stored).scan_state] += 1
        told = "，".join(f"{ScanState(state).label} {number}" for state, number in count.items() if number)
        self.stdout.write(f"查毒完成：{told or '没有待查的文件'}。")
        if count[ScanState.INFECTED]:
            raise CommandError(f"查出带病毒的文件 {count[ScanState.INFECTED]} 个，已隔离。")
