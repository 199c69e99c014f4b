"""Forms of the expert: undertaking, recusal, score sheet."""

from django import forms

from consortia.models import Unit
from portal.forms import PortalForm
from reviews import scoring
from reviews.forms.pool import UnitField
from reviews.models import ExpertConflict

POINTS, COMMENT = "points_", "comment_"


class UndertakingForm(PortalForm):
    """Sign with one's own name."""

    agree = forms.BooleanField(label="本人已阅读并承诺遵守以上各项")
    signed_name = forms.CharField(label="签署姓名", max_length=40, help_text="请填写与账号一致的姓名。")


class RecuseForm(PortalForm):
    """Why the expert withdraws."""

    reason = forms.CharField(
        label="回避原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：与项目负责人有师生关系；近三年有合作项目。",
    )


# What a unit asks for by letter is no relation that the expert declares.
DECLARED = [choice for choice in ExpertConflict._meta.get_field("kind").choices if choice[0] != "requested"]


class DeclareForm(PortalForm):
    """A conflict of interest with a registered unit, declared by the expert himself."""

    unit = UnitField(
        Unit.objects.filter(state="approved"),
        label="有利益关系的单位",
        help_text="单位名称或统一社会信用代码；名称可以只填一部分，有多个相近的会列出来供您选定。",
    )
    kind = forms.ChoiceField(label="关系", choices=DECLARED)
    since = forms.DateField(label="关系开始日期", required=False)
    until = forms.DateField(label="关系结束日期", required=False, help_text="仍在持续的可不填。")
    note = forms.CharField(label="说明", max_length=200, required=False)


class SummaryForm(PortalForm):
    """The chair's opinion of the panel."""

    text = forms.CharField(label="专家组意见", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class SheetForm(PortalForm):
    """The score sheet of a scheme: points as typed text (the action reads them), comments, recommendation."""

    def __init__(self, scheme: scoring.Scheme, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        for row in scheme.criteria:
            self.fields[POINTS + row.code] = _points_field(row, scheme)
            self.fields[COMMENT + row.code] = forms.CharField(
                label=f"{row.name}评语", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
            )
        self.fields["recommendation"] = forms.ChoiceField(
            label="推荐意见",
            required=False,
            choices=[(choice.code, choice.name) for choice in scheme.recommendations],
            widget=forms.RadioSelect,
        )
        self.fields["comment"] = forms.CharField(
            label="总体评价",
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text=f"提交时不少于 {scheme.comment_min_chars} 字。",
        )
        self.fields["revision"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def clean(self):
        """Points of every criterion; a field sent twice is refused, not guessed (R7)."""
        cleaned = super().clean()
        for row in self.scheme.criteria:
            name = POINTS + row.code
            if len(self.data.getlist(name)) > 1:
                self.add_error(name, f"“{row.name}”重复提交了多个得分，请刷新页面后重试。")
                continue
            try:
                scoring.parse_points(cleaned.get(name) or "", row.maximum, self.scheme.step)
            except scoring.PointsError as problem:
                self.add_error(name, f"“{row.name}”{problem}")
        known = {POINTS + row.code for row in self.scheme.criteria}
        if any(key.startswith(POINTS) and key not in known for key in self.data):
            self.add_error(None, "提交的评分中有本表没有的指标。请刷新页面后重试。")
        return cleaned

    def values(self) -> dict:
        """Arguments of save_sheet."""
        data = self.cleaned_data
        return {
            "scores": {row.code: data[POINTS + row.code] for row in self.scheme.criteria},
            "comments": {row.code: data[COMMENT + row.code] for row in self.scheme.criteria},
            "recommendation": data["recommendation"],
            "comment": data["comment"],
            "revision": data["revision"],
        }


def _points_field(row: scoring.Criterion, scheme: scoring.Scheme) -> forms.CharField:
    attrs = {
        "class": "score-input w-short",
        "inputmode": "decimal",
        "autocomplete": "off",
        "data-score": "",
        "data-max": scoring.plain(row.maximum),
    }
    return forms.CharField(label=f"{row.name}得分", required=False, max_length=12, widget=forms.TextInput(attrs=attrs))


def initial_of(sheet) -> dict:
    """What the form shows of a stored sheet."""
    initial = {"recommendation": sheet.recommendation, "comment": sheet.comment, "revision": sheet.revision}
    for entry in sheet.entries.all():
        initial[POINTS + entry.criterion] = "" if entry.points is None else scoring.plain(entry.points)
        initial[COMMENT + entry.criterion] = entry.comment
    return initial
