"""Forms of the expert pool: cards with their history and absences, pinned conflicts, ties between units."""

from django import forms

from consortia.models import Unit
from portal import editions
from portal.forms import PortalForm, PortalModelForm
from portal.measures.credit_code import check_credit_code
from portal.models import User
from projects.models import Application
from reviews.actions.experts import absence_line, post_line
from reviews.actions.import_rows import read_absence, read_post
from reviews.models import Expert, ExpertConflict

_WIDE = {"rows": 4, "cols": 60}
_OFFERED = 8


class UnitField(forms.CharField):
    """A registered unit by its credit code or its name, in part if only one fits: a list of thousands is no help."""

    def __init__(self, units=None, **kwargs):
        super().__init__(max_length=100, **kwargs)
        self.units = units if units is not None else Unit.objects.all()

    def prepare_value(self, value):
        """The name of a unit that is given as a row."""
        return value.name if isinstance(value, Unit) else value

    def clean(self, value):
        """The unit; None for an empty field."""
        text = super().clean(value).strip()
        if not text:
            return None
        code = check_credit_code(text)
        exact = self.units.filter(credit_code=code.normalised) if code.is_valid else self.units.filter(name=text)
        found = list(exact.order_by("state", "pk")[:1]) or list(self.units.filter(name__icontains=text)[: _OFFERED + 1])
        if not found:
            raise forms.ValidationError(f"平台上没有登记“{text[:40]}”，请填写单位全称或统一社会信用代码。")
        if len(found) > 1:
            names = "、".join(unit.name for unit in found[:_OFFERED])
            more = "等" if len(found) > _OFFERED else ""
            raise forms.ValidationError(f"有多个单位的名称含“{text[:40]}”：{names}{more}。请填写全称。")
        return found[0]


class ApplicationField(forms.CharField):
    """An application by its number."""

    def __init__(self, **kwargs):
        super().__init__(max_length=40, **kwargs)

    def clean(self, value):
        """The application; None for an empty field."""
        text = super().clean(value).strip()
        if not text:
            return None
        rows = Application.objects.exclude(state__in=["draft", "unit_review"]).select_related("call", "lead_unit")
        application = rows.filter(number=text).first()
        if application is None:
            raise forms.ValidationError(f"没有编号为“{text}”的申报书，请核对申报编号。")
        return application


class ExpertForm(PortalModelForm):
    """An expert card with the history of posts and the absences, one a line."""

    unit = UnitField(
        label="现单位（平台已登记的）",
        required=False,
        help_text="单位全称或统一社会信用代码；未登记的单位留空。填写后按法人识别回避。",
    )
    fields = forms.MultipleChoiceField(label="熟悉领域", choices=[], widget=forms.CheckboxSelectMultiple)
    history = forms.CharField(
        label="曾任职单位",
        required=False,
        widget=forms.Textarea(attrs=_WIDE),
        help_text="每行一段：单位名称，起（2020-01-01，可空），止（2023-06-30，可空）。更换现单位时，原单位自动记入。",
    )
    away = forms.CharField(
        label="不便评审时段",
        required=False,
        widget=forms.Textarea(attrs=_WIDE),
        help_text="每行一段：起（2025-05-01），止（可空，表示另行通知），说明。与评审时间重叠的轮次不安排该专家。",
    )

    class Meta:
        model = Expert
        fields = ["user", "unit_name", "unit", "title", "background", "fields", "max_load", "available", "term_until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        latest = editions.edition(editions.codes()[-1])
        self.fields["fields"].choices = [(choice.name, choice.name) for choice in latest.fields]
        self.fields["user"].queryset = User.objects.filter(is_active=True, duty="")
        if self.instance.pk:
            # The card stays with its person.
            self.fields["user"].disabled = True
            self.initial["unit"] = self.instance.unit
            self.initial["history"] = "\n".join(post_line(post) for post in self.instance.posts.all())
            self.initial["away"] = "\n".join(absence_line(row) for row in self.instance.absences.all())

    def clean_history(self) -> list[dict]:
        """Lines as dicts of ExpertPost."""
        return _lines(self.cleaned_data["history"], read_post)

    def clean_away(self) -> list[dict]:
        """Lines as dicts of ExpertAbsence."""
        return _lines(self.cleaned_data["away"], read_absence)


def _lines(text: str, read) -> list[dict]:
    try:
        return [read(line) for line in text.splitlines() if line.strip()]
    except ValueError as problem:
        raise forms.ValidationError(str(problem)) from problem


class ConflictForm(PortalForm):
    """A pinned conflict: with a unit or with one application."""

    expert = forms.ModelChoiceField(Expert.objects.select_related("user"), label="专家")
    kind = forms.ChoiceField(label="类型", choices=ExpertConflict._meta.get_field("kind").choices)
    unit = UnitField(label="有利益冲突的单位", required=False, help_text="单位全称或统一社会信用代码；与申报书二选一。")
    application = ApplicationField(label="申报编号", required=False, help_text="只与一个项目有关时填写；与单位二选一。")
    letter_on = forms.DateField(
        label="回避申请书日期", required=False, help_text="类型为“申报单位申请回避”时填写；每项最多申请 3 位专家回避。"
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="事实或理由；依据存放何处。")
    since = forms.DateField(label="关系开始日期", required=False)
    until = forms.DateField(label="关系结束日期", required=False, help_text="仍在持续的可不填。")

    def clean(self):
        """A unit or an application, not both."""
        cleaned = super().clean()
        if {"unit", "application"} & set(self.errors):
            return cleaned
        if bool(cleaned.get("unit")) == bool(cleaned.get("application")):
            raise forms.ValidationError("请填写有利益冲突的单位或申报编号，二者选其一。")
        return cleaned


class EndForm(PortalForm):
    """The reason why a record ends."""

    note = forms.CharField(label="解除理由", max_length=200, help_text="例如：离职已满三年，附证明。")


class TieForm(PortalForm):
    """A parent and its subsidiary."""

    parent = UnitField(label="上级单位", help_text="单位全称或统一社会信用代码。")
    child = UnitField(label="下属单位", help_text="单位全称或统一社会信用代码。")
    note = forms.CharField(label="依据", max_length=200, help_text="例如：工商登记的股权关系、主管部门批复。")
