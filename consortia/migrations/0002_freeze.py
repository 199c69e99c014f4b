"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Freeze


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL."""

    dependencies = [("consortia", "0001_initial")]
    operations = [
        Freeze("Qualification"),
        Freeze("LeadTerm"),
        Freeze("UnitChange", columns=("unit_id", "kind", "wanted", "until", "reason", "proof_id", "requested_by_id")),
    ]
