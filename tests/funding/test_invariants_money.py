"""What must never break about money, row by row: C2, M1-M3, M14, M16 of the invariants."""

import csv
import io
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from funding.actions import clawbacks
from funding.actions.disbursements import approve_disbursement, order_disbursement, waive_hindrance
from funding.actions.ledger import decide_line, reverse_line
from funding.models import Clawback, ClawbackLine, Disbursement, LedgerLine
from funding.queries import money_summary
from funding.queries.ledger import category_names
from funding.queries.seams import figures
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Event, User
from portal.overview import invariants, invariants_money
from projects.models import Contract, Instalment, Project, Rectification
from tests import factories
from tests.funding.money_tools import make_scene
from tests.races import race

FEN = Decimal("0.01")


def url(scene, name, *args):
    return reverse(name, args=[scene.project.public_id, *args])


def sign_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def more(scene, amount) -> Instalment:
    """A third instalment of the contract, payable now."""
    return Instalment.objects.create(contract=scene.contract, number=3, ratio=1, amount=amount, condition="合同生效")


@pytest.mark.django_db
def test_c2_contract_stays_within_the_award_in_the_database():
    scene = make_scene(paid=False)
    award = scene.contract.grant_amount
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=scene.contract.pk).update(amount=award + FEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_contract(scene.project)  # a second one in force
    # Instalments above the contract: refused when they are ordered, whatever the plan says.
    large = more(scene, award + FEN)
    with pytest.raises(Refused, match="超过合同金额"):
        order_disbursement(instalment=large, by=scene.officer)
    assert not Disbursement.objects.exists()


@pytest.mark.django_db
def test_m1_a_request_sent_twice_pays_once_and_another_amount_under_its_key_is_a_conflict():
    scene = make_scene(paid=False)
    amount = scene.first().amount
    first = order_disbursement(instalment=scene.first(), by=scene.officer, key="k", amount=amount)
    again = order_disbursement(instalment=scene.first(), by=scene.officer, key="k", amount=amount)
    assert first.pk == again.pk
    with pytest.raises(Conflict, match="请求号"):
        order_disbursement(instalment=scene.first(), by=scene.officer, key="k", amount=amount + FEN)
    with pytest.raises(Conflict, match="请求号"):  # somebody else's key
        order_disbursement(instalment=scene.first(), by=factories.make_user("officer"), key="k", amount=amount)
    with pytest.raises(Invalid):
        order_disbursement(instalment=scene.first(), by=scene.officer, key="k" * 65)
    with pytest.raises(Refused, match="不能重复拨付"):
        order_disbursement(instalment=scene.first(), by=scene.officer, key="other", amount=amount)
    approve_disbursement(first, by=scene.finance)
    paid = scene.transfer(first, key="p", amount=amount)
    assert scene.transfer(first, key="p", amount=amount).pk == paid.pk
    for changes in ({"key": "p", "amount": amount + FEN}, {"key": "q", "amount": amount}):
        with pytest.raises(Conflict):
            scene.transfer(first, **changes)
    assert Event.objects.filter(verb="disbursement.pay", outcome="ok").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Disbursement.objects.filter(pk=first.pk).update(voucher_no="改")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_m1_eight_threads_with_one_key_make_one_payment():
    for _ in range(5):
        scene = make_scene(paid=False)

        def order(scene=scene):
            instalment = scene.contract.instalments.get(number=1)
            row = order_disbursement(
                instalment=instalment, by=User.objects.get(pk=scene.officer.pk), key=f"k{scene.project.pk}"
            )
            return f"order {row.pk}"

        answers = race([order] * 8)
        row = Disbursement.objects.get(project=scene.project)
        assert answers == [f"order {row.pk}"] * 8  # the same key, the same answer
        approve_disbursement(row, by=scene.finance)

        def pay(scene=scene, row=row):
            paid = scene.transfer(Disbursement.objects.get(pk=row.pk), key=f"p{row.pk}")
            return f"paid {paid.pk}"

        assert race([pay] * 8) == [f"paid {row.pk}"] * 8
        assert Event.objects.filter(verb="disbursement.pay", target_id=str(row.pk), outcome="ok").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(50))
