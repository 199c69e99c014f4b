"""Controls drawn by functions are, mark for mark, what Django's templates give, whatever is typed or chosen."""

import re
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from portal.controls import DRAWN
from portal.forms import PortalRenderer

TEXT = st.text(alphabet="ab<>&\"' \n京é0", max_size=12)
VALUES = st.one_of(st.none(), TEXT, st.integers(-9, 99999), st.decimals(-9, 9, places=2), st.booleans())
ATTRS = st.dictionaries(st.sampled_from(["class", "data-x", "rows", "required", "aria-label"]), VALUES, max_size=4)
WIDGETS = (
    forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput, forms.HiddenInput,
    forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.FileInput, forms.CheckboxInput, forms.Textarea,
    forms.SearchInput, forms.TelInput, forms.ColorInput,
)  # fmt: skip


def both(draw):
    """The drawing of `draw(renderer)` by our renderer and by Django's own."""
    return _joined(draw(PortalRenderer())), _joined(draw(TemplatesSetting()))


def _joined(drawn) -> str:
    """Without the line breaks between tags; one that was typed stands beside text, or is escaped with it."""
    return re.sub(r">\n *\n? *<(?=/?(option|optgroup|select)\b)", "><", str(drawn))


@pytest.mark.parametrize("widget", WIDGETS)
@given(value=VALUES, attrs=ATTRS)
def test_inputs(widget, value, attrs):
    ours, djangos = both(lambda renderer: widget().render("name", value, attrs, renderer))
    assert ours == djangos


@given(
    value=st.one_of(VALUES, st.lists(st.sampled_from(["a", "<", 1]), max_size=3)),
    attrs=ATTRS,
    choices=st.lists(
        st.one_of(
            st.tuples(VALUES, TEXT),
            st.tuples(TEXT, st.lists(st.tuples(VALUES, TEXT), max_size=3)),
        ),
        max_size=5,
    ),
    kind=st.sampled_from([forms.Select, forms.SelectMultiple]),
)
def test_choices(value, attrs, choices, kind):
    ours, djangos = both(lambda renderer: kind(choices=choices).render("name", value, attrs, renderer))
    assert ours == djangos


class Sample(forms.Form):
    """A label that is marked, one that is lazy, one that is typed."""

    bold = forms.CharField(label=mark_safe("<b>粗</b>"), max_length=3)
    lazy = forms.DecimalField(label=gettext_lazy("Date"), initial=Decimal("1.50"), required=False)
    hostile = forms.ChoiceField(label='"><script>', choices=[("", "请选择"), ("<", "&")])


@given(typed=st.fixed_dictionaries(dict.fromkeys(Sample.base_fields, TEXT)))
def test_labels_errors_and_whole_forms(typed):
    def draw(renderer):
        form = Sample(typed, renderer=renderer)
        parts = [f"{field.label_tag()}{field.legend_tag()}{field.errors}{field}" for field in form]
        return "".join([*parts, str(form.errors.as_ul())])

    ours, djangos = both(draw)
    assert ours == djangos


def test_every_drawn_template_is_one_of_djangos():
    for name in DRAWN:
        assert TemplatesSetting().get_template(name)
