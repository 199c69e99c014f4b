"""Forms of seats: one by hand, and the seed of a draw."""

from django import forms

from portal.forms import PortalForm
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


class DrawForm(PortalForm):
    """The seed of a draw."""

    seed = forms.CharField(
        label="抽取种子",
        max_length=64,
        required=False,
        help_text="留空则由系统生成。同一种子、同一候选池，结果相同，可供复核。",
    )
