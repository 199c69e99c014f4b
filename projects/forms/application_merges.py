"""Two contents of one part side by side, and the content made of what a person chose from both (A15).

A difference is a field of a plain form, or a row of a table. Rows are aligned by their name, so that a row put in at
the top does not make all rows below it differ.
"""

import difflib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.forms import PLAIN_NUMBER, normalise_number
from projects.forms.application_tables import ROW_WORDS

THEIRS, MINE = "theirs", "mine"
# Columns by which two rows are the same row, the first that the table has.
_NAMES = ("item", "name", "provider")
# A browser always sends one of the two sources of money: alone it fills no row.
_ALWAYS_SENT = ("source",)


@dataclass(frozen=True)
class Difference:
    """One place where the two contents differ: form key, label, both texts ("" for a row that is not there)."""

    key: str
    label: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class _Value:
    name: str
    label: str
    raw: str
    text: str


def differences(theirs, mine) -> list[Difference]:
    """Where two editors of one part differ, in the order of the page."""
    found = []
    for label, (left, right) in _units(theirs, mine):
        if _plain(left) != _plain(right):
            found.append(Difference(f"choose-{len(found)}", label, _text(left), _text(right)))
    return found


def merged(theirs, mine, chosen: dict[str, str]) -> dict[str, str]:
    """Form data of the content in which every difference is settled by `chosen` (key -> THEIRS or MINE)."""
    picked = itertools.count()
    data: dict[str, str] = {}

    def settle(left, right):
        if _plain(left) == _plain(right):
            return right
        return left if chosen[f"choose-{next(picked)}"] == THEIRS else right

    for (_, form), (_, other) in zip(_plain_forms(theirs), _plain_forms(mine), strict=True):
        for left, right in zip(_values(form), _values(other), strict=True):
            for value in settle([left], [right]):
                data[form.add_prefix(value.name)] = value.raw
    for name, formset in theirs.formsets.items():
        pairs = _aligned(_rows(formset), _rows(mine.formsets[name]))
        rows = [row for row in (settle(left, right) for left, right in pairs) if row]
        data |= {f"{formset.prefix}-TOTAL_FORMS": str(len(rows)), f"{formset.prefix}-INITIAL_FORMS": "0"}
        data |= {f"{formset.prefix}-{place}-{value.name}": value.raw for place, row in enumerate(rows) for value in row}
    return data


def _units(theirs, mine) -> Iterator[tuple[str, tuple[list[_Value], list[_Value]]]]:
    for (label, form), (_, other) in zip(_plain_forms(theirs), _plain_forms(mine), strict=True):
        for left, right in zip(_values(form), _values(other), strict=True):
            yield f"{label}{left.label}", ([left], [right])
    for name, formset in theirs.formsets.items():
        word = ROW_WORDS.get(formset.prefix, "")
        for place, pair in enumerate(_aligned(_rows(formset), _rows(mine.formsets[name])), start=1):
            yield f"{word}第 {place} 行", pair


def _plain_forms(editor) -> list[tuple[str, object]]:
    rows = {id(form) for formset in editor.formsets.values() for form in formset}
    return [
        (f"{form.place}：" if getattr(form, "place", "") else "", form)
        for form in editor.all_forms
        if id(form) not in rows
    ]


def _rows(formset) -> list[list[_Value]]:
    """Filled rows that are not marked for deletion."""
    rows = [_values(form) for form in formset if not _is_deleted(form)]
    return [row for row in rows if any(value.raw for value in row if value.name not in _ALWAYS_SENT)]


def _is_deleted(form) -> bool:
    return form.is_bound and bool(form["DELETE"].value())


def _aligned(theirs, mine) -> list[tuple[list[_Value], list[_Value]]]:
    """Pairs of rows; [] where one side has none."""
    matcher = difflib.SequenceMatcher(a=[_name(row) for row in theirs], b=[_name(row) for row in mine], autojunk=False)
    pairs: list[tuple[list[_Value], list[_Value]]] = []
    for _, start, end, from_, to in matcher.get_opcodes():
        pairs.extend(itertools.zip_longest(theirs[start:end], mine[from_:to], fillvalue=[]))
    return pairs


def _name(row: list[_Value]) -> str:
    return next((value.raw.strip() for key in _NAMES for value in row if value.name == key), "")


def _values(form) -> list[_Value]:
    return [
        _Value(bound.name, str(bound.label), _raw(bound.value()), _shown(bound))
        for bound in form
        if bound.name != "DELETE"
    ]


def _raw(value) -> str:
    """A value as a browser sends it."""
    if value in (None, False):
        return ""
    if value is True:
        return "on"
    return value.isoformat() if isinstance(value, date) else str(value)


def _shown(bound) -> str:
    raw = _raw(bound.value())
    names = {str(key): str(label) for key, label in getattr(bound.field, "choices", [])}
    if bound.widget_type == "checkbox":
        return "是" if raw else "否"
    return names.get(raw, raw) if raw else ""


def _text(row: list[_Value]) -> str:
    if len(row) == 1:
        return row[0].text
    return "\n".join(f"{value.label}：{value.text}" for value in row if value.text)


def _plain(row: list[_Value]) -> list[str]:
    """Values with lines and numbers spelled alike, so that 350000 equals 350000.00."""
    return ["\n".join(_number(line) for line in value.raw.splitlines()) for value in row]


def _number(line: str) -> str:
    folded = normalise_number(line)
    return str(Decimal(folded).normalize()) if PLAIN_NUMBER.match(folded) else line.strip()
