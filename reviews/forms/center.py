"""Forms of the center: rounds, seats, experts, conflicts, conclusions."""

from datetime import date

from django import forms

from portal import editions
from portal.forms import PlainIntegerField, PortalForm, PortalModelForm
from portal.models import User
from projects.models import Application, Call
from projects.states import ConclusionCode
from reviews.models import Expert, ExpertConflict, ExpertPost, ReviewItem, Round
from reviews.queries.pool import serving_experts
from reviews.queries.subjects import free_applications, free_projects
from reviews.scoring import STEP_WORDS

_WIDE = {"rows": 4, "cols": 60}


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


class ExpertForm(PortalModelForm):
    """An expert card with the history of posts, one a line."""

    fields = forms.MultipleChoiceField(label="熟悉领域", choices=[], widget=forms.CheckboxSelectMultiple)
    history = forms.CharField(
        label="曾任职单位",
        required=False,
        widget=forms.Textarea(attrs=_WIDE),
        help_text="每行一段：单位名称，起（2020-01-01，可空），止（2023-06-30，可空）。",
    )

    class Meta:
        model = Expert
        fields = ["user", "unit", "unit_name", "title", "background", "fields", "max_load", "available", "term_until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        latest = editions.edition(editions.codes()[-1])
        self.fields["fields"].choices = [(choice.name, choice.name) for choice in latest.fields]
        self.fields["user"].queryset = User.objects.filter(is_active=True, duty="")
        if self.instance.pk:
            self.initial["history"] = "\n".join(_post_line(post) for post in self.instance.posts.all())

    def clean_history(self) -> list[dict]:
        """Lines as dicts of ExpertPost."""
        return [read_post(line) for line in self.cleaned_data["history"].splitlines() if line.strip()]


def _post_line(post: ExpertPost) -> str:
    return "，".join([post.unit_name, str(post.started_on or ""), str(post.ended_on or "")])


def read_post(line: str) -> dict:
    """One line 单位，起，止; ValidationError (Chinese) names the line."""
    name, started, ended = [part.strip() for part in [*line.replace(",", "，").split("，"), "", ""][:3]]
    try:
        days = [date.fromisoformat(text) if text else None for text in (started, ended)]
    except ValueError as problem:
        raise forms.ValidationError(f"“{line}”中的日期须写成 2023-06-30 的形式。") from problem
    if not name or len(name) > 100:
        raise forms.ValidationError(f"“{line[:40]}”缺少单位名称或名称过长。")
    return {"unit_name": name, "started_on": days[0], "ended_on": days[1]}


class ImportForm(PortalForm):
    """A table of experts."""

    file = forms.FileField(
        label="专家名册", help_text="xlsx 或 csv。表头：登录名、姓名、手机、邮箱、单位、职称、类别、熟悉领域、聘期至。"
    )
    commit = forms.ChoiceField(
        label="办理", choices=[("", "只检查，不导入"), ("yes", "检查无误后导入")], required=False
    )


class ConflictForm(PortalModelForm):
    """A pinned conflict."""

    application = forms.ModelChoiceField(
        Application.objects.exclude(state__in=["draft", "unit_review"]), label="申报书", required=False
    )

    class Meta:
        model = ExpertConflict
        fields = ["expert", "kind", "unit", "application", "note", "since", "until"]

    def _post_clean(self):
        # `clean` says in a sentence what the constraint would only name.
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()

    def clean(self):
        """A unit or an application, not both."""
        cleaned = super().clean()
        if bool(cleaned.get("unit")) == bool(cleaned.get("application")):
            raise forms.ValidationError("请选择有利益冲突的单位或申报书，二者选其一。")
        return cleaned


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
