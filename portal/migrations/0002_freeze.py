"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Freeze


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL."""

    dependencies = [("portal", "0001_initial")]
    operations = [
        Freeze("Event"),
        Freeze("StoredFile", columns=("sha256", "size", "name", "public_id", "content_type")),
        Freeze(
            "Document", columns=("kind", "snapshot", "input_digest", "template_version", "verification_code", "version")
        ),
        Freeze(
            "Document",
            columns=("file_id", "sha256", "state"),
            when="OLD.state = 'ready'",
            delete=False,
            name="freeze_ready",
        ),
    ]
