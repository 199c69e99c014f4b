"""Forms of the expert pool: cards with their history, imports, pinned conflicts."""

from datetime import date

from django import forms

from portal import editions
from portal.forms import PortalForm, PortalModelForm
from portal.models import User
from projects.models import Application
from reviews.models import Expert, ExpertConflict, ExpertPost

_WIDE = {"rows": 4, "cols": 60}


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
