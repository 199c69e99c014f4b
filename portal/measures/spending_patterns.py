"""What several lines show together and none shows alone: doubles, split bills, series of round sums (M8, art. 17(4)).

Every pattern only raises a question. All run in one pass over the lines and one sort of the few that a payee shares.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from portal.measures.normalise import normalise

NAMED = 3


class Line(Protocol):
    """What the patterns read of a line; ``amount`` in 元, ``label`` names its voucher."""

    @property
    def payee(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def day(self) -> date | None: ...
    @property
    def invoice(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds of an edition; amounts in 元. Their notes stand in the data file beside the numbers."""

    large: Decimal = Decimal(100_000)
    brief: int = 8
    duplicate_from: Decimal = Decimal(200)
    ceilings: tuple[Decimal, ...] = (Decimal(10_000), Decimal(50_000), Decimal(100_000))
    split_share: Decimal = Decimal("0.9")
    split_count: int = 3
    split_days: int = 7
    round_unit: Decimal = Decimal(10_000)
    round_from: Decimal = Decimal(10_000)
    round_count: int = 3
    round_days: int = 31

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Limits":
        """From data {name: {value, note}}; unknown names and wrong values raise ValueError with a Chinese sentence."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        if unknown := set(data) - set(kinds):
            raise ValueError(f"没有“{'、'.join(sorted(unknown))}”这样的限额。")
        try:
            values = {name: _value(kinds[name], row["value"]) for name, row in data.items()}
        except (KeyError, TypeError, ArithmeticError, ValueError) as error:
            raise ValueError("词库的限额须写明 value，并且是数字。") from error
        if any(row < 0 for value in values.values() for row in (value if isinstance(value, tuple) else (value,))):
            raise ValueError("词库的限额不能是负数。")
        return cls(**values)


def _value(kind: type, value: Any) -> Any:
    if kind is tuple:
        return tuple(sorted(Decimal(str(row)) for row in value))
    return int(value) if kind is int else Decimal(str(value))


class Question(NamedTuple):
    """Why a line is asked about: the pattern, what was seen, and a sentence that names the other vouchers."""

    pattern: str
    seen: str
    told: str


def questions(lines: Sequence[Line], limits: Limits) -> dict[int, Question]:
    """Place of a line -> the question it raises; lines without a day, and red entries, raise none."""
    found: dict[int, Question] = {}
    by_payee: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.day is not None and line.amount > 0 and line.payee:
            by_payee[normalise(line.payee)].append(place)
    for places in by_payee.values():
        if len(places) > 1:
            places.sort(key=lambda place: (lines[place].day, place))
            for place, question in _of_payee(lines, places, limits):
                found.setdefault(place, question)
    return found


def _of_payee(lines: Sequence[Line], places: Sequence[int], limits: Limits) -> Iterator[tuple[int, Question]]:
    yield from _duplicates(lines, places, limits)
    for ceiling in limits.ceilings:
        floor = ceiling * limits.split_share
        near = [place for place in places if floor <= lines[place].amount < ceiling]
        for group in _windows(lines, near, limits.split_count, limits.split_days):
            told = f"{limits.split_days} 天内有 {{count}} 笔付给同一收款方，每笔都略低于 {ceiling:,.0f} 元"
            told += "（另有{others}），需核实是否拆分付款"
            yield from _asked(lines, group, "pattern.split", told)
    round_sums = [
        place
        for place in places
        if lines[place].amount >= limits.round_from and lines[place].amount % limits.round_unit == 0
    ]
    for group in _windows(lines, round_sums, limits.round_count, limits.round_days):
        told = f"{limits.round_days} 天内有 {{count}} 笔整数金额付给同一收款方（另有{{others}}），"
        told += "需核实合同、结算依据和实际工作量"
        yield from _asked(lines, group, "pattern.round", told)


def _duplicates(lines: Sequence[Line], places: Sequence[int], limits: Limits) -> Iterator[tuple[int, Question]]:
    """Later lines of the same payee, day and amount, unless each has an invoice of its own."""
    first: dict[tuple[date | None, Decimal], int] = {}
    for place in places:
        line = lines[place]
        if line.amount < limits.duplicate_from:
            continue
        original = first.setdefault((line.day, line.amount), place)
        if original == place or _have_own_invoices(line, lines[original]):
            continue
        told = f"与{_name(lines, original)}收款方、日期和金额都相同，需核实是否重复列支"
        yield place, Question("pattern.duplicate", f"{line.amount:,.2f}", told)


def _have_own_invoices(line: Line, other: Line) -> bool:
    mine, theirs = normalise(line.invoice), normalise(other.invoice)
    return bool(mine and theirs and mine != theirs)


def _windows(lines: Sequence[Line], places: Sequence[int], least: int, days: int) -> Iterator[list[int]]:
    """Runs of at least `least` places (sorted by day) whose days lie within `days`; a place may be in one run only."""
    run: list[int] = []
    for place in places:
        if run and _days(lines, run[0], place) > days:
            if len(run) >= least:
                yield run
                run = []
            else:
                run = [kept for kept in run if _days(lines, kept, place) <= days]
        run.append(place)
    if len(run) >= least:
        yield run


def _days(lines: Sequence[Line], first: int, last: int) -> int:
    start, end = lines[first].day, lines[last].day
    return (end - start).days if start and end else 0


def _asked(lines: Sequence[Line], group: Sequence[int], pattern: str, told: str) -> Iterator[tuple[int, Question]]:
    for place in group:
        others = _others(lines, group, place)
        yield place, Question(pattern, f"{lines[place].amount:,.2f}", told.format(count=len(group), others=others))


def _others(lines: Sequence[Line], group: Sequence[int], place: int) -> str:
    named = [_name(lines, other) for other in group[: NAMED + 1] if other != place][:NAMED]
    return "、".join(named) + ("等" if len(group) - 1 > len(named) else "")


def _name(lines: Sequence[Line], place: int) -> str:
    line = lines[place]
    return f"凭证{line.label}" if line.label else f"第{place + 1}笔"
