"""A running project with people, a paid first instalment, and shortcuts for tests of money."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from funding.actions import ledger_import
from funding.actions.disbursements import approve_disbursement, order_disbursement, pay_disbursement
from funding.actions.ledger import add_line
from funding.models import ImportJob, LedgerImport
from funding.queries.import_rows import told
from portal.errors import Invalid, Refused
from portal.models import User
from projects.models import Contract, Project
from tests import factories
from tests.papers import PDF

SLIP = (PDF, "银行付款回单.pdf")


@dataclass
class Scene:
    """A project under an effective contract and the people around it."""

    project: Project
    contract: Contract
    drafter: User
    unitadmin: User
    officer: User
    finance: User
    director: User

    def first(self):
        """The first instalment."""
        return self.contract.instalments.get(number=1)

    def pay(self, number: int = 1):
        """Order and pay an instalment."""
        order = order_disbursement(instalment=self.contract.instalments.get(number=number), by=self.officer)
        approve_disbursement(order, by=self.finance)
        return self.transfer(order, voucher_no=f"付-{number}")

    def transfer(self, order, **changes):
        """Record the payment of an approved order."""
        values = {"by": self.finance, "paid_on": timezone.localdate(), "voucher_no": "付-1", "bank_receipt": SLIP}
        return pay_disbursement(order, **(values | changes))

    def book(self, voucher: str = "记-1", amount: str = "1000.00", **changes):
        """Book a harmless line, or one changed by keyword."""
        values = {
            "voucher_date": timezone.localdate(),
            "summary": "产业创新活动场地租赁费",
            "account": "会议费",
            "payee": "北京虚构会展服务有限公司",
            "by": self.drafter,
        } | changes
        return add_line(project=self.project, voucher_no=voucher, amount=Decimal(amount), **values)

    def bring(self, data: bytes, name: str = "账.csv", *, mapping=None, by=None) -> ImportJob:
        """Upload a file and have it judged."""
        job = ledger_import.upload_ledger(project=self.project, data=data, name=name, by=by or self.drafter)
        ledger_import.work(job.pk)
        job.refresh_from_db()
        if mapping is not None:
            job = ledger_import.choose_columns(job, mapping=mapping, by=by or self.drafter)
            ledger_import.work(job.pk)
            job.refresh_from_db()
        return job

    def settle(self, job: ImportJob, by=None) -> ImportJob:
        """Confirm what was judged and have it booked."""
        job = ledger_import.confirm_import(job, by=by or self.drafter)
        ledger_import.work(job.pk)
        job.refresh_from_db()
        return job

    def import_file(self, data: bytes, name: str = "账.csv", **changes) -> LedgerImport:
        """Bring a file from upload to the ledger; Refused or Invalid with what the page would tell."""
        job = self.bring(data, name, **changes)
        if job.state == "ready":
            job = self.settle(job, by=changes.get("by"))
        if job.state == "failed":
            raise Invalid(job.error)
        if job.state != "booked":
            wrong = [f"第 {row.line} 行：{'；'.join(told(row.errors))}" for row in job.standing_rows if row.errors]
            raise Refused("".join([*job.problems, *wrong]))
        return job.record

    def banned(self, voucher: str = "记-9", amount: str = "5000.00"):
        """Book a line that article 14(2) bans."""
        return self.book(
            voucher, amount, summary="客户业务招待宴请", account="业务招待费", payee="北京虚构餐饮有限公司"
        )


def make_scene(*, paid: bool = True, start: date | None = None, **fields) -> Scene:
    """A scene; the first instalment (¥210,000.00) is paid unless `paid` is False."""
    start = start or timezone.localdate() - timedelta(days=60)
    call = factories.make_call(execution_start=start, execution_end=start + timedelta(days=200))
    project = factories.make_project(factories.make_application(call, state="approved"), **fields)
    contract = factories.make_contract(project)
    unit = project.lead_unit
    scene = Scene(
        project,
        contract,
        factories.make_person(unit, "drafter"),
        factories.make_person(unit, "unitadmin"),
        factories.make_user("officer"),
        factories.make_user("finance"),
        factories.make_user("director"),
    )
    if paid:
        scene.pay()
    return scene
