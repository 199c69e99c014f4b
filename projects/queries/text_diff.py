"""What changed between two texts, for reading: paragraphs without a change can be folded, changed words are marked.

Pure. Joining what is kept and removed gives the old text, kept and added the new one, whatever was typed; both end
with one line end more, so that a paragraph added at the end leaves the one before it as it was.
"""

import time
from dataclasses import dataclass

from diff_match_patch import diff_match_patch

KEPT, REMOVED, ADDED = "=", "-", "+"
SECONDS = 1.5  # for one comparison of a page; later texts are then shown as whole paragraphs, never left out
ALIKE = 0.4  # share of common characters from which two paragraphs count as one that was reworded
_SIGNS = {0: KEPT, -1: REMOVED, 1: ADDED}

Run = tuple[str, str]


@dataclass(frozen=True)
class Block:
    """One or more paragraphs: `runs` of (sign, text); `kept` when nothing changed in them."""

    kept: bool
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The text of a kept block."""
        return "".join(text for _, text in self.runs)

    @property
    def paragraphs(self) -> int:
        """How many lines of a kept block hold something."""
        return sum(1 for line in self.text.splitlines() if line.strip())


@dataclass(frozen=True)
class Clock:
    """When comparing has to end (time.time), shared by all texts of a page: hostile texts cannot hold a request."""

    ends: float

    @classmethod
    def start(cls, seconds: float = SECONDS) -> "Clock":
        """From now on."""
        return cls(time.time() + seconds)


def blocks(old: str, new: str, clock: Clock) -> tuple[Block, ...]:
    """The paragraphs of both texts in order; a changed paragraph next to its new wording is marked word by word."""
    engine = diff_match_patch()
    first, second, lines = engine.diff_linesToChars(_ended(old), _ended(new))
    found = engine.diff_main(first, second, False, clock.ends)
    engine.diff_charsToLines(found, lines)
    result: list[Block] = []
    removed = added = ""
    for kind, text in found:
        if kind == 0:
            result += _changed(removed, added, clock)
            removed = added = ""
            result.append(Block(True, ((KEPT, text),)))
        elif kind < 0:
            removed += text
        else:
            added += text
    return (*result, *_changed(removed, added, clock))


def _ended(text: str) -> str:
    return f"{text}\n" if text else ""


def _changed(removed: str, added: str, clock: Clock) -> list[Block]:
    if not removed and not added:
        return []
    if removed and added:
        engine = diff_match_patch()
        found = engine.diff_main(removed, added, False, clock.ends)
        engine.diff_cleanupSemantic(found)
        common = sum(len(text) for kind, text in found if kind == 0)
        if common >= ALIKE * min(len(removed), len(added)):
            return [Block(False, tuple((_SIGNS[kind], text) for kind, text in found))]
    return [Block(False, tuple(run for run in ((REMOVED, removed), (ADDED, added)) if run[1]))]
