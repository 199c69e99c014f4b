"""What a draft of the lexicon would do to lines that people have decided, and to those that wait (art. 14)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

Counts = Counter[tuple[str, ...]]
_LISTS = ("against", "flips", "waiting_flips")


@dataclass(frozen=True, slots=True)
class Case:
    """One line with what a person decided ("" while it waits) and the verdicts of both lexicons, each with its item."""

    line: int
    decision: str
    decision_item: str
    old: str
    old_item: str
    new: str
    new_item: str

    @property
    def is_against(self) -> bool:
        """The draft contradicts the person: bans what was allowed, or lets pass what was banned."""
        return {self.decision, self.new} == {"allowed", "banned"}

    @property
    def flips(self) -> bool:
        """The draft says otherwise than the lexicon in force."""
        return self.old != self.new or (self.new == "banned" and self.old_item != self.new_item)


@dataclass
class Tally:
    """Counts over cases, and the first `most` lines that flip or contradict, those against people first."""

    most: int = 200
    confusion: Counts = field(default_factory=Counter)
    waiting: Counts = field(default_factory=Counter)
    against: list[Case] = field(default_factory=list)
    flips: list[Case] = field(default_factory=list)
    waiting_flips: list[Case] = field(default_factory=list)
    counts: Counts = field(default_factory=Counter)

    def add(self, case: Case) -> None:
        """Count one case in constant time and bounded memory."""
        kind = "decided" if case.decision else "waiting"
        self.counts[(kind,)] += 1
        if case.decision:
            self.confusion[case.decision, case.old, case.new] += 1
        else:
            self.waiting[case.old, case.new] += 1
        if case.is_against:
            self._keep("against", self.against, case)
        if case.flips:
            name = "flips" if case.decision else "waiting_flips"
            self._keep(name, self.flips if case.decision else self.waiting_flips, case)

    def _keep(self, name: str, rows: list[Case], case: Case) -> None:
        self.counts[(name,)] += 1
        if len(rows) < self.most:
            rows.append(case)

    def as_data(self) -> dict[str, object]:
        """JSON-safe: counts by name, tables as rows [..., number], lists of cases as lists of their fields."""
        return {
            "counts": {
                name: self.counts[(name,)] for name in ("decided", "waiting", "against", "flips", "waiting_flips")
            },
            "confusion": _rows(self.confusion),
            "waiting": _rows(self.waiting),
            **{
                name: [[getattr(case, column) for column in Case.__slots__] for case in getattr(self, name)]
                for name in _LISTS
            },
        }


def _rows(table: Mapping[tuple[str, ...], int]) -> list[list[object]]:
    return [[*key, number] for key, number in sorted(table.items())]


def case_of(row: list[object]) -> Case:
    """A case from its stored fields."""
    return Case(*row)  # type: ignore[arg-type]
