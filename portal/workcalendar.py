"""Working days from the editable holiday table (articles leave the period open; domain: five working days)."""

from datetime import date, timedelta

import chinese_calendar

from portal import access, events, workflow
from portal.errors import Invalid, NotAllowed
from portal.measures import workdays
from portal.models import CalendarDay

_NAMES = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


def notice_end(start: date, days: int) -> date:
    """The last day of a period of `days` working days that begins on `start` (counted if it is a working day).

    Raises portal.measures.workdays.MissingHolidayYear when the table lacks a year: never a guess.
    """
    rows = CalendarDay.objects.filter(day__gte=start, day__lt=date(start.year + 2, 1, 1))
    calendar = dict(rows.values_list("day", "is_working"))
    return workdays.notice_end(start, days, calendar, {day.year for day in calendar})


@workflow.action
def load_year(year: int, *, by=None) -> int:
    """Fill the table with the official arrangement of a year; returns how many days were written.

    Days that an officer has entered stay as they are. Raises Invalid for a year that the package does not know yet.
    """
    known = set(CalendarDay.objects.filter(day__year=year).values_list("day", flat=True))
    fresh = [row for row in _official(year) if row.day not in known]
    CalendarDay.objects.bulk_create(fresh)
    events.record("calendar.load", f"载入 {year} 年工作日历", None, by=by, after={"days": len(fresh)})
    return len(fresh)


def _official(year: int) -> list[CalendarDay]:
    """All days of a year as the State Council arranged them."""
    try:
        first = date(year, 1, 1)
        days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
        details = [(day, chinese_calendar.get_holiday_detail(day)) for day in days]
    except (NotImplementedError, ValueError, OverflowError) as error:
        raise Invalid(
            f"{year} 年的节假日安排还没有公布或尚未收录。请在国务院办公厅公布后升级平台，或在工作日历中逐日录入。"
        ) from error
    return [CalendarDay(day=day, is_working=not off, name=_NAMES.get(name, "")) for day, (off, name) in details]


@workflow.action
def set_day(day: date, *, is_working: bool, name: str, by) -> CalendarDay:
    """Enter or correct one day by hand."""
    if not access.allowed(by, "portal.change_calendarday"):
        raise NotAllowed("工作日历由中心经办维护。")
    row, _ = CalendarDay.objects.update_or_create(day=day, defaults={"is_working": is_working, "name": name})
    events.record("calendar.set", "修改工作日历", row, by=by, after={"is_working": is_working, "name": name})
    return row
