"""Filters of official documents: money, dates, article numbers, QR codes. Strings of a snapshot in, text out."""

import math
import re
from datetime import date
from decimal import Decimal, InvalidOperation

import segno
from django import template

from portal import papers
from portal.measures.process import execution_rate
from portal.measures.rmb import amount_in_words, format_money, to_wan
from portal.measures.workdays import date_cn as format_date
from portal.sealed import unseal

register = template.Library()
NOT_FILLED = "—"
VERDICTS = {"allowed": "准予列支", "banned": "禁列", "needs_review": "待核"}
ARTICLE = re.compile(r"(\d+)((?:\(\d+\))*)(\d*)")
CHINESE_DIGITS = "〇一二三四五六七八九"
TITLE_LINE = 20  # signs of size 2 across the type area of an official document
# What a title keeps on one line: words of the field, years, brackets, Latin; 的 and closing signs stay with their word.
TITLE_PART = re.compile(
    r"(?:\d{4}年|第[一二三四五六七八九十]+批|（[^（）]{1,8}）|《[^《》]{1,16}》|[!-~]+|科学技术协会|创新服务中心|科创协同|区域行动"
    r"|联合体|申报书|告知书|形式审查|不通过|拟支持|需补正|限期|项目|公示|通知|决定|意见|申报|材料|资金|资格|评审|评价|验收|结果"
    r"|整改|撤销|追回|责令|关于|支持|任务|合同|.)[的、，）》”]*"
)


@register.filter
def money(value: str) -> str:
    """ "300000.00" -> ¥300,000.00; a dash when empty."""
    return NOT_FILLED if value in ("", None) else format_money(Decimal(value))


@register.filter
def unsealed(value: str) -> str:
    """An account number that a snapshot keeps sealed."""
    return unseal(value or "")


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
def title_lines(title: str, longest: int = TITLE_LINE) -> list[str]:
    """Lines of a title, at most `longest` signs, of about equal length, words kept whole (GB/T 9704)."""
    parts = TITLE_PART.findall(title)
    count = math.ceil(sum(map(_width, parts)) / longest)
    limit = math.ceil(sum(map(_width, parts)) / count) if count else 0
    while len(lines := _filled(parts, limit)) > count and limit < longest:
        limit += 1
    return lines


def _filled(parts: list[str], limit: int) -> list[str]:
    lines = [""]
    for part in parts:
        if lines[-1] and _width(lines[-1] + part) > limit:
            lines.append("")
        lines[-1] += part
    return lines


def _width(text: str) -> float:
    return sum(0.6 if sign.isascii() else 1 for sign in text)


@register.filter
def paper_lines(lines: list[str]) -> list[dict]:
    """Lines of typed text with their level: 1 for 一、…, 2 for （一）…, 0 for a paragraph."""
    return [{"text": line, "level": papers.heading_level(line)} for line in lines]


@register.filter
def numbered_sections(lines: list[str]) -> int:
    """How many first-level numbers typed text has."""
    return papers.numbered_sections(lines)


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
def percent_of(value: str, whole: str) -> str:
    """Spent out of budgeted in percent, cut to two decimals; a dash without a budget."""
    return or_dash(execution_rate(Decimal(value), Decimal(whole)))


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
