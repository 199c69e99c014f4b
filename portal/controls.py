"""Common controls drawn by plain functions: what Django's own templates give but for line breaks between tags.

A filter with twenty states costs Django one template for each option and one more for its attributes: a third of what
a list page takes. tests/portal/test_controls.py holds every function here to the template of the same name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.html import conditional_escape

_INPUTS = (
    "checkbox", "color", "date", "datetime", "email", "file", "hidden", "input", "number", "password", "search", "tel",
    "text", "time", "url",
)  # fmt: skip


def draw_attributes(attrs: Mapping[str, Any]) -> str:
    """Attributes of a tag, each with a blank in front; False leaves one out, True gives it without a value."""
    marks = []
    for name, value in attrs.items():
        if value is True:
            marks.append(f" {conditional_escape(name)}")
        elif value is not False:
            marks.append(f' {conditional_escape(name)}="{conditional_escape(value)}"')
    return "".join(marks)


def draw_input(context: Mapping[str, Any]) -> str:
    """An input of any type."""
    widget = context["widget"]
    value = widget["value"]
    shown = "" if value is None else f' value="{conditional_escape(value)}"'
    name, attrs = conditional_escape(widget["name"]), draw_attributes(widget["attrs"])
    return f'<input type="{conditional_escape(widget["type"])}" name="{name}"{shown}{attrs}>'


def draw_textarea(context: Mapping[str, Any]) -> str:
    """A box for long text; the first line break is not part of the text."""
    widget = context["widget"]
    text = conditional_escape(widget["value"]) if widget["value"] else ""
    return (
        f'<textarea name="{conditional_escape(widget["name"])}"{draw_attributes(widget["attrs"])}>\n{text}</textarea>'
    )


def draw_select(context: Mapping[str, Any]) -> str:
    """A choice with its options, in groups where they have names."""
    widget = context["widget"]
    marks = [f'<select name="{conditional_escape(widget["name"])}"{draw_attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            marks.append(f'<optgroup label="{conditional_escape(group)}">')
        for option in options:
            value, attrs = conditional_escape(option["value"]), draw_attributes(option["attrs"])
            marks.append(f'<option value="{value}"{attrs}>{conditional_escape(option["label"])}</option>')
        if group:
            marks.append("</optgroup>")
    return "".join(marks) + "</select>"


def draw_label(context: Mapping[str, Any]) -> str:
    """A label, or its bare text where no tag is wanted."""
    label = conditional_escape(context["label"])
    tag = context["tag"]
    return f"<{tag}{draw_attributes(context['attrs'])}>{label}</{tag}>" if context["use_tag"] else label


def draw_errors(context: Mapping[str, Any]) -> str:
    """What is wrong with a field, as a list; nothing where nothing is wrong."""
    errors = context["errors"]
    if not errors:
        return ""
    own = f' id="{conditional_escape(errors.field_id)}_error"' if errors.field_id else ""
    items = "".join(f"<li>{conditional_escape(error)}</li>" for error in errors)
    return f'<ul class="{conditional_escape(context["error_class"])}"{own}>{items}</ul>'


DRAWN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    **{f"django/forms/widgets/{name}.html": draw_input for name in _INPUTS},
    "django/forms/widgets/textarea.html": draw_textarea,
    "django/forms/widgets/select.html": draw_select,
    "django/forms/label.html": draw_label,
    "django/forms/errors/list/default.html": draw_errors,
}
