"""Forms of registration."""

from django import forms

from consortia.models import Unit
from consortia.queries import district_choices
from portal.forms import PhoneField, PortalForm, PortalModelForm
from portal.measures.credit_code import check_credit_code


class RegistrationForm(PortalModelForm):
    """Public registration: the code is judged by its check digit, whether it is taken is never said (A4, W6)."""

    district = forms.ChoiceField(label="所在区", choices=lambda: [("", "请选择"), *district_choices(outside=True)])
    code_confirmed = forms.BooleanField(label="已对照证照逐位核对，代码无误")
    contact_name = forms.CharField(label="联系人（单位管理员）", max_length=40)
    contact_phone = PhoneField(label="联系电话", max_length=30)
    contact_email = forms.EmailField(label="联系邮箱", help_text="审核通过后，设置登录名和密码的链接发往这里。")

    class Meta:
        model = Unit
        fields = [
            "name", "credit_code", "kind", "district", "accounting_system", "legal_representative", "address",
            "contact_name", "contact_phone", "contact_email",
        ]  # fmt: skip
        help_texts = {"name": "与证照、公章一致的全称。"}
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

        self._ask_to_confirm()

    field_order = ["name", "credit_code", "code_confirmed"]

    def _ask_to_confirm(self):
        """A code whose inner check fails may be right (old ones are): then a person has to say so."""
        self.warning = check_credit_code(self.data.get("credit_code", "")).warning if self.is_bound else None
        if not self.warning:
            del self.fields["code_confirmed"]
            return
        self.fields["code_confirmed"].error_messages["required"] = self.warning + "核对无误的，请勾选后再次提交。"

    def clean(self):
        """Without the tick, which is no fact of the unit."""
        data = super().clean()
        data.pop("code_confirmed", None)
        return data

    def clean_credit_code(self):
        """The normalised code, or why it cannot be right."""
        code = check_credit_code(self.cleaned_data["credit_code"])
        if not code.is_valid:
            raise forms.ValidationError(code.error)
        return code.normalised

    def validate_unique(self):
        """Not here: the answer to a taken code must look like any other."""


class QueryForm(PortalForm):
    """The code that came with the acknowledgement."""

    code = forms.CharField(label="查询码", max_length=40, help_text="16 位，在“已收到单位注册”邮件中。", strip=True)
