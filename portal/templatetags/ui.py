"""Filters and tags behind templates/components: words, numbers and geometry, never HTML of their own."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html

from portal.measures.rmb import LIMIT, amount_in_words, format_money
from portal.templatetags.official import article_cn

register = template.Library()
# Pages cite the measures in the words of the official papers.
register.filter(article_cn)

BEIJING = ZoneInfo("Asia/Shanghai")
NOTHING = "—"

# A tone is colour plus shape; the word on the badge always comes from the state itself.
TONES = {
    "quiet": "draft closed archived withdrawn expired not_selected superseded cancelled void ended left declined "
    "dropped",
    "ok": "approved signed accepted accepted_after verified passed passed_after_rectification eligible paid done valid "
    "effective published allowed clear answered confirmed ready clean registered repaid resolved stored checked "
    "booked",
    "warn": "supplement rectifying rectification rectification_required objection_hold suspended needs_review "
    "needs-review returned due disputed pending held",
    "danger": "rejected failed quarantined revoked ineligible terminated banned refused upheld overdue not_fixed "
    "error faulty",
}
STATE_TONES = {state: tone for tone, states in TONES.items() for state in states.split()}
SEVERITY_TONES = {"BLOCK": "danger", "WARN": "warn", "ASK": "info"}
SEVERITY_WORDS = {"BLOCK": "须改正", "WARN": "请核对", "ASK": "待说明"}


@register.filter
def articles_cn(references: str) -> str:
    """ "10(1), 14" -> 第十条（一）、第十四条."""
    return "、".join(article_cn(reference) for reference in re.split(r"[\s,，、;；]+", references.strip()) if reference)


@register.filter
def tone(state: object) -> str:
    """Tone of a state code: quiet, info, ok, warn or danger; an unknown state counts as in progress."""
    return STATE_TONES.get(str(state).lower(), "info")


@register.filter
def severity_tone(severity: object) -> str:
    """Tone of a finding's severity (BLOCK, WARN, ASK; enum or text)."""
    return SEVERITY_TONES.get(_severity(severity), "info")


@register.filter
def severity_word(severity: object) -> str:
    """Chinese word for a finding's severity."""
    return SEVERITY_WORDS.get(_severity(severity), "提示")


def _severity(severity: object) -> str:
    return str(getattr(severity, "name", severity)).upper()


@register.filter
def money(amount: object) -> str:
    """¥1,234.50 from an amount in 元 (Decimal, int or text); a dash for nothing or nonsense."""
    value = _decimal(amount)
    return NOTHING if value is None else format_money(value)


@register.filter
def money_words(amount: object) -> str:
    """人民币叁拾万元整 from an amount in 元; empty for nothing."""
    value = _decimal(amount)
    return "" if value is None else f"人民币{amount_in_words(value)}"


@register.filter
def beijing(when: object) -> str:
    """2025年6月3日 17:00（北京时间） from an aware datetime, 2025年6月3日 from a date."""
    if isinstance(when, datetime):
        local = when.astimezone(BEIJING)
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}（北京时间）"
    return beijing_date(when)


@register.filter
def machine_time(when: object) -> str:
    """2025-06-03T17:00:00+08:00 (2025-06-03 from a date) for <time datetime>, where HTML allows no microseconds."""
    if isinstance(when, datetime):
        return when.astimezone(BEIJING).isoformat(timespec="seconds")
    return when.isoformat() if isinstance(when, date) else ""


@register.filter
def beijing_date(when: object) -> str:
    """2025年6月3日 from a date or an aware datetime."""
    if isinstance(when, datetime):
        when = when.astimezone(BEIJING).date()
    if isinstance(when, date):
        return f"{when.year}年{when.month}月{when.day}日"
    return NOTHING


@register.filter
def days_left(until: object) -> int | None:
    """Whole calendar days in Beijing from today to `until`; negative when past; None for nothing."""
    if isinstance(until, datetime):
        until = until.astimezone(BEIJING).date()
    if not isinstance(until, date):
        return None
    return (until - timezone.now().astimezone(BEIJING).date()).days


