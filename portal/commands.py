"""What management commands share: a database that is not ready is a sentence, not a traceback."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def count_missing_migrations() -> int:
    """How many migrations the database lacks. Raises CommandError when the database cannot be reached."""
    try:
        executor = MigrationExecutor(connection)
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as problem:
        raise CommandError(f"无法连接数据库：{problem}".strip()) from problem


class DatabaseCommand(BaseCommand):
    """A command that reads the tables: says how to make them where they are missing, and exits with 1."""

    def execute(self, *args, **options):
        """Look at the database first."""
        missing = count_missing_migrations()
        if missing:
            raise CommandError(
                f"数据库缺少 {missing} 项结构变更，不能使用。请先运行 make demo（演示）或 python manage.py migrate。"
            )
        return super().execute(*args, **options)


class DemoCommand(BaseCommand):
    """A command of the demo: makes the tables itself where they are missing; elsewhere it touches nothing."""

    def execute(self, *args, **options):
        """Migrate an empty or old demo database without a word: standard output may be JSON."""
        if settings.DEMO and count_missing_migrations():
            call_command("migrate", interactive=False, verbosity=0)
        return super().execute(*args, **options)
