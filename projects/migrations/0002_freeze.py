"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Freeze


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL."""

    dependencies = [("projects", "0001_initial")]
    operations = [
        Freeze("ApplicationVersion"),
        Freeze("ApplicationVersion_files"),
        Freeze("CallCorrection"),
        Freeze(
            "Call",
            columns=(
                "year",
                "edition",
                "title",
                "notice_text",
                "opens_at",
                "fixed_grant",
                "number_of_grants",
                "execution_start",
                "execution_end",
                "notice_working_days",
                "supplement_days",
                "experts_per_application",
                "acceptance_pass_line",
                "instalment_plan",
                "selection_scheme",
                "acceptance_scheme",
                "contact",
            ),
            when="OLD.state <> 'draft'",
        ),
        Freeze("SupplementRequest", columns=("application_id", "places", "problems", "text", "requested_at")),
        Freeze(
            "PublicNotice",
            columns=("title", "snapshot", "sha256", "starts_on", "ends_on", "working_days", "how_to_object"),
            when="OLD.sha256 <> ''",
        ),
        Freeze(
            "Contract",
            columns=("project_id", "version", "amount", "grant_amount", "start_on", "end_on", "snapshot", "sha256"),
        ),
        Freeze("Instalment"),
        Freeze(
            "Evidence",
            columns=("project_id", "kpi_code", "happened_on", "data", "unique_key", "counted"),
            when="OLD.state = 'verified'",
        ),
    ]