@register.filter
def time_left(until: object) -> str:
    """How much time is left, in words; a datetime is exact to the minute, a date ends with its day."""
    days = days_left(until)
    if days is None:
        return ""
    if isinstance(until, datetime) and until <= timezone.now():
        return "已截止" if days == 0 else f"已过 {-days} 天"
    if days < 0:
        return f"已过 {-days} 天"
    if days > 0:
        return f"还有 {days} 天"
    return _hours_left(until)


@register.filter
def exact_left(until: object) -> str:
    """What is left until a moment, to the minute: 还有 2 天 3 小时, 还有 3 小时 4 分钟."""
    if not isinstance(until, datetime):
        return time_left(until)
    minutes = int((until - timezone.now()).total_seconds() // 60)
    if minutes < 0:
        return "已截止"
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    return f"还有 {days} 天 {hours} 小时" if days else f"还有 {hours} 小时 {rest} 分钟"


@register.filter
def beijing_time(when: object) -> str:
    """17:00（北京时间） from an aware datetime."""
    return f"{when.astimezone(BEIJING):%H:%M}（北京时间）" if isinstance(when, datetime) else NOTHING


def _hours_left(until: object) -> str:
    if not isinstance(until, datetime):
        return "今天截止"
    minutes = int((until - timezone.now()).total_seconds() // 60)
    return f"今天截止，还有 {minutes // 60} 小时" if minutes >= 60 else f"今天截止，还有 {minutes} 分钟"


@register.filter
def deadline_tone(until: object) -> str:
    """danger when past, warn within three days, quiet otherwise."""
    days = days_left(until)
    if days is None:
        return "quiet"
    if days < 0 or (isinstance(until, datetime) and until <= timezone.now()):
        return "danger"
    return "warn" if days <= 3 else "quiet"


@register.filter
def short_hash(digest: object) -> str:
    """First twelve characters of a digest, enough to compare by eye."""
    return str(digest or "")[:12]


@register.filter
def mask_phone(number: object) -> str:
    """138****1234; a short number shows its last two characters only."""
    text = str(number or "")
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 8 else f"****{text[-2:]}" if text else NOTHING


@register.filter
def mask_account(number: object) -> str:
    """Bank account with its last four characters only."""
    text = str(number or "").replace(" ", "")
    return f"**** {text[-4:]}" if len(text) > 4 else "****" if text else NOTHING


@register.filter
def percent_of(part: object, whole: object) -> int:
    """`part` as whole percent of `whole`, rounded down; 0 when there is no whole."""
    part, whole = _number(part), _number(whole)
    return int(part * 100 / whole) if whole > 0 else 0


@register.filter
def anchor(bound_field) -> str:
    """Id of the control an error link jumps to: the first choice where the field is a group."""
    return bound_field.id_for_label or f"{bound_field.auto_id}_0"


@register.simple_tag
def kpi_geometry(floor: object, target: object, verified: object, claimed: object) -> dict[str, int]:
    """Widths and positions (0-100) of a KPI bar; the scale ends at the largest of the four."""
    values = {"floor": floor, "target": target, "verified": verified, "claimed": claimed}
    numbers = {name: max(_number(value), Decimal(0)) for name, value in values.items()}
    scale = max(numbers.values()) or Decimal(1)
    return {name: int(number * 100 / scale) for name, number in numbers.items()}


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < LIMIT else None


def _number(value: object) -> Decimal:
    number = _decimal(value)
    return Decimal(0) if number is None else number


@register.simple_block_tag
def table_region(content: str, label: str) -> str:
    """Wrap a wide table in a region that scrolls by itself and can be reached by keyboard."""
    return format_html(
        '<div class="table-region" role="region" tabindex="0" aria-label="{}" data-table-region>{}</div>',
        label,
        content,
    )
