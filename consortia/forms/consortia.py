"""Forms of consortia for the lead unit."""

from django import forms
from django.utils import timezone

from consortia.models import Unit
from portal.forms import PortalForm
from portal.measures.credit_code import check_credit_code

AGREEMENT = "双方盖章的入会或合作协议，PDF，不超过 20 MB。"


class MemberForm(PortalForm):
    """A new member, named by its credit code: names are written in many ways, codes in one."""

    credit_code = forms.CharField(
        label="成员单位的统一社会信用代码", max_length=60, help_text="该单位须已在平台注册并通过审核。"
    )
    joined_on = forms.DateField(label="加入日期", widget=forms.DateInput())
    chain_position = forms.CharField(label="产业链位置", max_length=60, required=False, help_text="例如：上游核心部件")
    task = forms.CharField(label="承担任务", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
    agreement = forms.FileField(label="入会协议", required=False, help_text=AGREEMENT)

    def clean_credit_code(self):
        """The approved unit of the code."""
        code = check_credit_code(self.cleaned_data["credit_code"])
        if not code.is_valid:
            raise forms.ValidationError(code.error)
        unit = Unit.objects.filter(credit_code=code.normalised, state="approved").first()
        if unit is None:
            raise forms.ValidationError("平台上没有已开通的这一单位。请该单位先注册，审核通过后再增加。")
        return unit


class MemberPartForm(PortalForm):
    """The part of a present member."""

    chain_position = forms.CharField(label="产业链位置", max_length=60, required=False)
    task = forms.CharField(label="承担任务", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
    agreement = forms.FileField(label="更换入会协议", required=False, help_text=AGREEMENT)


class MemberFilter(PortalForm):
    """Filters of the list of members."""

    standing = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[
            ("", "全部"),
            ("present", "在册"),
            ("waiting", "待确认"),
            ("disputed", "不予确认"),
            ("left", "已退出"),
        ],
    )
    q = forms.CharField(label="单位或信用代码", required=False, max_length=60)


class DisputeForm(PortalForm):
    """Why a member unit does not confirm."""

    note = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：未签订协议、任务与协议不符。",
    )


class LeaveForm(PortalForm):
    """When and why a member leaves."""

    left_on = forms.DateField(label="退出日期", widget=forms.DateInput(), initial=timezone.localdate)
    note = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
