"""Filters of official documents: money, dates, article numbers, QR codes. Strings of a snapshot in, text out."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

import segno
from django import template

from portal.measures.rmb import amount_in_words, format_money, to_wan
from portal.measures.workdays import date_cn as format_date

register = template.Library()
NOT_FILLED = "—"
VERDICTS = {"allowed": "准予列支", "banned": "禁列", "needs_review": "待核"}
ARTICLE = re.compile(r"(\d+)((?:\(\d+\))*)(\d*)")
CHINESE_DIGITS = "〇一二三四五六七八九"


@register.filter
def money(value: str) -> str:
    """ "300000.00" -> ¥300,000.00; a dash when empty."""
    return NOT_FILLED if value in ("", None) else format_money(Decimal(value))


@register.filter
def rmb_words(value: str) -> str:
    """ "300000.00" -> 人民币叁拾万元整."""
    return f"人民币{amount_in_words(Decimal(value))}"


@register.filter
def wan(value: str) -> str:
    """ "300000.00" (元) -> 30.00 (万元)."""
    return f"{to_wan(Decimal(value)):,.2f}"


@register.filter
def date_cn(value: str) -> str:
    """ "2026-03-09" -> 2026年3月9日; "2026-03" -> 2026年3月; other text passes; a dash when empty."""
    if not value:
        return NOT_FILLED
    try:
        return format_date(date.fromisoformat(value))
    except ValueError:
        year, _, month = value.partition("-")
        return f"{year}年{int(month)}月" if year.isdecimal() and month.isdecimal() else value


@register.filter
def article_cn(value: str) -> str:
    """ "5(1)1" -> 第五条（一）1; "17(5)(7)" -> 第十七条（五）（七）; other text passes."""
    match = ARTICLE.fullmatch(str(value))
    if not match:
        return value
    number, items, point = match.groups()
    named = "".join(f"（{_numeral(int(item))}）" for item in items[1:-1].split(")(")) if items else ""
    return f"第{_numeral(int(number))}条{named}{point}"


@register.filter
def numeral(value: int) -> str:
    """3 -> 三, for headings such as 三、; 1 to 99."""
    return _numeral(int(value))


@register.filter
def total(rows: list[dict], key: str) -> str:
    """Exact sum of one money column of table rows, as a plain decimal string in 元."""
    return str(sum((Decimal(row[key]) for row in rows if row[key]), Decimal("0.00")))


@register.filter
def met_count(rows: list[dict]) -> int:
    """How many KPI rows are met."""
    return sum(1 for row in rows if row["met"])


@register.filter
def difference(value: str, other: str) -> str:
    """Exact difference of two amounts in 元, as a plain decimal string."""
    return str(Decimal(value) - Decimal(other))


@register.filter
def bar(value: str, maximum: str) -> int:
    """Length of a bar from 0 to 100 for value out of maximum; 0 when either is no number."""
    try:
        share = Decimal(value) / Decimal(maximum)
    except (InvalidOperation, ZeroDivisionError):
        return 0
    return int(min(max(share, Decimal(0)), Decimal(1)) * 100)


@register.filter
def verdict_cn(value: str) -> str:
    """Word of a ban-check verdict."""
    return VERDICTS.get(value, value)


@register.filter
def or_dash(value) -> str:
    """The value, or a dash: an official form leaves no cell blank."""
    return NOT_FILLED if value in ("", None) else str(value)


@register.filter
def qr(value: str) -> str:
    """PNG data address of the QR code of a verification address."""
    return segno.make(value, error="m", micro=False).png_data_uri(scale=4, border=2)


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    lead = "" if not tens else ("十" if tens == 1 else CHINESE_DIGITS[tens] + "十")
    return lead + (CHINESE_DIGITS[ones] if ones or not tens else "")
