"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Freeze


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL."""

    dependencies = [("funding", "0001_initial")]
    operations = [
        Freeze("LedgerImport"),
        Freeze("BanFinding"),
        Freeze("BanDecision"),
        Freeze("LineAnswer"),
        Freeze("LineAnswerFile"),
        Freeze("Repayment"),
        Freeze("LexiconVersion"),
        Freeze("LexiconTest", columns=("edition", "digest", "entries", "requested_by_id")),
        Freeze(
            "LedgerLine",
            columns=(
                "project_id",
                "voucher_date",
                "voucher_no",
                "line_no",
                "summary",
                "account",
                "payee",
                "amount",
                "invoice_no",
                "source",
                "category",
                "direction",
                "reverses_id",
                "imported_id",
                "entered_by_id",
            ),
        ),
        Freeze(
            "Disbursement",
            columns=("project_id", "number", "amount", "contract_amount", "cumulative", "account_name"),
        ),
    ]
