"""Unified social credit codes after GB 32100-2015 with the inner check of GB 11714."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {symbol: index for index, symbol in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LENGTH = 18
# What hands and scanners take for one another: letters outside the alphabet, and pairs inside it.
_FOREIGN = str.maketrans({"O": "0", "I": "1", "S": "5", "Z": "2", "V": "U"})
_ALIKE = {
    "0": "DQ", "D": "0", "Q": "0", "1": "LT", "L": "1", "T": "1", "2": "7", "7": "2", "5": "6", "6": "5G", "G": "6",
    "8": "B3", "B": "8", "3": "8",
}  # fmt: skip


@dataclass(frozen=True)
class CreditCode:
    """A normalised code with the Chinese error (unusable) or warning (usable, but look again), if any."""

    normalised: str
    error: str | None = None
    warning: str | None = None

    @property
    def is_valid(self) -> bool:
        """Whether the code may be stored."""
        return self.error is None


def normalise_credit_code(text: str) -> str:
    """Fold full width and case, and drop blanks, dashes and invisible characters."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in folded if not _is_padding(char))


def check_credit_code(text: str) -> CreditCode:
    """Judge a typed code: a broken outer check is an error, a broken inner check (old M-series codes) a warning."""
    code = normalise_credit_code(text)
    error = _shape_error(code)
    if error is None and not _is_sound(code):
        error = "统一社会信用代码的校验位不符：请对照证照逐位核对，常见原因是数字与字母混淆或相邻两位颠倒。"
    if error is not None:
        return CreditCode(code, error=error + _hint(code))
    if code[16] != inner_check(code[8:16]):
        return CreditCode(
            code,
            warning="代码第 9 至 17 位（主体标识码）的校验位不符：少数早期代码确有此情形，请核对证照后再继续。",
        )
    return CreditCode(code)


def outer_check(first17: str) -> str:
    """Return the 18th character for the first 17; KeyError for a character outside the alphabet."""
    total = sum(_VALUE[char] * weight for char, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def inner_check(body8: str) -> str:
    """Return the check character of the 8-character organisation body (A = 10 ... Z = 35)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body8, _INNER_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def make_credit_code(prefix8: str, body: str) -> str:
    """Build a code valid in both checks from 8 characters of prefix (register, kind, region) and 8 of body."""
    if not re.fullmatch(rf"[{ALPHABET}]{{2}}[0-9]{{6}}", prefix8) or not re.fullmatch(rf"[{ALPHABET}]{{8}}", body):
        raise ValueError("prefix8 needs 2 symbols and 6 digits, body 8 symbols of the code alphabet")
    first17 = prefix8 + body + inner_check(body)
    return first17 + outer_check(first17)


def _is_padding(char: str) -> bool:
    return char in "-‐‑–—·\u2800\u3164\uffa0" or unicodedata.category(char)[0] in "ZCM"


def _is_sound(code: str) -> bool:
    """Whether the outer check holds (characters outside the alphabet never do)."""
    return len(code) == _LENGTH and set(code) <= set(ALPHABET) and code[17] == outer_check(code[:17])


def _hint(code: str) -> str:
    """The one code that a usual slip would explain, as a question; nothing when there is none or several."""
    if len(code) != _LENGTH:
        return ""
    found = {near for near in _near(code.translate(_FOREIGN)) if _is_sound(near) and _is_whole(near)} - {code}
    return f"是否为 {found.pop()}？请以证照为准。" if len(found) == 1 else ""


def _is_whole(code: str) -> bool:
    """Both checks and the region hold: only such a code is worth suggesting."""
    return code[2:8].isdigit() and code[16] == inner_check(code[8:16])


def _near(code: str) -> Iterator[str]:
    """The code itself, then with one look-alike or one pair of neighbours exchanged."""
    yield code
    if _is_sound(code):
        return
    for place, char in enumerate(code):
        for other in _ALIKE.get(char, ""):
            yield code[:place] + other + code[place + 1 :]
    for place in range(_LENGTH - 1):
        yield code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def _shape_error(code: str) -> str | None:
    if not code:
        return "请填写统一社会信用代码。"
    if len(code) != _LENGTH:
        return f"统一社会信用代码应为 18 位，现为 {len(code)} 位。请对照证照补齐或删去多余的字符。"
    strange = sorted(set(code) - set(ALPHABET))
    if strange:
        return (
            f"统一社会信用代码含有不使用的字符“{'、'.join(strange)}”：代码只用数字和除 I、O、S、V、Z 以外的大写字母，"
            "请检查是否把 0 写成 O、把 1 写成 I。"
        )
    if not code[2:8].isdigit():
        return "统一社会信用代码第 3 至 8 位是行政区划码，应全部为数字。"
    return None
