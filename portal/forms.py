"""Base forms of the portal: one renderer, Chinese messages, numbers in ASCII digits whatever was typed."""

import re
import unicodedata
from decimal import Decimal

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.renderers import TemplatesSetting

from portal.controls import DRAWN

MONEY_MAX_DIGITS = 14
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")
GROUPED_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?\Z")
# Validators fill in the %(…)s part; the field's name comes first, since the error summary shows it far from the field.
LIMIT_MESSAGES = {
    "max_length": "“{label}”最多 %(limit_value)d 个字，现在有 %(show_value)d 个字。",
    "min_length": "“{label}”至少 %(limit_value)d 个字，现在有 %(show_value)d 个字。",
    "min_value": "“{label}”不能小于 %(limit_value)s。",
    "max_value": "“{label}”不能大于 %(limit_value)s。",
    "max_digits": "“{label}”的数字过大，最多 %(max)s 位。",
}
PHONE = re.compile(r"[+(]?[0-9][0-9 ()\-]{5,22}((转|#|x) ?[0-9]{1,6})?\Z")
# Django's own words for these name neither the field nor the way to write it.
INVALID_MESSAGES = {
    forms.URLField: "“{label}”请填写完整网址，例如 https://www.example.org/news。",
    forms.EmailField: "“{label}”请填写完整的电子邮箱，例如 name@example.org。",
    forms.DateField: "“{label}”请按 2026-03-09 的格式填写日期。",
}
SHORT_FIELD, LINE_FIELD = 12, 30
BLANK_DASHES, CHOOSE = BLANK_CHOICE_DASH[0][1], "请选择"


class PortalRenderer(TemplatesSetting):
    """Set as FORM_RENDERER: every form, field group and formset uses our components."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    formset_template_name = "components/formset.html"

    def render(self, template_name, context, request=None):
        """Common controls without a template."""
        draw = DRAWN.get(template_name)
        return draw(context) if draw else super().render(template_name, context, request)


def normalise_number(text: str) -> str:
    """ASCII spelling of a typed number: full width folded, well-placed thousands separators, ¥ and 元 dropped."""
    folded = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    folded = folded.removeprefix("¥").removesuffix("元").strip()
    # "1,5" stays as it is and is refused: read as 15 it would be wrong by ten.
    return folded.replace(",", "") if GROUPED_NUMBER.match(folded) else folded


class PlainNumberMixin:
    """Accept only plain digits: no exponents, underscores, NaN or digits of other scripts."""

    widget = forms.TextInput

    def to_python(self, value):
        if isinstance(value, str):
            value = normalise_number(value)
            if value and not PLAIN_NUMBER.match(value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def widget_attrs(self, widget):
        mode = (
            "numeric"
            if isinstance(self, forms.IntegerField) and not isinstance(self, forms.DecimalField)
            else "decimal"
        )
        return {**super().widget_attrs(widget), "inputmode": mode, "autocomplete": "off"}


class PlainDecimalField(PlainNumberMixin, forms.DecimalField):
    """Decimal number typed as text."""

    default_error_messages = {"invalid": "请用数字填写，例如 12.5。"}


class PlainIntegerField(PlainNumberMixin, forms.IntegerField):
    """Whole number typed as text."""

    default_error_messages = {"invalid": "请用整数填写，例如 6。"}


class MoneyField(PlainDecimalField):
    """Amount in 元 with at most two decimals; not negative unless `min_value` says so."""

    default_error_messages = {
        "invalid": "请用数字填写金额（元），例如 300000.00。",
        "max_decimal_places": "金额最多两位小数（精确到分）。",
    }

    def __init__(self, **kwargs):
        defaults = {"max_digits": MONEY_MAX_DIGITS, "decimal_places": 2, "min_value": Decimal(0)}
        super().__init__(**{**defaults, **kwargs})


def portal_formfield(db_field, **kwargs):
    """Form field of a model field, with our number fields in place of Django's."""
    if isinstance(db_field, models.DecimalField):
        kwargs.setdefault("form_class", PlainDecimalField)
    elif isinstance(db_field, models.IntegerField):
        kwargs.setdefault("form_class", PlainIntegerField)
    return db_field.formfield(**kwargs)


