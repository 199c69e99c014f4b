"""Forms of the expert: undertaking, recusal, score sheet."""

from django import forms

from consortia.models import Unit
from portal.forms import PortalForm
from reviews import scoring
from reviews.forms.pool import UnitField
from reviews.models import ExpertConflict
from reviews.states import RecusalKind

POINTS, COMMENT, SKIP = "points_", "comment_", "skip_"


class UndertakingForm(PortalForm):
    """Sign with one's own name."""

    agree = forms.BooleanField(label="本人已阅读并承诺遵守以上各项")
    signed_name = forms.CharField(label="签署姓名", max_length=40, help_text="请填写与账号一致的姓名。")


class RecuseForm(PortalForm):
    """Why the expert withdraws."""

    kind = forms.ChoiceField(label="回避情形", choices=RecusalKind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="具体原因",
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
    """The score sheet of a scheme: points as typed text (the action reads them), comments, recommendation.

    Its page (reviews/_sheet_form.html) draws the controls itself.
    """

    def __init__(self, scheme: scoring.Scheme, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        for row in scheme.criteria:
            self.fields[POINTS + row.code] = forms.CharField(label=f"{row.name}得分", required=False, max_length=12)
            self.fields[COMMENT + row.code] = forms.CharField(label=f"{row.name}评语", required=False, max_length=2000)
            if row.may_skip:
                self.fields[SKIP + row.code] = forms.BooleanField(label=f"{row.name}不适用", required=False)
        self.fields["recommendation"] = forms.ChoiceField(
            label="推荐意见",
            required=False,
            choices=[(choice.code, choice.name) for choice in scheme.recommendations],
        )
        self.fields["comment"] = forms.CharField(label="总体评价", required=False, max_length=2000)
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
                points = scoring.parse_points(cleaned.get(name) or "", row.maximum, self.scheme.step)
            except scoring.PointsError as problem:
                self.add_error(name, f"“{row.name}”{problem}")
                continue
            if points is not None and cleaned.get(SKIP + row.code):
                self.add_error(name, f"“{row.name}”既填了得分，又标为不适用，请只留其一。")
        if any(key.startswith((POINTS, SKIP)) and key not in self.fields for key in self.data):
            self.add_error(None, "提交的评分中有本表没有的指标。请刷新页面后重试。")
        return cleaned

    def values(self) -> dict:
        """Arguments of save_sheet."""
        data = self.cleaned_data
        return {
            "scores": {row.code: data[POINTS + row.code] for row in self.scheme.criteria},
            "comments": {row.code: data[COMMENT + row.code] for row in self.scheme.criteria},
            "skipped": frozenset(row.code for row in self.scheme.criteria if data.get(SKIP + row.code)),
            "recommendation": data["recommendation"],
            "comment": data["comment"],
            "revision": data["revision"],
        }


def initial_of(sheet, entries) -> dict:
    """What the form shows of a stored sheet and its entries by criterion."""
    initial = {"recommendation": sheet.recommendation, "comment": sheet.comment, "revision": sheet.revision}
    for entry in entries.values():
        initial[POINTS + entry.criterion] = "" if entry.points is None else scoring.plain(entry.points)
        initial[COMMENT + entry.criterion] = entry.comment
        initial[SKIP + entry.criterion] = entry.not_applicable
    return initial
