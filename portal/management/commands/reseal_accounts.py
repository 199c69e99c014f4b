"""manage.py reseal_accounts: seal every bank account anew with the first of FIELD_KEYS."""

from django.db import transaction

from consortia.models import Unit, UnitChange
from funding.models import Disbursement
from portal import events
from portal.batches import in_batches
from portal.commands import DatabaseCommand
from portal.sealed import seal, unseal


class Command(DatabaseCommand):
    """Safe to run while people work, and twice; contracts keep the seal they were signed with."""

    help = "Seal bank accounts at rest with the newest key."

    def handle(self, *args, **options):
        """Every account once; a row that a person changes meanwhile is sealed with the newest key by that change."""
        units = self._reseal(Unit.objects.exclude(bank_account=""), "bank_account")
        orders = self._reseal(Disbursement.objects.exclude(account=""), "account")
        changes = sum(_reseal_change(row) for row in in_batches(UnitChange.objects.filter(kind="bank").order_by("pk")))
        counts = {"units": units, "disbursements": orders, "changes": changes}
        events.record("accounts.reseal", "更换银行账号的加密密钥", by=None, after=counts)
        self.stdout.write(f"已重新加密：单位账户 {units}，拨付记录 {orders}，变更申请 {changes}。")

    def _reseal(self, rows, field: str) -> int:
        count = 0
        for row in in_batches(rows.order_by("pk")):
            with transaction.atomic():
                fresh = type(row)._base_manager.select_for_update().get(pk=row.pk)
                type(row)._base_manager.filter(pk=row.pk).update(**{field: getattr(fresh, field)})
            count += 1
        return count


def _reseal_change(change) -> int:
    if not change.wanted.get("bank_account"):
        return 0
    wanted = change.wanted | {"bank_account": seal(unseal(change.wanted["bank_account"]))}
    return UnitChange.objects.filter(pk=change.pk).update(wanted=wanted)
