"""The small phrase language of the lexicon: safe for finance staff to edit, fast to search.

``{name}`` any word of a class, ``(a|b)`` alternatives, ``x?`` optional, ``~`` a gap of up to eight characters,
``#`` a digit, ``^`` and ``$`` the ends of the text, ``\\x`` the character x itself. Everything else stands for itself,
so no edit can build a slow pattern.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.measures.normalise import normalise

_TOKEN = re.compile(r"\{(\w+)\}|(\\.|[()|?~^$#])|([^{}()|?~^$#\\])")
_GAP = r"[^,;。]{0,8}"
_SIMPLE = {"~": _GAP, "#": "[0-9]", "^": "^", "$": "$"}
_Anchors = frozenset[str]
# The characters a match can start with; None when it can start with anything, or can be empty.
_Firsts = frozenset[str] | None


class PhraseError(ValueError):
    """A phrase of the lexicon that cannot be read; the message is shown to the editor."""


@dataclass(frozen=True, slots=True)
class PhraseSet:
    """Many phrases compiled to one pattern, with the characters or pairs at least one of which every match contains."""

    pattern: re.Pattern[str]
    anchors: _Anchors

    def search(self, text: str, letters: frozenset[str]) -> re.Match[str] | None:
        """Return the first match; ``letters`` are the grams of the text, to skip the search cheaply."""
        if self.anchors.isdisjoint(letters):
            return None
        return self.pattern.search(text)


def _cost(anchors: _Anchors) -> tuple[bool, int]:
    """Pairs of characters are rarer in texts than single ones; few are better than many."""
    return any(len(anchor) == 1 for anchor in anchors), len(anchors)


def grams(text: str) -> frozenset[str]:
    """Every character and every pair of neighbours of a text: what anchors are compared with."""
    return frozenset(text).union(map(str.__add__, text, text[1:]))


class _Reader:
    """Recursive descent over one phrase; returns the pattern and the best anchor set of each sequence."""

    def __init__(self, phrase: str, classes: Mapping[str, Sequence[str]]):
        self.phrase = phrase
        self.tokens = self._tokens(phrase, classes)
        self.place = 0

    def _tokens(self, phrase: str, classes: Mapping[str, Sequence[str]]) -> list[str]:
        tokens: list[str] = []
        end = 0
        for match in _TOKEN.finditer(phrase):
            if match.start() != end:
                break
            end = match.end()
            name, operator, literal = match.groups()
            if name is None:
                tokens.append(operator or literal)
                continue
            if name not in classes:
                raise PhraseError(f"词语“{phrase}”引用了不存在的词类“{name}”。")
            inner = _Reader(f"({'|'.join(classes[name])})", classes)
            tokens.extend(inner.tokens)
        if end != len(phrase):
            raise PhraseError(f"词语“{phrase}”的写法无法识别。")
        return tokens

    def _peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self.place += 1
        return token

    def choice(self) -> tuple[str, _Anchors, _Firsts]:
        """Read alternatives; the anchors of a choice are those of all its branches, none if a branch has none."""
        started = self.place
        branches = [self.sequence()]
        while self._peek() == "|":
            self._take()
            branches.append(self.sequence())
        words = "".join(self.tokens[started : self.place]).split("|")
        if len(words) == len(branches) and all(
            re.escape(word) == branch[0] for word, branch in zip(words, branches, strict=True)
        ):
            pattern = _merged(words)
        else:
            pattern = "|".join(pattern for pattern, _, _ in branches)
        firsts = _joined([firsts for _, _, firsts in branches])
        if not all(anchors for _, anchors, _ in branches):
            return pattern, frozenset(), firsts
        return pattern, frozenset().union(*(anchors for _, anchors, _ in branches)), firsts

    def sequence(self) -> tuple[str, _Anchors, _Firsts]:
        """Read parts that follow each other; the most telling anchor set is enough, two neighbours best of all."""
        patterns: list[str] = []
        leading: list[_Firsts] = []
        best: _Anchors = frozenset()
        before = ""
        started = False
        while self._peek() not in {"", "|", ")"}:
            mark = self._peek()
            pattern, anchors, firsts = self.part()
            patterns.append(pattern)
            if not started and mark != "^":
                leading.append(firsts)
                started = not pattern.endswith("?") or pattern.endswith("\\?")
            char = next(iter(anchors)) if len(anchors) == 1 else ""
            char = char if len(char) == 1 and not pattern.startswith("(") else ""
            pair = frozenset({before + char}) if before and char else anchors
            for candidate in (anchors, pair):
                if candidate and (not best or _cost(candidate) < _cost(best)):
                    best = candidate
            before = char
        return "".join(patterns), best, _joined(leading) if started else None

    def part(self) -> tuple[str, _Anchors, _Firsts]:
        """Read one character, gap, end mark or group, with its question mark."""
        piece = self._take()
        if piece in _SIMPLE:
            return _SIMPLE[piece], frozenset(), frozenset("0123456789") if piece == "#" else None
        if piece == "(":
            pattern, anchors, firsts = self.choice()
            if self._take() != ")":
                raise PhraseError(f"词语“{self.phrase}”的括号不配对。")
            pattern = f"(?:{pattern})"
        elif piece == "?":
            raise PhraseError(f"词语“{self.phrase}”的问号前面没有内容。")
        else:
            literal = piece[-1]
            pattern, anchors, firsts = re.escape(literal), frozenset({literal}), frozenset({literal})
        if self._peek() == "?":
            self._take()
            return f"{pattern}?", frozenset(), firsts
        return pattern, anchors, firsts


def _merged(words: Sequence[str]) -> str:
    """Words as one pattern that reads a common beginning once; what matches, and in which order, stays the same.

    Words that begin differently never match at the same place, so they may change places; a word that ends where
    others go on may not.
    """
    parts: list[str] = []
    groups: dict[str, list[str]] = {}
    for word in [*words, None]:
        if word:
            groups.setdefault(word[0], []).append(word[1:])
            continue
        for char, rests in groups.items():
            rest = _merged(rests)
            parts.append(re.escape(char) + (f"(?:{rest})" if len(rests) > 1 else rest))
        groups.clear()
        if word is not None:
            parts.append("")
    return "|".join(parts)


def _joined(parts: Sequence[_Firsts]) -> _Firsts:
    known = [firsts for firsts in parts if firsts is not None]
    return frozenset().union(*known) if parts and len(known) == len(parts) else None


def _guarded(pattern: str, firsts: _Firsts) -> str:
    """Look at one character before the alternatives are tried: the same matches, found sooner."""
    if firsts is None:
        return f"(?:{pattern})"
    return f"(?=[{''.join(map(re.escape, sorted(firsts)))}])(?:{pattern})"


def _plain(phrase: str) -> str:
    """Normalise the literal characters of a phrase like the texts, but keep the operators."""
    parts = re.split(r"(\{\w+\}|\\.|[()|?~^$#])", phrase)
    return "".join(part if index % 2 else normalise(part) for index, part in enumerate(parts))


def compile_phrases(phrases: Sequence[str], classes: Mapping[str, Sequence[str]]) -> PhraseSet | None:
    """Compile phrases to one set; None for no phrases. Raises PhraseError with a Chinese sentence."""
    if not phrases:
        return None
    patterns: list[str] = []
    starts: list[_Firsts] = []
    anchors: set[str] = set()
    plain_classes = {name: [_plain(word) for word in words] for name, words in classes.items()}
    for phrase in phrases:
        reader = _Reader(_plain(phrase), plain_classes)
        pattern, found, firsts = reader.choice()
        if reader.place < len(reader.tokens):
            raise PhraseError(f"词语“{phrase}”的括号不配对。")
        if not found:
            raise PhraseError(f"词语“{phrase}”至少要有一个必须出现的字。")
        patterns.append(f"(?:{pattern})")
        starts.append(firsts)
        anchors |= found
    return PhraseSet(re.compile(_guarded("|".join(patterns), _joined(starts))), frozenset(anchors))
