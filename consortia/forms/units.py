"""Forms of units."""

from django import forms
from django.utils import timezone

from consortia.actions.changes import LEGAL
from consortia.actions.units import BANK, OWN_DETAILS
from consortia.models import Unit
from consortia.queries import district_choices
from portal.forms import PortalForm, PortalModelForm

PROOF = "PDF 或图片，不超过 20 MB。"


def clean_account(typed: str) -> str:
    """Digits only; raises with how to write it."""
    digits = "".join(typed.split()).replace("-", "")
    if digits and not (digits.isascii() and digits.isdecimal() and 8 <= len(digits) <= 32):
        raise forms.ValidationError("银行账号只含数字，8 至 32 位。请对照开户许可证填写。")
    return digits


class UnitForm(PortalModelForm):
    """Details that a unit's admin keeps; the account only as long as none is registered."""

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
        if self.instance.bank_account:
            # An account that money goes to is changed with proof, through finance.
            for name in BANK:
                del self.fields[name]
            return
        self.fields["bank_account"].help_text = "登记后通知中心财务核对；以后变更须上传证明，由财务确认。"
        self.fields["bank_account_name"].help_text = "须与公章上的单位名称一致。"

    def clean_bank_account(self):
        """Digits only."""
        return clean_account(self.cleaned_data["bank_account"])


class LegalChangeForm(PortalModelForm):
    """New values of registered facts."""

    district = forms.ChoiceField(label="所在区", choices=lambda: district_choices(outside=True))
    until = forms.DateField(
        label="原名称使用至", required=False, widget=forms.DateInput(), help_text="变更单位全称的须填写，不晚于今天。"
    )
    reason = forms.CharField(label="变更原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    proof = forms.FileField(label="证明材料", help_text=f"新的营业执照、法人证书或批准文件，{PROOF}")

    class Meta:
        model = Unit
        fields = list(LEGAL)

    def clean_until(self):
        """Not in the future."""
        until = self.cleaned_data["until"]
        if until and until > timezone.localdate():
            raise forms.ValidationError("“原名称使用至”不能晚于今天。")
        return until

    def clean(self):
        """A new name needs the last day of the old one; said at that field."""
        cleaned = super().clean()
        is_renamed = cleaned.get("name", self.initial["name"]) != self.initial["name"]
        if is_renamed and "until" not in self.errors and not cleaned["until"]:
            self.add_error("until", "更名请填写原名称使用至哪一天，不能晚于今天。")
        return cleaned


class BankChangeForm(PortalForm):
    """Another account for the money."""

    bank_account_name = forms.CharField(label="户名", max_length=100, help_text="须与公章上的单位名称一致。")
    bank_name = forms.CharField(label="开户行", max_length=100)
    bank_account = forms.CharField(
        label="新的银行账号", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(label="变更原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    proof = forms.FileField(label="证明材料", help_text=f"开户许可证或银行出具的账户证明，{PROOF}")

    def clean_bank_account(self):
        """Digits only."""
        return clean_account(self.cleaned_data["bank_account"])