def test_m2_two_officers_at_once_never_order_more_than_the_contract(turn):
    scene = make_scene(paid=False)
    # Both instalments together are above the contract: only one may pass, whichever comes first.
    more(scene, scene.contract.amount - 1)
    officers = {1: scene.officer, 3: factories.make_user("officer")}

    def order(number):
        def job():
            instalment = scene.contract.instalments.get(number=number)
            order_disbursement(instalment=instalment, by=User.objects.get(pk=officers[number].pk))

        return job

    assert race([order(1), order(3)]) == ["ok", "refused"]
    total = Disbursement.objects.filter(project=scene.project).aggregate(n=Sum("amount"))["n"]
    assert total <= scene.contract.amount


@pytest.mark.django_db
def test_m2_nothing_flows_under_an_open_case_without_a_directors_leave():
    scene = make_scene(paid=False)
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    approve_disbursement(order, by=scene.finance)
    rectify = lambda: Rectification.objects.create(  # noqa: E731
        project=scene.project, problems="进度滞后", due_on=timezone.localdate(), ordered_by=scene.officer
    )
    first = rectify()
    with pytest.raises(Refused, match="正在整改"):
        scene.transfer(order)
    for wrong, error in ((scene.officer, NotAllowed), (scene.finance, NotAllowed)):
        with pytest.raises(error):
            waive_hindrance(project=scene.project, number=1, reason="合同约定的设备款已到期", by=wrong)
    with pytest.raises(Invalid):
        waive_hindrance(project=scene.project, number=1, reason="同意", by=scene.director)
    waiver = waive_hindrance(project=scene.project, number=1, reason="设备款已到期，整改不涉及资金", by=scene.director)
    assert waiver.hindrances == [f"整改通知 {first.pk}"]
    with pytest.raises(IntegrityError), transaction.atomic():
        type(waiver).objects.filter(pk=waiver.pk).update(reason="改")
    Rectification.objects.filter(pk=first.pk).update(state="fulfilled")
    second = rectify()  # opened after the leave: not covered by it
    with pytest.raises(Refused, match="正在整改"):
        scene.transfer(order)
    Rectification.objects.filter(pk=second.pk).update(state="fulfilled")
    Rectification.objects.filter(pk=first.pk).update(state="ordered")
    User.objects.filter(pk=scene.director.pk).update(duty="finance")
    with pytest.raises(NotAllowed, match="由您作出"):
        scene.transfer(order, by=User.objects.get(pk=scene.director.pk))
    assert scene.transfer(order).state == "paid"


@pytest.mark.django_db
def test_m2_account_and_contract_are_looked_at_again_before_the_money_leaves():
    scene = make_scene(paid=False)
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    unit = scene.project.lead_unit
    type(unit).objects.filter(pk=unit.pk).update(bank_account="6222999988887777")
    with pytest.raises(Refused, match="变更了收款账户"):
        approve_disbursement(order, by=scene.finance)
    type(unit).objects.filter(pk=unit.pk).update(bank_account=order.account)
    Contract.objects.filter(pk=scene.contract.pk).update(state="terminated")
    with pytest.raises(Refused, match="没有生效的任务合同"):
        approve_disbursement(order, by=scene.finance)


