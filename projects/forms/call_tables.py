"""Tables inside the form of a call: instalments and score sheets are typed cell by cell; works without JavaScript."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import normalise_number
from projects.actions.call_checks import CONDITIONS

CONDITION_WORDS = dict(zip(CONDITIONS, ("合同生效", "验收通过"), strict=True))
MOST_ROWS = 20
BLANK_ROWS = 2


@dataclass(frozen=True)
class Column:
    """One column: key, heading, kind (text, wide, number, choice, hidden, radio), longest text, choices."""

    key: str
    label: str
    kind: str = "text"
    longest: int = 100
    choices: tuple = ()


class TableWidget(forms.Widget):
    """Rows of inputs named `<field>-<row>-<column>` with two blank rows at the end; an emptied row is deleted."""

    template_name = "components/table_field.html"

    def __init__(self, columns: tuple[Column, ...], attrs=None):
        super().__init__(attrs)
        self.columns = columns

    def value_from_datadict(self, data, files, name):
        """Rows of typed texts; None when the form did not show the table."""
        if f"{name}-rows" not in data:
            return None
        count = data.get(f"{name}-rows", "")
        count = min(int(count), MOST_ROWS) if count.isascii() and count.isdecimal() and len(count) < 4 else 0
        chosen = data.get(f"{name}-radio", "")
        return [
            {
                column.key: chosen == str(place)
                if column.kind == "radio"
                else data.get(f"{name}-{place}-{column.key}", "").strip()
                for column in self.columns
            }
            for place in range(count)
        ]

    def value_omitted_from_data(self, data, files, name):
        """Whether the table was not shown."""
        return f"{name}-rows" not in data

    def get_context(self, name, value, attrs):
        """Rows of cells, blank ones at the end."""
        rows = [row for row in value or [] if any(v for k, v in row.items() if k != "code")]
        rows = (rows + [{}] * BLANK_ROWS)[:MOST_ROWS]
        context = super().get_context(name, value, attrs)
        cells = [[{"column": column, "value": row.get(column.key, "")} for column in self.columns] for row in rows]
        return context | {"columns": self.columns, "rows": cells, "name": name}

    def id_for_label(self, id_):
        """The table has no single input."""
        return ""


class TableField(forms.Field):
    """Typed rows to what the call stores; errors name row and column. Subclasses give columns, load and store."""

    columns: tuple[Column, ...] = ()

    def __init__(self, **kwargs):
        super().__init__(widget=TableWidget(self.columns), required=False, **kwargs)

    def prepare_value(self, value):
        """Stored value to rows of texts; rows that were typed stay as they are."""
        is_typed = isinstance(value, list) and all(
            isinstance(row, dict) and row.keys() == {c.key for c in self.columns} for row in value
        )
        return value if is_typed else self.load(value)

    def to_python(self, value):
        """Check every cell of every row that is not blank."""
        rows, wrong = [], []
        for place, row in enumerate(value or [], start=1):
            if any(row[column.key] for column in self.columns if column.kind not in ("hidden", "radio")):
                rows.append(self._row(place, row, wrong))
        if wrong:
            raise ValidationError(wrong)
        return self.store(rows)

    def _row(self, place: int, row: dict, wrong: list) -> dict:
        clean = dict(row)
        for column in self.columns:
            text = row[column.key]
            if column.kind == "number":
                clean[column.key] = self._number(text, place, column, wrong)
            elif column.kind == "choice" and text not in dict(column.choices):
                wrong.append(f"第 {place} 行请选择“{column.label}”。")
            elif column.kind == "text" and not text:
                wrong.append(f"第 {place} 行请填写“{column.label}”。")
            elif column.kind in ("text", "wide", "hidden") and len(text) > column.longest:
                wrong.append(f"第 {place} 行的“{column.label}”最多 {column.longest} 字。")
        return clean

    @staticmethod
    def _number(text: str, place: int, column: Column, wrong: list) -> int:
        plain = normalise_number(text)
        if not (plain.isascii() and plain.isdecimal() and len(plain) <= 3 and 1 <= int(plain) <= 100):
            wrong.append(f"第 {place} 行的“{column.label}”应为 1 至 100 的整数，现在是“{text[:20]}”。")
            return 0
        return int(plain)

    def has_changed(self, initial, data):
        """Compare what would be stored."""
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class InstalmentField(TableField):
    """The instalments of the grant."""

    columns = (
        Column("ratio", "比例（%）", "number"),
        Column("condition", "拨付条件", "choice", choices=tuple(CONDITION_WORDS.items())),
        Column("text", "说明", "wide"),
    )

    def load(self, value):
        """Stored instalments as typed rows."""
        return [{key: str(row[key]) for key in ("ratio", "condition", "text")} for row in value or []]

    def store(self, rows):
        """Numbered in their order."""
        return [{"number": place, **row} for place, row in enumerate(rows, start=1)]


class SchemeField(TableField):
    """The criteria of a score sheet; everything else of the scheme stays as it is."""

    columns = (
        Column("code", "代码", "hidden", 40),
        Column("name", "评分项", longest=40),
        Column("maximum", "满分", "number"),
        Column("hints", "评分要点（用；分开）", "wide", 400),
        Column("tie", "同分先比", "radio"),
    )

    def __init__(self, *, base=None, **kwargs):
        super().__init__(**kwargs)
        self.base = base or {}

    def load(self, value):
        """Stored criteria as typed rows."""
        scheme = value if isinstance(value, dict) else {}
        self.base = scheme or self.base
        return [
            {
                "code": row["code"],
                "name": row["name"],
                "maximum": str(row["maximum"]),
                "hints": "；".join(row["hints"]),
                "tie": row["code"] == scheme.get("tie_break"),
            }
            for row in scheme.get("criteria", [])
        ]

    def store(self, rows):
        """The scheme with these criteria; a new one gets the next free code."""
        used = {row["code"] for row in rows}
        fresh = (f"item_{n}" for n in range(1, 100) if f"item_{n}" not in used)
        criteria, tie = [], ""
        for row in rows:
            code = row["code"] or next(fresh)
            tie = code if row["tie"] else tie
            hints = [hint.strip() for hint in row["hints"].replace(";", "；").split("；") if hint.strip()]
            criteria.append({"code": code, "name": row["name"], "maximum": row["maximum"], "hints": hints})
        return {**self.base, "criteria": criteria, "tie_break": tie}
