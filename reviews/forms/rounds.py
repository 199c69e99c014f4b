"""Forms of rounds: a new one, its terms, its deadline."""

from django import forms

from portal.forms import PlainIntegerField, PortalForm
from projects.models import Application, Call
from reviews.models import Round
from reviews.queries.subjects import free_applications, free_projects
from reviews.scoring import STEP_WORDS

HIDE_HELP = (
    "专家看到的页面、通知和附件名称中，登记的单位和人员名称以〔牵头单位〕等代替。"
    "附件的内容、申报书正文中的简称不作改动，要求严格匿名的须让申报单位另行提交匿名材料。只用于立项评审。"
)


def _beijing(**kwargs):
    return forms.DateTimeField(widget=forms.DateTimeInput, **kwargs)


class SubjectsField(forms.ModelMultipleChoiceField):
    """Which subjects go into the round, each with its unit and call."""

    def __init__(self, **kwargs):
        super().__init__(Application.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj):
        """Number, title, unit and call."""
        return f"{obj.number} {obj.title}（{obj.lead_unit}，{obj.call}）"


class TermsForm(PortalForm):
    """Title, dates, numbers and secrecy: what may change until the round starts."""

    title = forms.CharField(label="名称", max_length=100)
    recuse_until = _beijing(
        label="确认与回避截止（北京时间）",
        required=False,
        help_text="过后只有利益冲突可以申请回避，不熟悉领域、时间不便等须联系中心。不填的，评分截止前都可以。",
    )
    opens_at = _beijing(
        label="评分开始时间（北京时间）", help_text="轮次开始后、此时间前，专家可以签承诺书、确认、回避和阅读材料。"
    )
    closes_at = _beijing(label="评分截止时间（北京时间）")
    experts_per_item = PlainIntegerField(label="每项专家数", min_value=1, max_value=15, initial=5)
    quorum = PlainIntegerField(label="最少有效评分数", min_value=1, max_value=15, initial=3)
    aggregation = forms.ChoiceField(
        label="计分方法",
        choices=Round._meta.get_field("aggregation").choices,
        initial="trimmed",
        help_text="去最高最低分只在有效评分不少于 5 份时进行，不足的按平均分。",
    )
    show_others_after_submit = forms.BooleanField(
        label="专家提交后可看他人评分（会评时使用）",
        required=False,
        help_text="只显示专家代号；选用的，提交后不能退回修改。",
    )
    hide_applicants = forms.BooleanField(label="对专家隐去申报单位和人员", required=False, help_text=HIDE_HELP)


class EditForm(TermsForm):
    """The terms of a round in preparation, as they were when the page was opened (`revision`)."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    @classmethod
    def of(cls, round: Round, data=None) -> "EditForm":
        """Filled in with what is stored."""
        names = ("title", "recuse_until", "opens_at", "closes_at", "experts_per_item", "quorum", "aggregation")
        names += ("show_others_after_submit", "hide_applicants", "revision")
        return cls(data, initial={name: getattr(round, name) for name in names})


class RoundForm(TermsForm):
    """A new round; its score sheet comes from the call, else from the edition, and may be changed afterwards."""

    call = forms.ModelChoiceField(Call.objects.exclude(state="draft"), label="申报通知")
    kind = forms.ChoiceField(label="种类", choices=Round._meta.get_field("kind").choices)
    step = forms.ChoiceField(label="分值精度", choices=list(STEP_WORDS.items()), initial="half")
    applications = SubjectsField(
        label="申报书（立项评审）", help_text="分组评审时勾选本组的申报书；都不勾选则全部放入。"
    )
    projects = SubjectsField(label="项目（验收评价）", help_text="分批评价时勾选本批的项目；都不勾选则全部放入。")
    field_order = ("call", "kind")

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
