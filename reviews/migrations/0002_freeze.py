"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Freeze


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL."""

    dependencies = [("reviews", "0001_initial")]
    operations = [
        Freeze("Undertaking"),
        Freeze(
            "ScoreSheet", columns=("total", "comment", "recommendation"), when="OLD.locked", unless="NOT NEW.locked"
        ),
        Freeze(
            "ScoreEntry",
            when="(SELECT sheet.locked FROM reviews_scoresheet sheet WHERE sheet.id = OLD.sheet_id)",
        ),
        Freeze("Round", columns=("kind", "scheme", "aggregation", "call_id"), when="OLD.state <> 'draft'"),
    ]
