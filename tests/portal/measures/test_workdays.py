from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.workdays import (
    MissingHolidayYear,
    beijing_date,
    closing_bound,
    date_cn,
    datetime_cn,
    is_workday,
    notice_end,
    period_cn,
    workdays_after,
)

YEARS = {2025, 2026}
DAYS = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(730)]
CALENDAR = {day: chinese_calendar.is_workday(day) for day in DAYS}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2025, 6, 3), date(2025, 6, 9)),
        (date(2025, 9, 26), date(2025, 10, 9)),
        (date(2025, 9, 29), date(2025, 10, 11)),
        (date(2025, 1, 24), date(2025, 2, 6)),
        (date(2026, 2, 12), date(2026, 2, 25)),
        (date(2026, 9, 29), date(2026, 10, 10)),
    ],
)
def test_notice_of_five_days_skips_holidays_and_uses_make_up_days(start, end):
    assert notice_end(start, 5, CALENDAR, YEARS) == end


def test_notice_starting_on_a_day_off_counts_from_the_next_workday():
    assert notice_end(date(2025, 6, 7), 1, CALENDAR, YEARS) == date(2025, 6, 9)


def test_deadline_does_not_count_its_first_day():
    assert workdays_after(date(2025, 6, 3), 5, CALENDAR, YEARS) == date(2025, 6, 10)


def test_missing_year_is_an_error_in_chinese():
    with pytest.raises(MissingHolidayYear, match="2027 年") as caught:
        notice_end(date(2026, 12, 30), 5, CALENDAR, YEARS)
    assert caught.value.year == 2027


@pytest.mark.parametrize("days", [0, -1])
def test_period_needs_at_least_one_day(days):
    with pytest.raises(ValueError, match="不少于 1"):
        notice_end(date(2025, 6, 3), days, CALENDAR, YEARS)


@given(st.sampled_from(DAYS[:600]), st.integers(1, 40))
def test_notice_holds_exactly_its_working_days(start, days):
    end = notice_end(start, days, CALENDAR, YEARS)
    span = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    assert sum(CALENDAR[day] for day in span) == days
    assert is_workday(end, CALENDAR, YEARS)


def test_closing_bound_is_exclusive_midnight_in_beijing():
    bound = closing_bound(date(2025, 3, 31))
    assert bound.isoformat() == "2025-04-01T00:00:00+08:00"
    assert datetime(2025, 3, 31, 15, 59, 59, 999999, tzinfo=UTC) < bound
    assert not datetime(2025, 3, 31, 16, tzinfo=UTC) < bound


def test_beijing_date_follows_beijing_not_utc():
    assert beijing_date(datetime(2025, 3, 31, 16, tzinfo=UTC)) == date(2025, 4, 1)
    with pytest.raises(ValueError, match="time zone"):
        beijing_date(datetime(2025, 3, 31, 16))  # noqa: DTZ001, the point of the test


def test_dates_are_written_as_official_papers_do():
    assert date_cn(date(2025, 6, 3)) == "2025年6月3日"
    assert date_cn(datetime(2025, 6, 2, 16, 30, tzinfo=UTC)) == "2025年6月3日"
    assert datetime_cn(datetime(2025, 6, 3, 9, tzinfo=UTC)) == "2025年6月3日 17:00（北京时间）"
    assert period_cn(date(2025, 6, 3), date(2025, 6, 9)) == "2025年6月3日至6月9日"
    assert period_cn(date(2025, 12, 30), date(2026, 1, 6)) == "2025年12月30日至2026年1月6日"