@pytest.mark.django_db
def test_m3_maker_is_never_checker_by_person_even_after_a_change_of_duty():
    scene = make_scene(paid=False)
    order = order_disbursement(instalment=scene.first(), by=scene.officer)
    User.objects.filter(pk=scene.officer.pk).update(duty="finance")
    promoted = User.objects.get(pk=scene.officer.pk)
    with pytest.raises(NotAllowed, match="另一人"):
        approve_disbursement(order, by=promoted)
    client = sign_in(promoted)
    move = reverse("admin:funding_disbursement_move", args=[order.pk, "approve"])
    client.post(move, {"note": ""})
    order.refresh_from_db()
    assert (order.state, order.approved_by) == ("ordered", None)
    for column in ("approved_by", "paid_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Disbursement.objects.filter(pk=order.pk).update(**{column: order.ordered_by_id})
    with pytest.raises(IntegrityError), transaction.atomic():  # nor by changing who ordered
        Disbursement.objects.filter(pk=order.pk).update(ordered_by=scene.finance)
    with pytest.raises(IntegrityError), transaction.atomic():  # nor without approval and slip
        Disbursement.objects.filter(pk=order.pk).update(
            state="paid", paid_by=scene.finance, paid_on=timezone.localdate(), voucher_no="付-1"
        )


def opened(scene, **changes):
    values = {
        "project": scene.project,
        "ground": 2,
        "facts": "以会议费名义列支与项目无关的接待支出。",
        "by": scene.officer,
    }
    values["lines"] = changes.pop("lines") if "lines" in changes else [scene.banned()]
    return clawbacks.open_clawback(**(values | changes))


@pytest.mark.django_db
@pytest.mark.parametrize("ground", range(1, 8))
def test_m14_each_of_the_seven_grounds_names_its_clause(ground):
    case = opened(make_scene(), ground=ground)
    case = clawbacks.notify_clawback(case, by=case.opened_by)
    assert case.ground_code == f"17({ground})"
    assert Event.objects.get(verb="clawback.open").article == f"17({ground})"


@pytest.mark.django_db
def test_m14_attacks_on_a_clawback_are_refused():
    scene = make_scene()
    line = scene.banned()
    for ground in (0, 8, "17(8)", "14(2)"):
        with pytest.raises(Refused):
            opened(scene, ground=ground, lines=[line])
    with pytest.raises(Refused, match="超过可追回"):  # more than was paid
        opened(scene, lines=[line], amount=Decimal("210000.01"))
    case = opened(scene, lines=[line])
    with pytest.raises(Refused, match="已在其他追回"):  # twice
        opened(scene, lines=[line])
    with pytest.raises(IntegrityError), transaction.atomic():
        ClawbackLine.objects.create(clawback=case, line=line, amount=line.amount)
    with pytest.raises(Refused, match="超过可追回"):  # together more than was paid
        opened(scene, lines=[], amount=Decimal("205000.01"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Clawback.objects.filter(pk=case.pk).update(amount=case.net_paid + FEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clawback.objects.filter(pk=case.pk).update(decided_by=case.opened_by_id)
    clawbacks.notify_clawback(case, by=scene.officer)
    with pytest.raises(IntegrityError), transaction.atomic():  # what the unit was told of stays
        Clawback.objects.filter(pk=case.pk).update(amount=FEN)
    unpaid = make_scene(paid=False)  # nothing was paid: nothing comes back
    with pytest.raises(Refused):
        opened(unpaid, lines=[], amount=FEN)
    Project.objects.filter(pk=scene.project.pk).update(state="closed")
    with pytest.raises(Refused, match="已归档"):
        opened(scene, lines=[], amount=FEN)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_m14_one_line_claimed_by_two_cases_at_once_is_claimed_once():
    for _ in range(5):
        scene = make_scene()
        line = scene.banned()
        job = lambda scene=scene, line=line: opened(scene, lines=[line]) and None  # noqa: E731
        assert race([job] * 4) == ["ok"] + ["refused"] * 3
        assert ClawbackLine.objects.filter(line=line, active=True).count() == 1


def generated(scene, seed: int, count: int = 400) -> None:
    """A ledger with all that moves a balance: both sources, reversals, banned and waiting lines, a settled case."""
    rng = random.Random(seed)
    codes = [*category_names(scene.project), ""]
    lines = [
        LedgerLine(
            project=scene.project,
            voucher_date=timezone.localdate() - timedelta(days=rng.randrange(50)),
            voucher_no=f"记-{number:05d}",
            line_no=1,
            summary=rng.choice(["场地租赁费", "专家咨询费", "业务招待", "=1+1", "往来款"]),
            account="会议费",
            payee="虚构公司",
            amount=Decimal(rng.randrange(1, 60000)) / 100,
            source=rng.choice(["grant", "grant", "matching"]),
            category=rng.choice(codes),
            verdict=rng.choice(["allowed", "allowed", "banned", "needs-review"]),
            entered_by=scene.drafter,
        )
        for number in range(count)
    ]
    LedgerLine.objects.bulk_create(lines)
    stored = list(scene.project.ledger_lines.order_by("pk"))
    for line in stored[: count // 20]:
        reverse_line(
            line, by=scene.drafter, reason="更正", voucher_no=f"冲-{line.pk}", voucher_date=timezone.localdate()
        )
    for line in stored[count // 2 : count // 2 + 5]:
        decide_line(line, verdict="banned", article_item="14(2)", reason="属于招待支出", by=scene.finance)
    claimed = [row for row in stored[count // 2 : count // 2 + 5] if row.source == "grant"]
    case = clawbacks.notify_clawback(opened(scene, lines=claimed), by=scene.officer)
    clawbacks.reply_clawback(case, text="我单位对事实无异议，愿意退回。", by=scene.unitadmin)
    case = clawbacks.decide_clawback(case, by=scene.director, note="事实清楚")
    clawbacks.record_repayment(
        clawback=case, amount=case.amount, received_on=timezone.localdate(), voucher_no="收-1", by=scene.finance
    )
    clawbacks.close_clawback(case, by=scene.officer)


def by_hand(project) -> dict:
    """Balances by plain SQL sums, apart from the module that the pages use."""
    rows = list(project.ledger_lines.values_list("amount", "source", "verdict", "pk", "reverses"))
    spent = sum((amount for amount, source, *_ in rows if source == "grant"), Decimal(0))
    matching = sum((amount for amount, source, *_ in rows if source == "matching"), Decimal(0))
    paid = project.disbursements.filter(state__in=["paid", "received"]).aggregate(n=Sum("amount"))["n"]
    return {"spent": spent, "spent_matching": matching, "paid": paid}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_m16_page_workbook_csv_and_papers_agree_with_the_rows_to_the_fen(seed):
    scene = make_scene()
    generated(scene, seed)
    project, hand, money = scene.project, by_hand(scene.project), money_summary(scene.project)
    assert {name: getattr(money, name) for name in hand} == hand
    client = sign_in(scene.finance)
    page = client.get(url(scene, "ledger")).content.decode()
    for amount in (hand["spent"], hand["spent_matching"], money.banned, money.pending, money.available):
        assert f"¥{amount:,.2f}" in page or f"-¥{-amount:,.2f}" in page
    book = load_workbook(io.BytesIO(client.get(url(scene, "ledger_export")).getvalue()))
    cells = [row[6].value for row in book.active.iter_rows(min_row=2)]
    exact = [Decimal(str(value)) for value in cells]
    assert exact[-1] == sum(exact[:-1]) == hand["spent"] + hand["spent_matching"]
    text = client.get(url(scene, "ledger_export"), {"format": "csv"}).getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert sum(Decimal(row[6]) for row in rows[1:-1]) == Decimal(rows[-1][6]) == exact[-1]
    budget = load_workbook(io.BytesIO(client.get(url(scene, "budget_export")).getvalue()))
    spent = [Decimal(str(row[2].value)) for row in budget["预算执行"].iter_rows(min_row=2)]
    assert sum(spent) == hand["spent"]
    papers = figures(project)  # what the acceptance report and the data package freeze
    assert Decimal(papers["spent"]) == sum(Decimal(row["spent"]) for row in papers["categories"]) == hand["spent"]
    assert Decimal(papers["surplus"]) == money.available
    assert [check() for _, _, check in invariants_money.CHECKS] == [[]] * len(invariants_money.CHECKS)


@pytest.mark.django_db
def test_m16_the_check_finds_a_sum_that_is_off_by_a_fen(monkeypatch):
    scene = make_scene()
    scene.book("记-1", "100.00")
    assert invariants_money.balances() == []
    monkeypatch.setattr(invariants_money, "money_summary", lambda project: type(project.money)(spent=Decimal("100.01")))
    assert any("spent: 100.01 != 100.00" in row for row in invariants_money.balances())
    assert {"balances", "clawback-balances", "budget-versions"} <= {check.name for check in invariants.CHECKS}
