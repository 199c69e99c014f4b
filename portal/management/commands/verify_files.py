"""manage.py verify_files: are all stored files there, with the bytes that were registered, and nothing else?"""

from django.core.management.base import CommandError

from portal import file_watch
from portal.batches import in_batches
from portal.commands import DatabaseCommand
from portal.models import StoredFile


class Command(DatabaseCommand):
    """Exit 0 when all bytes match, 1 naming the bad files; bytes that no row knows are named but harmless."""

    help = "Verify all stored files against their SHA-256, and list bytes that belong to no file."

    def handle(self, *args, **options):
        """Hash every file."""
        bad = list(file_watch.damaged(in_batches(StoredFile.objects.order_by("id"))))
        for line in file_watch.lines(file_watch.orphans()):
            self.stdout.write(f"多余：{line}")
        if bad:
            raise CommandError("文件不可信：\n" + "\n".join(file_watch.lines(bad)))
        self.stdout.write(f"文件完整：{StoredFile.objects.count()} 个，摘要全部一致。")
