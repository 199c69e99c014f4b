"""All dates of the demo year, relative to today: pure, so that any day can be tried."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
NAME = "演示日历"  # marks rows of years that the holiday library does not know yet


@dataclass(frozen=True)
class CallDates:
    """Offsets in days from today: published, open from, closed at the end of, execution from and to."""

    published: int
    opens: int
    closes: int
    starts: int
    ends: int


CALLS = {
    "finished": CallDates(-426, -425, -390, -330, 120),
    "reviewing": CallDates(-78, -77, -48, -10, 355),
    "open": CallDates(-12, -11, 24, 60, 420),
}
# Projects of the finished call whose evaluation has begun end early; the others are still running.
EARLY_END = -84


@dataclass(frozen=True)
class Plan:
    """Dates around one day."""

    today: date

    def day(self, offset: int) -> date:
        """The day so many days from today."""
        return self.today + timedelta(days=offset)

    def moment(self, offset: int, hour: int = 10, minute: int = 0) -> datetime:
        """A moment of that day in Beijing."""
        return datetime.combine(self.day(offset), time(hour, minute), tzinfo=BEIJING)

    def year(self, call: str) -> int:
        """The year that a call belongs to: that of its publication."""
        return self.day(CALLS[call].published).year

    @property
    def years(self) -> range:
        """Years that the holiday table must know."""
        return range(self.day(-450).year, self.day(430).year + 2)


def calendar_rows(year: int, is_workday: Callable[[date], bool]) -> list[tuple[date, bool, str]]:
    """(day, works, name) of a whole year; Monday to Friday where `is_workday` does not know the year."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=step) for step in range((date(year + 1, 1, 1) - first).days)]
    try:
        return [(day, is_workday(day), "") for day in days]
    except NotImplementedError:
        return [(day, day.weekday() < 5, NAME) for day in days]


def last_workday(today: date, calendar: dict[date, bool]) -> date:
    """Today, or the last working day before it."""
    day = today
    while not calendar[day]:
        day -= timedelta(days=1)
    return day
