"""Forms of decisions: the list of a selection round, and the conclusion of an acceptance."""

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


class ProposalForm(PortalForm):
    """Outcome and reason for every item of a ranking; what is in a notice or further on is shown, not chosen."""

    def __init__(self, items, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.items = list(items)
        for item in self.items:
            self.fields[f"outcome_{item.pk}"] = forms.ChoiceField(
                label=f"{item}的结果", choices=[("support", "拟支持"), ("reserve", "候补"), ("decline", "不支持")]
            )
            self.fields[f"reason_{item.pk}"] = forms.CharField(label=f"{item}的理由", required=False, max_length=300)
            self.fields[f"outcome_{item.pk}"].disabled = item.application.state not in ("under_review", "scored")

    def rows(self) -> list[tuple]:
        """(item, outcome field, reason field) for the table."""
        return [(item, self[f"outcome_{item.pk}"], self[f"reason_{item.pk}"]) for item in self.items]

    def outcomes(self) -> dict:
        """Argument of propose."""
        data = self.cleaned_data
        return {item.pk: (data[f"outcome_{item.pk}"], data[f"reason_{item.pk}"]) for item in self.items}
