"""Forms of rounds: a new one, its deadline, its seats."""

from django import forms

from portal.forms import PlainIntegerField, PortalForm
from projects.models import Application, Call
from reviews.models import Round
from reviews.queries.subjects import free_applications, free_projects
from reviews.scoring import STEP_WORDS


def _beijing(**kwargs):
    return forms.DateTimeField(widget=forms.DateTimeInput, **kwargs)


class SubjectsField(forms.ModelMultipleChoiceField):
    """Which subjects go into the round, each with its unit and call."""

    def __init__(self, **kwargs):
        super().__init__(Application.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj):
        """Number, title, unit and call."""
        return f"{obj.number} {obj.title}（{obj.lead_unit}，{obj.call}）"


class RoundForm(PortalForm):
    """A new round; everything else comes from the call and its edition."""

    call = forms.ModelChoiceField(Call.objects.exclude(state="draft"), label="申报通知")
    kind = forms.ChoiceField(label="种类", choices=Round._meta.get_field("kind").choices)
    title = forms.CharField(label="名称", max_length=100)
    opens_at = _beijing(label="开始时间（北京时间）")
    closes_at = _beijing(label="截止时间（北京时间）")
    experts_per_item = PlainIntegerField(label="每项专家数", min_value=1, max_value=15, initial=5)
    quorum = PlainIntegerField(label="最少有效评分数", min_value=1, max_value=15, initial=3)
    aggregation = forms.ChoiceField(
        label="计分方法", choices=Round._meta.get_field("aggregation").choices, initial="trimmed"
    )
    step = forms.ChoiceField(label="分值精度", choices=list(STEP_WORDS.items()), initial="half")
    show_others_after_submit = forms.BooleanField(label="专家提交后可看他人评分（会评时使用）", required=False)
    applications = SubjectsField(
        label="申报书（立项评审）", help_text="分组评审时勾选本组的申报书；都不勾选则全部放入。"
    )
    projects = SubjectsField(label="项目（验收评价）", help_text="分批评价时勾选本批的项目；都不勾选则全部放入。")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["applications"].queryset = free_applications().select_related("call", "lead_unit")
        self.fields["projects"].queryset = free_projects().select_related("call", "lead_unit")

    def clean(self):
        """None for "all of the call"; no subjects of the other kind."""
        cleaned = super().clean()
        other = {"selection": "projects", "acceptance": "applications"}.get(cleaned.get("kind", ""))
        if other and cleaned.get(other):
            self.add_error(other, "所勾选的内容与评审种类不符，请取消勾选或更换种类。")
        return cleaned | {name: list(cleaned.get(name) or []) or None for name in ("applications", "projects")}


class ExtendForm(PortalForm):
    """A new deadline."""

    closes_at = _beijing(label="新的截止时间（北京时间）")
    note = forms.CharField(label="原因", max_length=300)
