"""Where a finding's evidence stands in the text as typed: the check reads the normal form, people the original."""

from collections.abc import Iterable

from portal.measures.normalise import normalise

Part = tuple[str, bool]


def highlight(raw: str, found: Iterable[str]) -> list[Part]:
    """Cut `raw` into (text, is evidence) parts that join to it again; `found` are words in normal form.

    A word that punctuation cuts up in the original is found, too; one that is nowhere marks nothing.
    """
    letters = [(piece, place) for place, char in enumerate(raw) for piece in normalise(char)]
    words = [(piece, place) for piece, place in letters if piece.isalnum()]
    marked: set[int] = set()
    for word in filter(None, found):
        marked |= _places(letters, word) or _places(words, "".join(filter(str.isalnum, word)))
    return _parts(raw, marked)


def _places(letters: list[tuple[str, int]], word: str) -> set[int]:
    """Places in the original between first and last character of every occurrence."""
    text = "".join(piece for piece, _ in letters)
    places: set[int] = set()
    start = text.find(word) if word else -1
    while start >= 0:
        places.update(range(letters[start][1], letters[start + len(word) - 1][1] + 1))
        start = text.find(word, start + len(word))
    return places


def _parts(raw: str, marked: set[int]) -> list[Part]:
    parts: list[Part] = []
    for place, char in enumerate(raw):
        is_marked = place in marked
        if parts and parts[-1][1] == is_marked:
            parts[-1] = (parts[-1][0] + char, is_marked)
        else:
            parts.append((char, is_marked))
    return parts
