"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Bar, Freeze

CLOSED_MONTH = (
    "EXISTS (SELECT 1 FROM funding_monthclosing c WHERE c.project_id = NEW.project_id AND c.reopened_at IS NULL "
    "AND NEW.voucher_date BETWEEN c.first_day AND c.last_day)"
)
UNSOUND_REVERSAL = (
    "NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM funding_ledgerline o WHERE o.id = NEW.reverses_id "
    "AND o.project_id = NEW.project_id AND o.reverses_id IS NULL AND NEW.amount < 0 AND o.amount >= -NEW.amount)"
)


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
        Freeze(
            "MonthClosing",
            columns=(
                *("project_id", "first_day", "last_day", "line_count", "grant_total", "matching_total"),
                *("closed_by_id", "closed_at"),
            ),
        ),
        Freeze("MonthClosing", when="OLD.reopened_at IS NOT NULL", delete=False, name="reopened"),
        Bar("LedgerLine", "closed_month", CLOSED_MONTH),
        Bar("LedgerLine", "unsound_reversal", UNSOUND_REVERSAL),
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
