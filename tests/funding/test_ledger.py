"""Booking, reversing and deciding ledger lines (14-16; M4, M9, M12)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from funding.actions.ledger import decide_line, recheck_project, reverse_line
from funding.models import BanFinding, LedgerLine
from funding.queries import money_summary
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Event
from portal.sheets import write_xlsx
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import PDF
from tests.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


def test_line_is_booked_with_verdict_and_finding(scene):
    line = scene.book()
    assert (line.verdict, line.findings.get().reason[:2]) == ("allowed", "摘要")
    assert Event.objects.filter(verb="ledger.add", outcome="ok").exists()


def test_banned_line_names_clause_and_evidence(scene):
    line = scene.banned()
    finding = line.findings.get()
    assert (line.verdict, line.article_item) == ("banned", "14(2)")
    assert finding.evidence[0]["where"] == "摘要"


def test_payee_that_is_a_member_is_held_or_banned(scene):
    member = scene.project.consortium.memberships.filter(role="member").first()
    line = scene.book(summary="产业图谱数据采集委托费", account="委托业务费", payee=f" {member.unit.name} ")
    assert (line.verdict, line.article_item) == ("needs-review", "17(5)(7)")
    transfer = scene.book("记-2", summary="拨付成员单位项目经费", account="往来款", payee=member.unit.name)
    assert transfer.verdict == "banned"


@pytest.mark.parametrize("days", [-61, 1, 141])
def test_line_outside_period_or_in_future_is_refused(scene, days):
    with pytest.raises(Refused, match="凭证日期") as refusal:
        scene.book(voucher_date=timezone.localdate() + timedelta(days=days))
    assert "16" in refusal.value.article
    assert not LedgerLine.objects.exists()


def test_grant_spending_stays_within_what_was_paid(scene):
    scene.book("记-1", "200000.00")
    with pytest.raises(Refused, match=r"超过支持经费余额 ¥10,000\.00"):
        scene.book("记-2", "10000.01")
    scene.book("记-2", "10000.00")
    assert money_summary(scene.project).execution_rate == Decimal("100.00")
    scene.book("记-3", "99999.00", source="matching")


def test_nothing_is_booked_before_the_first_payment():
    scene = make_scene(paid=False)
    with pytest.raises(Refused, match=r"余额 ¥0\.00"):
        scene.book()


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "NaN", "Infinity"])
def test_strange_amounts_are_refused(scene, amount):
    with pytest.raises(Refused, match="正数"):
        scene.book(amount=amount)


def test_same_voucher_line_is_booked_once(scene):
    scene.book("记-1")
    with pytest.raises(Conflict, match="已登记"):
        scene.book("记-1")
    assert scene.book("记-1", line_no=2).line_no == 2


def test_invoice_that_another_project_booked_holds_the_line(scene):
    other = make_scene()
    other.book(invoice_no="2400001")
    line = scene.book(invoice_no="2400001")
    assert line.verdict == "needs-review"
    assert other.project.number in line.findings.get().reason


def test_attachment_name_that_says_otherwise_holds_the_line(scene):
    line = scene.book(attachment=(PDF, "业务招待费发票.pdf"))
    assert line.verdict == "needs-review"
    assert "名称“业务招待费发票”" in line.findings.get().reason


def test_text_of_an_attachment_that_says_otherwise_holds_the_line(scene):
    said = write_xlsx({"清单": (["项目", "金额"], [["客户业务招待宴请", "1000.00"]])})
    held = scene.book("记-1", attachment=(said, "发票清单.xlsx"))
    fine = write_xlsx({"清单": (["项目", "金额"], [["活动场地租赁", "1000.00"]])})
    free = scene.book("记-2", "1001.00", attachment=(fine, "发票清单二.xlsx"))
    assert (held.verdict, held.article_item, free.verdict) == ("needs-review", "14(2)", "allowed")
    assert "客户业务招待宴请" in held.findings.get().reason
    assert recheck_project(scene.project, by=scene.finance) == 0, "the check again reads the attachment again"


def test_people_who_do_not_keep_the_ledger_are_refused(scene):
    for person in (scene.finance, factories.make_person(scene.project.lead_unit, "supervisor")):
        with pytest.raises(NotAllowed):
            scene.book(by=person)


def test_reversal_frees_the_money_once(scene):
    line = scene.banned(amount="210000.00")
    entry = reverse_line(
        line, by=scene.drafter, reason="改由自有资金列支", voucher_no="记-10", voucher_date=timezone.localdate()
    )
    money = money_summary(scene.project)
    assert (entry.amount, entry.verdict) == (Decimal("-210000.00"), "allowed")
    assert (money.spent, money.banned_count, money.available) == (0, 0, Decimal("210000.00"))
    for again in (line, entry):
        with pytest.raises(Refused, match="冲销"):
            reverse_line(again, by=scene.drafter, reason="再来", voucher_no="记-11", voucher_date=timezone.localdate())


def test_decision_overrides_the_check_and_is_kept(scene):
    line = scene.banned()
    decide_line(line, verdict="allowed", article_item="", reason="核对会议通知，属会议餐费", by=scene.finance)
    line.refresh_from_db()
    assert (line.verdict, line.findings.get().verdict) == ("allowed", "banned")
    recheck_project(scene.project, by=scene.finance)
    line.refresh_from_db()
    assert (line.verdict, line.findings.count(), line.decisions.count()) == ("allowed", 2, 1)


@pytest.mark.parametrize(
    ("verdict", "item", "reason", "word"),
    [
        ("maybe", "", "理由充分充分", "可列支"),
        ("banned", "", "理由充分充分", "条款"),
        ("banned", "99", "理由充分充分", "条款"),
        ("allowed", "", " ", "理由"),
    ],
)
def test_decision_needs_verdict_clause_and_reason(scene, verdict, item, reason, word):
    with pytest.raises(Invalid, match=word):
        decide_line(scene.banned(), verdict=verdict, article_item=item, reason=reason, by=scene.finance)


def test_unit_does_not_decide_its_own_lines(scene):
    with pytest.raises(NotAllowed):
        decide_line(scene.banned(), verdict="allowed", article_item="", reason="没有问题的", by=scene.drafter)


def test_database_refuses_edits_of_lines_and_findings(scene):
    line = scene.book()
    for rows, change in (
        (LedgerLine.objects.filter(pk=line.pk), {"amount": 1}),
        (LedgerLine.objects.filter(pk=line.pk), {"summary": "x"}),
        (BanFinding.objects.filter(line=line), {"reason": "x"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_bookings_at_once_never_overspend():
    scene = make_scene()
    jobs = [lambda number=number: scene.book(f"记-{number}", "126000.00") for number in range(8)]
    assert race(jobs) == ["ok"] + ["refused"] * 7
    assert LedgerLine.objects.count() == 1
