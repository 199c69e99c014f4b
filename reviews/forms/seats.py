"""Forms of seats: one by hand, and what a draw starts from."""

from django import forms

from portal.forms import PlainIntegerField, PortalForm
from reviews.assignment import BACKGROUNDS
from reviews.models import Expert, ReviewItem
from reviews.queries.pool import serving_experts


class AssignForm(PortalForm):
    """One seat by hand."""

    item = forms.ModelChoiceField(ReviewItem.objects.none(), label="评审对象")
    expert = forms.ModelChoiceField(Expert.objects.none(), label="专家", help_text="有利益冲突的会被拒绝，并说明原因。")
    is_chair = forms.BooleanField(label="任组长", required=False)

    def __init__(self, round, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["item"].queryset = round.items.select_related("application", "project")
        self.fields["expert"].queryset = serving_experts()


def _at_least(word: str) -> PlainIntegerField:
    return PlainIntegerField(label=f"{word}类至少", min_value=0, max_value=15, required=False)


class DrawForm(PortalForm):
    """The wish for each panel and the seed."""

    mix_technology = _at_least(BACKGROUNDS["technology"])
    mix_industry = _at_least(BACKGROUNDS["industry"])
    mix_finance = _at_least(BACKGROUNDS["finance"])
    seed = forms.CharField(
        label="抽取种子",
        max_length=64,
        required=False,
        help_text="留空则由系统生成。同一种子、同一候选情况，结果相同，可供复核。",
    )

    def __init__(self, round, *args, **kwargs):
        wishes = {f"mix_{code}": round.panel_mix.get(code, 0) for code in BACKGROUNDS}
        super().__init__(*args, initial=wishes, **kwargs)

    @property
    def mix(self) -> dict[str, int] | None:
        """Background -> at least; None when the form was sent without these fields."""
        if not any(f"mix_{code}" in self.data for code in BACKGROUNDS):
            return None
        return {code: n for code in BACKGROUNDS if (n := self.cleaned_data.get(f"mix_{code}") or 0)}
