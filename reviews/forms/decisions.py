"""The form of a conclusion of an acceptance."""

from django import forms

from portal.forms import PortalForm
from projects.states import ConclusionCode

_WIDE = {"rows": 4, "cols": 60}


class ConclusionForm(PortalForm):
    """A conclusion to be drafted."""

    code = forms.ChoiceField(label="验收结论", choices=ConclusionCode.choices)
    opinion = forms.CharField(
        label="专家组与管理单位意见",
        max_length=4000,
        widget=forms.Textarea(attrs=_WIDE),
        help_text="会写入发给单位的副本，请不写专家姓名和分数。与系统建议不一致时，须在此写明理由。",
    )
