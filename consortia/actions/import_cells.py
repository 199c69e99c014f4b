"""How single cells of a registry's table are read and written."""

from typing import Any

from import_export.widgets import Widget

from portal import sheets
from portal.measures.credit_code import check_credit_code


class WordWidget(Widget):
    """A Chinese word of a choice list for its code."""

    def __init__(self, choices):
        super().__init__()
        self.codes = {label: code for code, label in choices}

    def clean(self, value, row=None, **kwargs):
        """The code; ValueError lists the words there are."""
        word = str(value or "").strip()
        if word not in self.codes:
            raise ValueError(f"“{word[:20]}”不在可填的范围内：{'、'.join(self.codes)}。")
        return self.codes[word]

    def render(self, value, obj=None, **kwargs):
        """The word."""
        return next((label for label, code in self.codes.items() if code == value), "")


class ListedWidget(Widget):
    """One of the names of a list that is asked for when the cell is read."""

    def __init__(self, names):
        super().__init__()
        self.names = names

    def clean(self, value, row=None, **kwargs):
        """The name; ValueError lists those there are."""
        name, names = sheets.cell_text(value), [name for name, _ in self.names()]
        if name not in names:
            raise ValueError(f"“{name[:20]}”不在可填的范围内：{'、'.join(names)}。")
        return name


class DayWidget(Widget):
    """A date in any of the spellings that spreadsheets use."""

    def clean(self, value, row=None, **kwargs):
        """The date; None for an empty cell."""
        return sheets.parse_date(value) if sheets.cell_text(value) else None

    def render(self, value, obj=None, **kwargs):
        """ISO."""
        return value.isoformat() if value else ""


class NamesWidget(Widget):
    """Several names in one cell, divided by 、."""

    def clean(self, value, row=None, **kwargs):
        """The list."""
        text = sheets.cell_text(value).replace("，", "、").replace(",", "、")
        return [part.strip() for part in text.split("、") if part.strip()]

    def render(self, value, obj=None, **kwargs):
        """The names."""
        return "、".join(value or [])


class CodeWidget(Widget):
    """A credit code in its one spelling."""

    def clean(self, value, row=None, **kwargs):
        """The normalised code; ValueError says what is wrong with it."""
        code = check_credit_code(sheets.cell_text(value))
        if not code.is_valid:
            raise ValueError(code.error)
        return code.normalised


class KnownWidget(Widget):
    """A stored row by its credit code or name, out of those that the resource fetched before."""

    def __init__(self, attribute: str, missing: str):
        super().__init__()
        self.attribute, self.missing = attribute, missing
        self.known: dict[str, Any] = {}

    def key(self, value) -> str:
        """What the row is known by."""
        if self.attribute == "credit_code":
            return CodeWidget().clean(value)
        return sheets.cell_text(value)

    def clean(self, value, row=None, **kwargs):
        """The row; ValueError when there is none."""
        key = self.key(value)
        if key not in self.known:
            raise ValueError(self.missing.format(key[:40]))
        return self.known[key]

    def render(self, value, obj=None, **kwargs):
        """Code or name."""
        return getattr(value, self.attribute) if value else ""
