"""Money in words and figures: Decimal 元 in, Chinese text out, rounded half up to the fen."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
WAN = Decimal(10000)
LIMIT = Decimal(10) ** 16
_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def round_fen(amount: Decimal | int) -> Decimal:
    """Round 元 half up to two decimals; TypeError for floats, ValueError for NaN, infinity or >= 10^16."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise TypeError("amounts are Decimal, in 元")
    value = Decimal(amount)
    if not value.is_finite() or abs(value) >= LIMIT:
        raise ValueError("金额须为小于一亿亿元的有限数。")
    rounded = value.quantize(FEN, rounding=ROUND_HALF_UP)
    if abs(rounded) >= LIMIT:
        raise ValueError("金额须为小于一亿亿元的有限数。")
    return rounded or Decimal("0.00")


def is_positive_money(amount: Decimal) -> bool:
    """Whether an amount is positive, finite, representable and in whole fen."""
    return amount.is_finite() and 0 < amount < LIMIT and amount == round_fen(amount)


def amount_in_words(amount: Decimal | int) -> str:
    """Write 元 in formal capitals without the 人民币 prefix: 1409.50 -> 壹仟肆佰零玖元伍角."""
    value = round_fen(amount)
    fen = int(abs(value) * 100)
    sign = "负" if value < 0 else ""
    yuan, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    words = f"{_integer_words(yuan)}元" if yuan or not cents else ""
    if not cents:
        return f"{sign}{words}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return sign + words + (f"{_DIGITS[rest]}分" if rest else "")


def format_money(amount: Decimal | int) -> str:
    """Write 元 with sign and thousands separators: ¥1,234.50 (U+00A5, since some fonts draw U+FFE5 as a dollar)."""
    value = round_fen(amount)
    return f"{'-' if value < 0 else ''}¥{abs(value):,.2f}"


def format_formal(amount: Decimal | int) -> str:
    """Write figures and words together, as formal pages need: ¥300,000.00（人民币叁拾万元整）."""
    return f"{format_money(amount)}（人民币{amount_in_words(amount)}）"


def to_wan(amount: Decimal | int) -> Decimal:
    """Convert 元 to 万元 with two decimals, rounded half up."""
    return (round_fen(amount) / WAN).quantize(FEN, rounding=ROUND_HALF_UP)


def from_wan(amount: Decimal | int) -> Decimal:
    """Convert 万元 to 元, exact to the fen."""
    return round_fen(Decimal(amount) * WAN)


def _integer_words(number: int) -> str:
    if not number:
        return "零"
    return _joined(number, 10**8, "亿", _below_yi)


def _below_yi(number: int) -> str:
    return _joined(number, 10**4, "万", _below_wan)


def _joined(number: int, base: int, unit: str, words: Callable[[int], str]) -> str:
    high, low = divmod(number, base)
    text = f"{words(high)}{unit}" if high else ""
    if not low:
        return text
    # A missing leading digit in the lower group is read as one zero.
    gap = "零" if high and low < base // 10 else ""
    return text + gap + words(low)


def _below_wan(number: int) -> str:
    text = ""
    pending_zero = False
    for base, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit, number = divmod(number, base)
        if digit:
            text += ("零" if pending_zero else "") + _DIGITS[digit] + unit
            pending_zero = False
        elif text:
            pending_zero = True
    return text
