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
        Freeze("Repayment"),
        Freeze("PaymentWaiver"),
        Freeze("AuditMessage"),
        Freeze("BudgetVersion"),
        Freeze("ClawbackFile"),
        Freeze("RepaymentDue"),
        Freeze(
            "Clawback",
            columns=("project_id", "number", "ground", "facts", "amount", "net_paid", "opened_by_id"),
            when="OLD.state <> 'draft'",
        ),
        Freeze("SurplusReturn", columns=("project_id", "amount", "net_paid", "ordered_by_id")),
        Freeze("LexiconVersion"),
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
            columns=(
                "project_id",
                "instalment_id",
                "number",
                "amount",
                "contract_amount",
                "cumulative",
                "account_name",
                "account_masked",
                "ordered_by_id",
                "order_key",
            ),
        ),
        # What was paid is a fact of the bank: who, when, by which voucher and slip never changes again.
        Freeze(
            "Disbursement",
            columns=("approved_by_id", "paid_by_id", "paid_on", "voucher_no", "bank_receipt_id", "pay_key"),
            when="OLD.state IN ('paid', 'received')",
            delete=False,
            name="paid",
        ),
    ]
