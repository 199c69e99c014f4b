"""Brings hostile or careless text to one plain form before words are looked for (M5, M6)."""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

# Characters that look like, or are used instead of, a character of the lexicon and that Unicode does not fold.
_CONFUSABLES = dict(
    zip(
        "岀囯欵罸囬囘褔讌醼飡湌飱歺氿菸喫奬奨賍帋臈荼掲賛⻄⻋⻝⻢⻅⻆⻘⻔⺠⻓⻛⻦⻥⻩⻰⻚⻜⻤⻨⻮⺟⻣⻁⻬⻉⻙",
        "出国款罚回回福宴宴餐餐餐餐酒烟吃奖奖赃纸腊茶揭赞西车食马见角青门民长风鸟鱼黄龙页飞鬼麦齿母骨虎齐贝韦",
        strict=True,
    )
)
_DASHES = dict.fromkeys("‐‑‒–—―−⸺⸻－﹘﹣", "-")
_QUOTES = {"「": "“", "」": "”", "『": "“", "』": "”", "【": "(", "】": ")", "〔": "(", "〕": ")", "[": "(", "]": ")"}
_KEPT_PUNCTUATION = frozenset("()《》“”,;:!?%-、。")
_QUOTE_PAIR = re.compile(r'"([^"]*)"')
_ISOLATED = re.compile(r"(?:^|[^\w])[一-鿿](?=[^\w])(?=.*\w)")
_NOT_WORD = re.compile(r"[\W_]+")


def _fold_table() -> dict[int, str]:
    """Traditional to simplified by single characters, closed so that folding twice changes nothing."""
    # zhconv's own loader leaves its file open: read the table it ships.
    tables = json.loads(files("zhconv").joinpath("zhcdict.json").read_text(encoding="utf-8"))
    words = {**tables["zh2Hans"], **tables["zh2CN"]}
    single = {key: value for key, value in words.items() if len(key) == 1 == len(value) and key != value}
    single.update(_CONFUSABLES)
    single.update(_DASHES)
    single.update(_QUOTES)
    table: dict[int, str] = {}
    for char in single:
        seen, target = {char}, single[char]
        while target in single and target not in seen:
            seen.add(target)
            target = single[target]
        table[ord(char)] = min(seen | {target}) if target in seen else target
    return table


_FOLD = _fold_table()


def _is_kept(char: str) -> bool:
    """Letters, digits and the punctuation that gives a sentence structure; never marks or invisible characters."""
    if char in _KEPT_PUNCTUATION:
        return True
    category = unicodedata.category(char)
    # Hangul fillers are letters to Unicode, but show nothing.
    return (category[0] == "L" and char not in "ᅟᅠㅤﾠ") or category[0] == "N"


class _Sieve(dict[int, int | None]):
    """A translation table that folds, and drops what is not kept; the answers for the basic plane are remembered."""

    def __missing__(self, code: int) -> int | None:
        folded = _FOLD.get(code, chr(code))
        answer = ord(folded) if _is_kept(folded) else None
        if code < 0x10000:
            self[code] = answer
        return answer


_SIEVE = _Sieve()


def _fold_once(text: str) -> str:
    # Taken apart, not composed: an accent set on a Latin letter is a mark like any other and falls through the sieve.
    folded = unicodedata.normalize("NFKD", text).lower()
    if '"' in folded:
        folded = _QUOTE_PAIR.sub("“\\1”", folded)
    return folded.translate(_SIEVE)


# Most cells hold only characters that fold to themselves.
_PLAIN = [*range(0x30, 0x3A), *range(0x61, 0x7B), *range(0x4E00, 0xA000), *map(ord, sorted(_KEPT_PUNCTUATION))]
_UNSTABLE = re.compile(f"[^{re.escape(''.join(char for char in map(chr, _PLAIN) if _fold_once(char) == char))}]")


@lru_cache(maxsize=16384)
def normalise(text: str) -> str:
    """Return the searchable form of a cell: folded width, script and look-alikes, nothing invisible, no spaces."""
    if not _UNSTABLE.search(text):
        return text
    current = _fold_once(text)
    for _ in range(4):
        if not _UNSTABLE.search(current):
            break
        following = _fold_once(current)
        if following == current:
            break
        current = following
    return current


def bare(text: str) -> str:
    """Return a normalised text without any punctuation, when a word may have been cut up by it; else an empty text."""
    return _NOT_WORD.sub("", text) if _ISOLATED.search(text) else ""
