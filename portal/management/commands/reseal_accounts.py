"""manage.py reseal_accounts: seal every bank account anew with the first of FIELD_KEYS."""

from django.db import transaction

from consortia.models import Unit
from funding.models import Disbursement
from portal import events
from portal.batches import in_batches
from portal.commands import DatabaseCommand


class Command(DatabaseCommand):
    """Safe to run while people work, and twice; frozen rows (contracts, requests of change) keep their seal."""

    help = "Seal bank accounts at rest with the newest key."

    def handle(self, *args, **options):
        """Every account once; a row that a person changes meanwhile is sealed with the newest key by that change."""
        units = self._reseal(Unit.objects.exclude(bank_account=""), "bank_account")
        orders = self._reseal(Disbursement.objects.exclude(account=""), "account")
        counts = {"units": units, "disbursements": orders}
        events.record("accounts.reseal", "更换银行账号的加密密钥", by=None, after=counts)
        self.stdout.write(f"已重新加密：单位账户 {units}，拨付记录 {orders}。")

    def _reseal(self, rows, field: str) -> int:
        count = 0
        for row in in_batches(rows.order_by("pk")):
            with transaction.atomic():
                fresh = type(row)._base_manager.select_for_update().get(pk=row.pk)
                type(row)._base_manager.filter(pk=row.pk).update(**{field: getattr(fresh, field)})
            count += 1
        return count
