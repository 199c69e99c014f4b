"""Forms of units and of their people."""

from django import forms
from django.contrib.auth import password_validation

from consortia.actions.units import OWN_DETAILS
from consortia.models import SeatRole, Unit
from consortia.queries import district_choices
from portal.forms import PhoneField, PortalForm, PortalModelForm
from portal.measures.credit_code import check_credit_code


class RegistrationForm(PortalModelForm):
    """Public registration: the code is judged by its check digit, whether it is taken is never said (A4, W6)."""

    district = forms.ChoiceField(label="所在区", choices=lambda: [("", "请选择"), *district_choices(outside=True)])
    contact_name = forms.CharField(label="联系人（单位管理员）", max_length=40)
    contact_phone = PhoneField(label="联系电话", max_length=30)
    contact_email = forms.EmailField(label="联系邮箱", help_text="审核通过后，设置登录名和密码的链接发往这里。")

    class Meta:
        model = Unit
        fields = [
            "name", "credit_code", "kind", "district", "accounting_system", "legal_representative", "address",
            "contact_name", "contact_phone", "contact_email",
        ]  # fmt: skip
        widgets = {"credit_code": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Typed codes come with blanks and full-width characters; they are folded before the length counts.
        self.fields["credit_code"] = forms.CharField(
            label="统一社会信用代码",
            max_length=60,
            help_text="18 位，见营业执照或法人证书。",
            error_messages=self.fields["credit_code"].error_messages,
            widget=forms.TextInput(attrs={"class": "w-line", "autocomplete": "off"}),
        )

    def clean_credit_code(self):
        """The normalised code, or why it cannot be right."""
        code = check_credit_code(self.cleaned_data["credit_code"])
        if not code.is_valid:
            raise forms.ValidationError(code.error)
        return code.normalised

    def validate_unique(self):
        """Not here: the answer to a taken code must look like any other."""


class UnitForm(PortalModelForm):
    """Details that a unit's admin keeps; the bank account is never shown, only replaced."""

    bank_account = forms.CharField(
        label="银行账号", max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    class Meta:
        model = Unit
        fields = [name for name in OWN_DETAILS if name != "bank_account"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 5}), "established_on": forms.DateInput()}

    field_order = ["contact_name", "contact_phone", "contact_email", "address", "established_on", "bank_account_name",
                   "bank_name", "bank_account", "introduction"]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        shown = self.instance.masked_account
        self.fields["bank_account"].help_text = f"现为 {shown}。不修改请留空；修改后会通知中心财务核对。"
        self.fields["bank_account_name"].help_text = "须与公章上的单位名称一致。"

    def clean_bank_account(self):
        """Digits only; an empty field keeps the account."""
        typed = "".join(self.cleaned_data["bank_account"].split()).replace("-", "")
        if not typed:
            return self.instance.bank_account
        if not (typed.isascii() and typed.isdecimal() and 8 <= len(typed) <= 32):
            raise forms.ValidationError("银行账号只含数字，8 至 32 位。请对照开户许可证填写。")
        return typed


class InviteForm(PortalForm):
    """Whom to invite, as what."""

    name = forms.CharField(label="姓名", max_length=40)
    email = forms.EmailField(label="邮箱", help_text="邀请链接发往这里，14 天内有效，只能使用一次。")
    role = forms.ChoiceField(label="角色", choices=SeatRole.choices, widget=forms.RadioSelect)


class AccountForm(PortalForm):
    """A new account for the person an invitation names."""

    name = forms.CharField(label="姓名", max_length=40)
    username = forms.CharField(label="登录名", max_length=64, help_text="字母、数字和 @ . + - _，以后不能修改。")
    phone = PhoneField(label="手机", max_length=20, required=False)
    password = forms.CharField(
        label="密码", max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输入一次密码", max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = "；".join(
            text.rstrip("。") for text in password_validation.password_validators_help_texts()
        )

    def clean(self):
        """Both passwords agree."""
        data = super().clean()
        if data.get("password") != data.get("again"):
            self.add_error("again", "两次输入的密码不一致。")
        return data
