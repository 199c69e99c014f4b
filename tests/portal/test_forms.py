"""Base forms: numbers as typed in Chinese offices, messages that name the field, accessible markup."""

from decimal import Decimal

import pytest
from django import forms

from portal.forms import MoneyField, PhoneField, PlainIntegerField, PortalForm, PortalModelForm
from portal.models import CalendarDay, Document


class Costing(PortalForm):
    """One money field, one count, one text, one group."""

    amount = MoneyField(label="金额（占比 100%）")
    members = PlainIntegerField(label="扩容家数", min_value=6)
    name = forms.CharField(label="名称", max_length=5)
    kind = forms.ChoiceField(label="类型", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect)
    note = forms.CharField(label="备注", required=False, help_text="可不填。")
    starts_on = forms.DateField(label="开始日期", required=False)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("300000", "300000"),
        ("３００，０００．５０", "300000.50"),
        ("¥1,234.5", "1234.5"),
        ("￥20", "20"),
        (" 12 元 ", "12"),
    ],
)
def test_money_field_reads_what_offices_type(typed, amount):
    assert MoneyField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "1e5",
        "1_000",
        "NaN",
        "Infinity",
        "٣٣",
        "1,5",
        "12,34",
        "1.234",
        "-1",
        "一万",
        "\x00",
        "1\x002",
        "9" * 20,
        "0x10",
    ],
)
def test_money_field_refuses_doubtful_numbers(typed):
    with pytest.raises(forms.ValidationError):
        MoneyField().clean(typed)


def test_count_field_refuses_fractions():
    assert PlainIntegerField().clean("１２") == 12
    with pytest.raises(forms.ValidationError):
        PlainIntegerField().clean("1.5")


def test_messages_name_the_field_even_when_its_label_has_a_percent_sign():
    form = Costing({"amount": "-1", "members": "5", "name": "一二三四五六", "kind": ""})
    assert form.errors["amount"] == ["“金额（占比 100%）”不能小于 0。"]
    assert form.errors["members"] == ["“扩容家数”不能小于 6。"]
    assert form.errors["name"] == ["“名称”最多 5 个字，现在有 6 个字。"]
    assert form.errors["kind"] == ["请选择“类型”。"]
    assert form.error_count() == 4


def test_required_message_names_the_field_without_format_marks():
    assert Costing({}).errors["amount"] == ["请填写“金额（占比 100%）”。"]


def test_nul_byte_is_an_error_not_a_crash():
    assert "name" in Costing({"name": "a\x00b"}).errors


def test_field_markup_ties_hint_error_and_control_together():
    html = str(Costing({"note": "x", "amount": "x"}))
    assert 'id="id_note_helptext"' in html
    assert 'aria-describedby="id_note_helptext"' in html
    assert 'id="id_amount_error"' in html
    assert 'aria-describedby="id_amount_error"' in html
    assert 'aria-invalid="true"' in html
    assert html.count("（选填）") == 2
    assert html.count("<legend>") == 1


def test_help_text_is_escaped():
    class Hostile(PortalForm):
        name = forms.CharField(label="<b>", help_text="<i>")

    html = str(Hostile())
    assert "<b>" not in html
    assert "<i>" not in html


def test_dates_use_the_browsers_control_and_its_format():
    field = Costing(initial={"starts_on": "2025-06-03"})["starts_on"]
    assert 'type="date"' in str(field)
    assert 'value="2025-06-03"' in str(field)


def test_model_form_takes_plain_numbers_and_native_dates():
    class DocumentForm(PortalModelForm):
        class Meta:
            model = Document
            fields = ["version"]

    class DayForm(PortalModelForm):
        class Meta:
            model = CalendarDay
            fields = ["day", "name"]

    assert isinstance(DocumentForm().fields["version"], PlainIntegerField)
    assert 'type="date"' in str(DayForm()["day"])


def test_file_field_warns_against_secrets():
    class Upload(PortalForm):
        proposal = forms.FileField(label="协议")

    assert "严禁填报、上传涉密信息" in str(Upload())


class Contact(PortalForm):
    """Fields whose Django messages name neither the field nor its format."""

    phone = PhoneField(label="联系电话")
    news = forms.URLField(label="新闻稿链接", assume_scheme="https")


@pytest.mark.parametrize(
    ("typed", "kept"), [("０１０－６０００００００", "010-60000000"), ("+86 138 0000 0000", "+86 138 0000 0000")]
)
def test_phone_is_folded(typed, kept):
    form = Contact({"phone": typed, "news": "https://example.org/a"})
    assert form.is_valid()
    assert form.cleaned_data["phone"] == kept


@pytest.mark.parametrize("typed", ["abc", "12", "1380000000<script>", "13800000000;" * 3])
def test_phone_refuses_what_is_no_number(typed):
    assert "请填写电话号码" in Contact({"phone": typed}).errors["phone"][0]


def test_link_message_names_the_field_and_the_format():
    assert "新闻稿链接" in Contact({"phone": "13800000000", "news": "bad url"}).errors["news"][0]
