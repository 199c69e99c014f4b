"""How the portal counts the characters of a Chinese text (art. 10(1)6), and sees through padding."""

import re
import unicodedata

SHINGLE = 12
REPETITION_FLOOR = 200
DISTINCT_SHARE = 0.7
_HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef\U0002ebf0-\U0002ee5d\U00030000-\U000323af"
# Text copied out of PDF files holds Kangxi radicals and compatibility ideographs for the letters they look like.
_HAN_TWINS = "\u2f00-\u2fd5\uf900-\ufad9\U0002f800-\U0002fa1d"
HAN = re.compile(f"[{_HAN}{_HAN_TWINS}]")
_LATIN = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_RUN = re.compile(rf"[{_LATIN}]+(?:(?:[-'’_]|(?<=[0-9])[.,:/](?=[0-9]))[{_LATIN}]+)*")
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_BLANK_LETTERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_NARROW_CJK_MARKS = "“”‘’—…·"


def count_strict(text: str) -> int:
    """Count Chinese letters plus Latin or number runs; marks, blanks, fillers and enclosed forms count nothing."""
    visible = _visible(text)
    return len(HAN.findall(visible)) + len(_RUN.findall(visible))


def count_word_like(text: str) -> int:
    """Count as a word processor does: each wide letter or mark 1, each Latin or number run 1."""
    visible = _visible(text)
    wide = sum(1 for char in _RUN.sub(" ", visible) if _is_wide_sign(char))
    return wide + len(_RUN.findall(visible))


def is_repetitive(text: str) -> bool:
    """Whether a long text repeats itself so much that a person must read it (a paragraph pasted many times)."""
    letters = "".join(HAN.findall(text)) + "".join(re.findall(r"[A-Za-z]", text)).lower()
    if len(letters) < REPETITION_FLOOR:
        return False
    shingles = [letters[start : start + SHINGLE] for start in range(len(letters) - SHINGLE + 1)]
    return len(set(shingles)) < DISTINCT_SHARE * len(shingles)


def _visible(text: str) -> str:
    """Drop what joins or pads letters without being one: format characters, marks, selectors, blank letters."""
    kept = (
        char
        for char in text
        if char not in _BLANK_LETTERS and unicodedata.category(char) not in {"Cf", "Mn", "Me", "Co", "Cn"}
    )
    return "".join(kept).translate(_FULL_WIDTH)


def _is_wide_sign(char: str) -> bool:
    if char in _NARROW_CJK_MARKS:
        return True
    return unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char)[0] in "LPSN"
