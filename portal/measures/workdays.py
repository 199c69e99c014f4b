"""Working days of a public notice (art. 8(3)), Beijing time, and dates as official papers write them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5


class MissingHolidayYear(ValueError):  # noqa: N818, named for what is missing; callers catch it by this name
    """The holiday table does not cover a year that the count runs through."""

    def __init__(self, year: int) -> None:
        """Keep the year and say in Chinese what must be done."""
        self.year = year
        super().__init__(
            f"节假日表缺少 {year} 年的安排，不能推算工作日。请先在后台“节假日”中录入该年的放假与调休日期。"
        )


def is_workday(day: date, calendar: Mapping[date, bool], years: Collection[int]) -> bool:
    """Whether a day is worked: the table's word (True worked, False off) or else the weekday; MissingHolidayYear."""
    if day.year not in years:
        raise MissingHolidayYear(day.year)
    return calendar.get(day, day.weekday() < _SATURDAY)


def notice_end(start: date, days: int, calendar: Mapping[date, bool], years: Collection[int]) -> date:
    """Return the last day of a period of `days` working days; the first day counts if it is worked."""
    return workdays_after(start - timedelta(days=1), days, calendar, years)


def workdays_after(start: date, days: int, calendar: Mapping[date, bool], years: Collection[int]) -> date:
    """Return the `days`-th working day after a date that is not counted itself (deadlines for a reply)."""
    if days < 1:
        raise ValueError("工作日数须不少于 1。")
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_workday(day, calendar, years)
    return day


def beijing_date(moment: datetime) -> date:
    """Return the calendar day in Beijing of an aware moment; ValueError if it carries no time zone."""
    return _in_beijing(moment).date()


def closing_bound(last_day: date) -> datetime:
    """Return the exclusive bound of a window that includes the whole of its last day, Beijing time."""
    return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=BEIJING)


def date_cn(day: date) -> str:
    """Write a date as official papers do: 2025年6月3日."""
    if isinstance(day, datetime):
        day = beijing_date(day)
    return f"{day.year}年{day.month}月{day.day}日"


def datetime_cn(moment: datetime) -> str:
    """Write an aware moment with its zone: 2025年6月3日 17:00（北京时间）."""
    local = _in_beijing(moment)
    return f"{date_cn(local.date())} {local:%H:%M}（北京时间）"


def period_cn(start: date, end: date) -> str:
    """Write a period, leaving out the year of its end when it is the same."""
    if start.year == end.year:
        return f"{date_cn(start)}至{end.month}月{end.day}日"
    return f"{date_cn(start)}至{date_cn(end)}"


def _in_beijing(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(BEIJING)
