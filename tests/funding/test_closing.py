"""Closing of months (15): rule, act, database and pages."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from funding.actions.closing import close_months, reopen_month
from funding.actions.ledger import reverse_line
from funding.models import LedgerImport, LedgerLine, MonthClosing
from funding.queries.closing import months_of
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Event, Notification
from portal.overview import invariants
from tests.funding.money_tools import make_scene
from tests.funding.test_import import csv, row
from tests.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(start=first_day(3))


def first_day(months_ago: int = 0) -> date:
    day = timezone.localdate().replace(day=1)
    for _ in range(months_ago):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


def close(scene, months_ago: int = 1):
    return close_months(project=scene.project, until=first_day(months_ago), by=scene.drafter)


def address(scene, name, *args) -> str:
    return reverse(name, args=[scene.project.public_id, *args])


def test_months_run_from_the_begin_of_the_contract_to_today(scene):
    scene.book("记-1", "12.34", voucher_date=first_day(2))
    months = months_of(scene.project)
    assert [month.first_day for month in months] == [first_day(n) for n in (3, 2, 1, 0)]
    assert [(month.line_count, str(month.grant)) for month in months][1] == (1, "12.34")


def test_closing_takes_all_earlier_open_months_with_their_sums(scene):
    scene.book("记-1", "12.34", voucher_date=first_day(2))
    closed = close(scene)
    assert [str(month) for month in closed] == [f"{day.year}年{day.month}月" for day in map(first_day, (3, 2, 1))]
    assert [(row.line_count, str(row.grant_total)) for row in closed] == [(0, "0.00"), (1, "12.34"), (0, "0.00")]
    assert Event.objects.filter(verb="ledger.close_month").count() == 3
    with pytest.raises(Refused, match="已结账"):
        close(scene)


def test_month_that_is_not_over_is_not_closed(scene):
    with pytest.raises(Refused, match="还没有结束"):
        close(scene, 0)
    with pytest.raises(Invalid, match="从列表中选择"):
        close_months(project=scene.project, until=first_day(0) + timedelta(days=4), by=scene.drafter)
    assert not MonthClosing.objects.exists()


def test_month_with_an_unproven_red_entry_waits_for_finance(scene):
    day = first_day(2).isoformat()
    scene.import_file(csv(row("记-1", "冲销误记", "-500", 日期=day)))
    with pytest.raises(Refused, match="1 条找不到原凭证的红字分录"):
        close(scene)
    close(scene, 3)


def test_nothing_is_booked_reversed_or_imported_into_a_closed_month(scene):
    line = scene.book("记-1", "12.34", voucher_date=first_day(1))
    close(scene)
    with pytest.raises(Refused, match="已结账，不能再入账"):
        scene.book("记-2", voucher_date=first_day(1) + timedelta(days=9))
    with pytest.raises(Refused, match="已结账，不能再入账"):
        reverse_line(line, by=scene.drafter, reason="误记", voucher_no="冲-1", voucher_date=first_day(1))
    with pytest.raises(Refused, match="已结账，不能再入账"):
        scene.import_file(csv(row("记-3", 日期=first_day(2).isoformat())))
    assert LedgerLine.objects.count() == 1


def test_reversal_of_a_line_of_a_closed_month_is_dated_in_an_open_one(scene):
    line = scene.book("记-1", "12.34", voucher_date=first_day(1))
    close(scene)
    entry = reverse_line(line, by=scene.drafter, reason="误记", voucher_no="冲-1", voucher_date=timezone.localdate())
    assert entry.reverses == line


def test_file_judged_before_the_month_was_closed_is_not_booked_after(scene):
    job = scene.bring(csv(row("记-3", 日期=first_day(2).isoformat())))
    close(scene)
    assert scene.settle(job).state == "faulty"
    assert not LedgerLine.objects.exists()


def test_database_bars_rows_of_a_closed_month(scene):
    line = scene.book("记-1", "12.34", voucher_date=first_day(1))
    close(scene)
    line.pk, line.voucher_no = None, "记-9"
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()
    line.voucher_date = timezone.localdate()
    line.save()


def test_database_freezes_closings_but_for_opening_them_once(scene):
    (closing, *_) = close(scene)
    rows = MonthClosing.objects.filter(pk=closing.pk)
    for change in ({"line_count": 9}, {"last_day": date(2030, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows._raw_delete(rows.db)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(reopened_at=timezone.now(), reopened_by=scene.finance)  # no reason
    reopen_month(closing, by=scene.finance, reason="补记漏列凭证")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(reopened_at=None, reopened_by=None, reopen_reason="")


def test_finance_opens_a_month_and_all_later_ones_with_a_reason(scene):
    closed = close(scene)
    with pytest.raises(NotAllowed):
        reopen_month(closed[1], by=scene.drafter, reason="补记漏列凭证")
    with pytest.raises(NotAllowed):
        reopen_month(closed[1], by=scene.officer, reason="补记漏列凭证")
    with pytest.raises(Invalid, match="理由"):
        reopen_month(closed[1], by=scene.finance, reason=" ? ")
    opened = reopen_month(closed[1], by=scene.finance, reason="补记漏列凭证")
    assert [row.pk for row in opened] == [closed[2].pk, closed[1].pk]
    assert [month.closing is not None for month in months_of(scene.project)] == [True, False, False, False]
    scene.book("记-2", voucher_date=first_day(2))
    with pytest.raises(Conflict, match="已重新打开"):
        reopen_month(closed[1], by=scene.finance, reason="补记漏列凭证")
    assert Event.objects.filter(verb="ledger.reopen_month", note="补记漏列凭证").count() == 2
    assert Notification.objects.filter(user=scene.drafter, title__contains="已重新打开").exists()
    assert len(close(scene)) == 2


def test_only_who_keeps_the_ledger_closes(scene):
    for person in (scene.finance, scene.officer, make_scene().drafter):
        with pytest.raises(NotAllowed):
            close_months(project=scene.project, until=first_day(1), by=person)


def test_unit_closes_and_finance_opens_on_their_pages(scene, client):
    line = scene.book("记-1", "12.34", voucher_date=first_day(2))
    client.force_login(scene.drafter)
    assert "还没有结束，次月起才能结账" in client.get(address(scene, "ledger_close")).content.decode()
    done = client.post(address(scene, "ledger_close"), {"until": first_day(1).isoformat()}, follow=True)
    assert "共 3 个月" in done.content.decode()
    closing = MonthClosing.objects.get(first_day=first_day(2))
    assert f"已结账至{MonthClosing.objects.first()}" in client.get(address(scene, "ledger")).content.decode()
    assert "已结账" in client.get(address(scene, "ledger_line", line.pk)).content.decode()
    assert "须在未结账的月份" in client.get(address(scene, "ledger_reverse", line.pk)).content.decode()
    assert client.get(address(scene, "ledger_reopen", closing.pk)).status_code == 403
    client.force_login(scene.finance)
    assert "重新打开" in client.get(address(scene, "ledger_months")).content.decode()
    assert client.get(address(scene, "ledger_close")).status_code == 403
    page = address(scene, "ledger_reopen", closing.pk)
    assert client.post(page, {"reason": "短"}).status_code == 400
    assert "补记漏列凭证" in client.post(page, {"reason": "补记漏列凭证"}, follow=True).content.decode()


@pytest.mark.parametrize("lines", [1, 3])
def test_page_of_months_needs_constant_queries(scene, client, django_assert_num_queries, lines):
    for number in range(lines):
        scene.book(f"记-{number}", voucher_date=first_day(number))
    client.force_login(scene.finance)
    client.get(address(scene, "ledger_months"))
    with django_assert_num_queries(8):
        client.get(address(scene, "ledger_months"))


def test_nightly_check_finds_months_and_imports_that_do_not_sum_up(scene):
    checks = {check.name: check.breaches for check in invariants.CHECKS}
    scene.import_file(csv(row("记-1", amount="12.34", 日期=first_day(2).isoformat())))
    close(scene)
    assert (checks["closed-months"](), checks["imports-whole"]()) == ([], [])
    other = make_scene(start=first_day(3))
    facts = {"closed_by": other.drafter, "grant_total": 1, "matching_total": 0, "line_count": 0}
    last = first_day(1) - timedelta(days=1)
    MonthClosing.objects.create(project=other.project, first_day=first_day(2), last_day=last, **facts)
    LedgerImport.objects.create(
        project=other.project,
        file=LedgerImport.objects.get().file,
        sha256="0" * 64,
        row_count=3,
        imported_by=other.drafter,
    )
    assert (len(checks["closed-months"]()), len(checks["imports-whole"]())) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_month_that_is_closed_while_somebody_books_into_it_holds_the_line_or_bars_it():
    for number in range(20):
        scene = make_scene(start=first_day(3))
        day = first_day(1)
        book = lambda scene=scene, day=day: scene.book("记-1", "12.34", voucher_date=day) and None  # noqa: E731
        said = race([book, lambda scene=scene: close(scene) and None])
        month = MonthClosing.objects.get(project=scene.project, first_day=day)
        booked = scene.project.ledger_lines.count()
        assert (month.line_count, said.count("refused")) == (booked, 1 - booked), number
