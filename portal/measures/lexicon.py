"""The lexicon of the ban check: data of one edition, compiled once (art. 13, 14, 17)."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from portal.measures.normalise import normalise
from portal.measures.phrases import PhraseError, PhraseSet, compile_phrases, grams
from portal.measures.spending_patterns import Limits

EDITIONS = Path(__file__).parent / "editions"
# How many characters of a cell are searched.
MOST = 1000
Where = Literal["摘要", "科目", "收款方", "金额"]
FIELDS: Mapping[str, Where] = {"summary": "摘要", "account": "科目", "payee": "收款方"}
_ENTRY_KEYS = {"id", "item", "strength", "fields", "phrases", "reason"} | {
    "guards",
    "soften",
    "firm",
    "unless",
    "topical",
    "refund",
    "yields",
    "note",
}


class LexiconError(ValueError):
    """A lexicon that cannot be used; the message is a Chinese sentence for the editor."""


@dataclass(frozen=True, slots=True)
class Item:
    """One clause: its paraphrase, the way to mend a line that offends it, and the paper that would settle a doubt."""

    title: str
    fix: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept: what is looked for, where, how strong it is, and what takes its force away."""

    id: str
    item: str
    strong: bool
    reason: str
    phrases: PhraseSet
    guards: PhraseSet | None
    soften: PhraseSet | None
    firm: PhraseSet | None
    unless: PhraseSet | None
    topical: str
    refund: str
    yields: bool
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Compiled entries by field, and the purposes of art. 13; ``version`` is stored with every verdict."""

    edition: int
    version: str
    items: Mapping[str, Item]
    by_field: Mapping[str, tuple[Entry, ...]]
    purposes: Mapping[str, PhraseSet]
    index: Mapping[str, int]
    known: frozenset[str]
    limits: Limits

    @classmethod
    def from_entries(cls, data: Mapping[str, Any]) -> "Lexicon":
        """Build from parsed data (TOML or the database); raises LexiconError with a Chinese sentence."""
        try:
            classes = data["classes"]
            items = {key: Item(**value) for key, value in data["items"].items()}
            by_field: dict[str, list[Entry]] = {field: [] for field in FIELDS}
            for rank, raw in enumerate(data["entry"]):
                entry = _entry(raw, rank, items, classes)
                for field in raw.get("fields", ["summary"]):
                    by_field[field].append(entry)
            purposes = {
                raw["id"]: _required(compile_phrases(raw["phrases"], classes), raw["id"]) for raw in data["purpose"]
            }
            frozen = {field: tuple(entries) for field, entries in by_field.items()}
            index = _index([*(entry.phrases for entry in frozen["summary"]), *purposes.values()])
            limits = _limits(data.get("limits", {}))
            edition, version = int(data["edition"]), str(data["version"])
            return cls(edition, version, items, frozen, purposes, index, frozenset(index), limits)
        except PhraseError as error:
            raise LexiconError(str(error)) from error
        except (KeyError, TypeError, AttributeError, re.error) as error:
            raise LexiconError(f"词库内容不完整或格式不对：{error}。") from error

    def reach(self, letters: frozenset[str]) -> int:
        """What a text with these grams can match, as bits: the entries for summaries, then the purposes."""
        mask, index = 0, self.index
        for gram in self.known & letters:
            mask |= index[gram]
        return mask

    def candidates(self, mask: int) -> list[Entry]:
        """The entries for summaries within reach, in the order of the file."""
        entries, found = self.by_field["summary"], []
        mask &= (1 << len(entries)) - 1
        while mask:
            lowest = mask & -mask
            found.append(entries[lowest.bit_length() - 1])
            mask ^= lowest
        return found

    def purposes_in(self, text: str, mask: int) -> dict[str, re.Match[str]]:
        """The purposes that a text names, by their first match; ``mask`` is its reach."""
        found, mask = {}, mask >> len(self.by_field["summary"])
        for name, phrases in self.purposes.items():
            if mask & 1 and (match := phrases.pattern.search(text)):
                found[name] = match
            mask >>= 1
        return found


def _limits(data: Mapping[str, Any]) -> Limits:
    try:
        return Limits.of(data)
    except ValueError as error:
        raise LexiconError(str(error)) from error


def _index(sets: Sequence[PhraseSet]) -> dict[str, int]:
    """For every anchor the sets of phrases that may need it, as bits."""
    index: dict[str, int] = {}
    for place, phrases in enumerate(sets):
        for anchor in phrases.anchors:
            index[anchor] = index.get(anchor, 0) | 1 << place
    return index


def _required(phrases: PhraseSet | None, name: str) -> PhraseSet:
    if phrases is None:
        raise LexiconError(f"词条“{name}”没有词语。")
    return phrases


def _entry(raw: Mapping[str, Any], rank: int, items: Mapping[str, Item], classes: Mapping[str, Sequence[str]]) -> Entry:
    unknown = set(raw) - _ENTRY_KEYS
    if unknown or raw["strength"] not in {"strong", "weak"} or raw["item"] not in items:
        raise LexiconError(f"词条“{raw['id']}”的字段、强度或条款写错了。")
    return Entry(
        id=raw["id"],
        item=raw["item"],
        strong=raw["strength"] == "strong",
        reason=raw["reason"],
        phrases=_required(compile_phrases(raw["phrases"], classes), raw["id"]),
        guards=compile_phrases(raw.get("guards", ()), classes),
        soften=compile_phrases(raw.get("soften", ()), classes),
        firm=compile_phrases(raw.get("firm", ()), classes),
        unless=compile_phrases(raw.get("unless", ()), classes),
        topical=raw.get("topical", ""),
        refund=raw.get("refund", ""),
        yields=bool(raw.get("yields", False)),
        rank=rank,
    )


@lru_cache(maxsize=8)
def load_lexicon(edition: int = 2025, folder: Path = EDITIONS) -> Lexicon:
    """Return the compiled lexicon shipped for one edition of the measures."""
    path = folder / f"lexicon-{edition}.toml"
    if not path.is_file():
        raise LexiconError(f"没有{edition}年办法的禁列词库，请先添加词库文件。")
    return Lexicon.from_entries(tomllib.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Text:
    """One normalised cell with the set of its characters and pairs, to skip most searches."""

    value: str
    letters: frozenset[str]

    @classmethod
    def of(cls, raw: str) -> "Text":
        """Normalise a raw cell; text beyond MOST characters is not searched."""
        return cls.plain(normalise(raw[:MOST]))

    @classmethod
    def plain(cls, value: str) -> "Text":
        """Wrap an already normalised text."""
        return cls(value, grams(value))
