"""Reads the forms of a page as a browser would, so that they can be filled in and sent."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_VALUELESS = {"submit", "button", "image", "reset", "file"}


@dataclass
class PageForm:
    """One form: where it goes, and what a browser would send if nobody touched it (buttons apart)."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def filled(self, **values) -> dict[str, list[str]]:
        """The data to send: what the page holds, with `values` written over it; None takes a field out."""
        data = {name: list(old) for name, old in self.fields.items()}
        for name, value in values.items():
            data[name] = list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
        return {name: value for name, value in data.items() if value}


class _Reader(HTMLParser):
    def __init__(self, address: str):
        super().__init__(convert_charrefs=True)
        self.address = address
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.outside: list[tuple[str, str, dict]] = []
        self.form: PageForm | None = None
        self.select: tuple[str, PageForm] | None = None
        self.option: str | None = None
        self.text: tuple[str, str, PageForm] | None = None
        self.button: list[str] | None = None

    def handle_starttag(self, tag, attributes):
        attrs = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open_form(attrs)
        # A control may belong to a form elsewhere on the page by its id.
        form = self.by_id.get(attrs["form"]) if attrs.get("form") else self.form
        if form is not None and "disabled" not in attrs:
            handler = getattr(self, f"_{tag}", None)
            if handler:
                handler(form, attrs)

    def _open_form(self, attrs):
        action = urljoin(self.address, attrs.get("action") or self.address)
        self.form = PageForm(action, attrs.get("method", "get").lower())
        self.forms.append(self.form)
        if attrs.get("id"):
            self.by_id[attrs["id"]] = self.form

    def _input(self, form, attrs):
        kind, name = attrs.get("type", "text").lower(), attrs.get("name", "")
        if kind == "file" and name:
            form.files.append(name)
        if kind == "submit" and name:
            form.buttons.append((name, attrs.get("value", ""), attrs.get("value", "")))
        if not name or kind in _VALUELESS:
            return
        if kind in {"checkbox", "radio"}:
            form.choices.setdefault(name, []).append(attrs.get("value", "on"))
            if "checked" not in attrs:
                return
        form.fields.setdefault(name, []).append(attrs.get("value", "on" if kind == "checkbox" else ""))

    def _textarea(self, form, attrs):
        if attrs.get("name"):
            self.text = (attrs["name"], "", form)

    def _select(self, form, attrs):
        if attrs.get("name"):
            self.select = (attrs["name"], form)
            form.choices.setdefault(attrs["name"], [])
            self.is_multiple = "multiple" in attrs

    def _option(self, form, attrs):
        if self.select is None or "value" not in attrs:
            return
        name, owner = self.select
        first = not owner.choices[name] and not self.is_multiple
        owner.choices[name].append(attrs["value"])
        if first:
            owner.fields[name] = [attrs["value"]]
        if "selected" in attrs:
            chosen = owner.fields.get(name, []) if self.is_multiple else []
            owner.fields[name] = [*chosen, attrs["value"]]

    def _button(self, form, attrs):
        if attrs.get("type", "submit") == "submit":
            self.button = [attrs.get("name", ""), attrs.get("value", ""), ""]
            self.button_form = form

    def handle_data(self, data):
        if self.text is not None:
            name, old, form = self.text
            self.text = (name, old + data, form)
        if self.button is not None:
            self.button[2] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "textarea" and self.text is not None:
            name, text, form = self.text
            form.fields.setdefault(name, []).append(text.removeprefix("\r\n").removeprefix("\n"))
            self.text = None
        elif tag == "select":
            self.select = None
        elif tag == "button" and self.button is not None:
            name, value, label = self.button
            self.button_form.buttons.append((name, value, " ".join(label.split())))
            self.button = None


def read_forms(html: str, address: str) -> list[PageForm]:
    """Every form of a page, in order; `address` is where the page came from."""
    reader = _Reader(address)
    reader.feed(html)
    return reader.forms
