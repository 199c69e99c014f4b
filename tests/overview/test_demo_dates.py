"""The dates of the demo year hold on any day, also where the holiday library ends."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from portal.measures.workdays import notice_end
from portal.overview.demo import dates
from portal.overview.demo.dates import CALLS, NAME, Plan, calendar_rows, last_workday

DAYS = [date(2026, 1, 1), date(2028, 2, 29), date(2026, 10, 4), date(2031, 12, 31), date(2027, 2, 28)]


def _unknown(day):
    raise NotImplementedError(day)


@pytest.mark.parametrize("today", DAYS)
def test_plan_follows_the_day_on_which_it_is_made(today):
    with time_machine.travel(f"{today.isoformat()}T03:00:00+00:00", tick=False):
        plan = Plan(timezone.localdate())
    assert plan.today == today
    assert plan.moment(-30, 9).date() == plan.day(-30)
    for name, call in CALLS.items():
        assert call.published < call.opens < call.closes < call.starts + 400 < call.ends + 400
        assert plan.year(name) <= plan.day(call.ends).year <= plan.year(name) + 2
    assert {plan.day(-445).year, plan.day(430).year} <= set(plan.years)


@pytest.mark.parametrize("today", DAYS)
def test_running_notice_holds_today(today):
    plan = Plan(today)
    calendar = {day: works for year in plan.years for day, works, _ in calendar_rows(year, _unknown)}
    start = last_workday(today, calendar)
    assert start <= today <= notice_end(start, 5, calendar, set(plan.years))


def test_unknown_years_are_monday_to_friday_and_say_so():
    rows = calendar_rows(2040, _unknown)
    assert len(rows) == 366
    assert {name for _, _, name in rows} == {NAME}
    assert all(works == (day.weekday() < 5) for day, works, _ in rows)


def test_known_years_come_from_the_library():
    rows = calendar_rows(2025, lambda day: day != date(2025, 10, 1))
    assert [day for day, works, _ in rows if not works] == [date(2025, 10, 1)]
    assert {name for _, _, name in rows} == {""}


def test_early_projects_end_before_their_evaluation():
    assert CALLS["finished"].starts < dates.EARLY_END < 0
