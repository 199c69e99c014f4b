"""manage.py verify_files: are all stored files there, with the bytes that were registered?"""

from django.core.management.base import CommandError

from portal import files
from portal.commands import DatabaseCommand
from portal.models import StoredFile


class Command(DatabaseCommand):
    """Exit 0 when all bytes match, 1 naming the first bad file."""

    help = "Verify all stored files against their SHA-256."

    def handle(self, *args, **options):
        """Hash every file."""
        bad = files.first_bad()
        if bad:
            raise CommandError(f"文件 {bad[0]} 不可信：{bad[1]}")
        self.stdout.write(f"文件完整：{StoredFile.objects.count()} 个，摘要全部一致。")