class PhoneField(forms.CharField):
    """Telephone number as people write it, folded to ASCII: 010-60000000, 13800000000, +86 10 6000 0000 转 8."""

    default_error_messages = {"invalid": "请填写电话号码，例如 010-60000000 或 13800000000。"}

    def to_python(self, value):
        """The folded text; empty stays empty."""
        text = unicodedata.normalize("NFKC", super().to_python(value) or "").strip()
        if text and not PHONE.match(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return text


class PortalFormMixin:
    """Messages that name the field, native date inputs, widths that fit the content."""

    required_css_class = "required"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            _use_native_dates(field)
            _word_blank_choice(field)
            _name_field_in_messages(field, field.label or name)
            _fit_width(field)

    def error_count(self) -> int:
        """Number of messages in the form, for the error summary's heading."""
        return sum(len(messages) for messages in self.errors.values())


class SignInForm(PortalFormMixin, AuthenticationForm):
    """Sign-in; which of the two is wrong is never said (W6)."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "登录名或密码不正确，两者都区分大小写。请核对后重新输入，或联系本单位管理员重置密码。"
    }


class NewPasswordForm(PortalFormMixin, PasswordChangeForm):
    """A new password beside the old one."""


class PortalForm(PortalFormMixin, forms.Form):
    """Base of plain forms."""


class PortalModelForm(PortalFormMixin, forms.ModelForm):
    """Base of model forms; number fields of the model become plain number fields."""

    def __init_subclass__(cls, **kwargs):
        # Runs before ModelFormMetaclass reads Meta, so no subclass can forget the callback.
        super().__init_subclass__(**kwargs)
        meta = getattr(cls, "Meta", None)
        if meta is not None and getattr(meta, "formfield_callback", None) is None:
            meta.formfield_callback = portal_formfield


def _use_native_dates(field) -> None:
    if type(field.widget) is forms.DateInput:
        field.widget.input_type, field.widget.format = "date", "%Y-%m-%d"
    elif type(field.widget) is forms.DateTimeInput:
        field.widget.input_type, field.widget.format = "datetime-local", "%Y-%m-%dT%H:%M"


def _word_blank_choice(field) -> None:
    """Django's row of dashes becomes a request to choose; only model choices have it."""
    if isinstance(field, forms.ModelChoiceField) and field.empty_label == BLANK_DASHES:
        field.empty_label = CHOOSE
    elif isinstance(field, forms.TypedChoiceField):
        field.choices = [(value, CHOOSE if label == BLANK_DASHES else label) for value, label in field.choices]


def _name_field_in_messages(field, label: str) -> None:
    """Required, length and choice messages name the field, since the summary shows them away from it."""
    label = label.rstrip("。")
    # A message that the form declares itself wins.
    if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
        field.error_messages["required"] = f"请{_verb(field)}“{label}”。"
    if type(field) in INVALID_MESSAGES:
        field.error_messages["invalid"] = INVALID_MESSAGES[type(field)].format(label=label)
    if isinstance(field, forms.FileField):
        field.error_messages["empty"] = f"“{label}”是空文件，请重新选择。"
    for code, message in LIMIT_MESSAGES.items():
        field.error_messages.setdefault(code, message.format(label=label.replace("%", "%%")))


def _verb(field) -> str:
    if isinstance(field, forms.BooleanField):
        return "勾选"
    if isinstance(field, forms.FileField):
        return "上传"
    return "选择" if isinstance(field, forms.ChoiceField) else "填写"


def _fit_width(field) -> None:
    """Width classes: w-short for numbers, dates and short text, w-line up to thirty characters, else full."""
    widget = field.widget
    if not isinstance(widget, forms.TextInput):
        return
    limit = getattr(field, "max_length", None)
    short = isinstance(field, (forms.IntegerField, forms.DateField, forms.DateTimeField))
    width = (
        "w-short"
        if short or (limit and limit <= SHORT_FIELD)
        else "w-line"
        if limit and limit <= LINE_FIELD
        else "w-full"
    )
    classes = widget.attrs.get("class", "")
    if "w-" not in classes:
        widget.attrs["class"] = f"{classes} {width}".strip()
