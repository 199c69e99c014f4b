"""The clock of the database: deadlines are judged by it, never by a page, a session or the web server (A8, A9)."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """The present moment as the database tells it, aware; on PostgreSQL it moves on inside a transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
