"""Working days from the editable holiday table (articles leave the period open; domain: five working days)."""

from datetime import date

from portal.measures import workdays
from portal.models import CalendarDay


def notice_end(start: date, days: int) -> date:
    """The last day of a period of `days` working days that begins on `start` (counted if it is a working day).

    Raises portal.measures.workdays.MissingHolidayYear when the table lacks a year: never a guess.
    """
    rows = CalendarDay.objects.filter(day__gte=start, day__lt=date(start.year + 2, 1, 1))
    calendar = dict(rows.values_list("day", "is_working"))
    return workdays.notice_end(start, days, calendar, {day.year for day in calendar})
