"""The score sheet of a round as a form: its rules, and one row a criterion (D4, D5). Works without scripts."""

import unicodedata

from django import forms
from django.forms import BaseFormSet, formset_factory

from portal.forms import PlainIntegerField, PortalForm
from reviews.models import Round
from reviews.queries.schemes import LIMITS
from reviews.scoring import STEP_WORDS

BLANK_ROWS = 2


class CriterionForm(PortalForm):
    """One criterion; a row without a name is no criterion."""

    use_required_attribute = False

    code = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="指标名称", max_length=40, required=False)
    maximum = PlainIntegerField(label="满分", min_value=1, max_value=100, required=False)
    hints = forms.CharField(label="评分要点", max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    comment_min = PlainIntegerField(label="评语最少字数", min_value=0, max_value=LIMITS["comment_min"], required=False)
    may_skip = forms.BooleanField(label="可标“不适用”", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name != "code":
                field.widget.attrs["aria-label"] = field.label

    def clean(self):
        """A named row needs its maximum, and what was typed belongs to a name."""
        cleaned = super().clean()
        if cleaned.get("name") and not cleaned.get("maximum") and "maximum" not in self.errors:
            self.add_error("maximum", f"请填写“{cleaned['name']}”的满分。")
        if not cleaned.get("name") and cleaned.get("maximum"):
            self.add_error("name", "请填写指标名称；要删除这一项，请把满分也清空。")
        hints = [line.strip() for line in cleaned.get("hints", "").splitlines() if line.strip()]
        if len(hints) > LIMITS["hints"]:
            self.add_error("hints", f"评分要点最多 {LIMITS['hints']} 条，一行一条。")
        return cleaned | {"hints": hints}


CriterionSet = formset_factory(
    CriterionForm, formset=BaseFormSet, extra=0, max_num=LIMITS["criteria"], absolute_max=30, validate_max=True
)


class SchemeForm(PortalForm):
    """The rules of the sheet; `rows` is the formset of its criteria."""

    name = forms.CharField(label="评分表名称", max_length=30)
    step = forms.ChoiceField(label="分值精度", choices=list(STEP_WORDS.items()))
    tie_break = forms.ChoiceField(label="同分时先比较", help_text="该项不能标“不适用”。")
    comment_min_chars = PlainIntegerField(label="总体评价最少字数", min_value=0, max_value=LIMITS["comment_min"])
    bands = forms.CharField(
        label="档次",
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一档：名称、空格、起始百分比，从高到低，最后一档从 0 起。留空则没有快速选择。",
    )
    range_alert = PlainIntegerField(label="极差超过多少分时提示", min_value=1, max_value=100)
    deviation_alert = PlainIntegerField(label="偏离平均分多少分时提示", min_value=1, max_value=100)
    note = forms.CharField(label="修改理由（已开始评审的专家会收到通知）", max_length=300, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, round: Round, data=None):
        super().__init__(data, initial=_initial(round))
        self.round = round
        self.rows = CriterionSet(data, initial=_rows(round), prefix="criteria")
        count = min(self.rows.total_form_count(), LIMITS["criteria"])
        names = [row["name"].value() or "" for row in self.rows.forms]
        self.fields["tie_break"].choices = [
            (str(place), f"第 {place + 1} 项 {name}") for place, name in enumerate(names[:count]) if name
        ]
        if round.state == "draft":
            del self.fields["note"]

    def clean_bands(self) -> list[dict]:
        """[{name, from_ratio}] from lines."""
        bands = []
        for line in unicodedata.normalize("NFKC", self.cleaned_data["bands"]).splitlines():
            if not line.strip():
                continue
            name, _, ratio = line.strip().rpartition(" ")
            if not name or not ratio.isascii() or not ratio.isdigit() or int(ratio) > 100 or len(name) > 10:
                raise forms.ValidationError("档次请一行一档，写成“优 90”的样子，百分比为 0 至 100。")
            bands.append({"name": name.strip(), "from_ratio": int(ratio)})
        return bands

    def is_valid(self):
        """Both parts."""
        return all([super().is_valid(), self.rows.is_valid()])

    def scheme(self) -> dict:
        """The scheme as typed, on top of the stored one; the action checks it as a whole."""
        data = self.cleaned_data
        stored = {row["code"]: row for row in self.round.scheme["criteria"]}
        taken, codes, criteria = set(stored), [], []
        for row in self.rows.cleaned_data:
            code = row["code"] if row.get("code") in stored else _new_code(taken)
            codes.append(code)
            if row.get("name"):
                criteria.append(_criterion(code, row, stored.get(code, {})))
        rules = {key: data[key] for key in ("name", "step", "comment_min_chars", "range_alert", "deviation_alert")}
        known = {band["name"]: band for band in self.round.scheme.get("bands", ())}
        rules["bands"] = [known.get(band["name"], {}) | band for band in data["bands"]]
        return self.round.scheme | rules | {"criteria": criteria, "tie_break": codes[int(data["tie_break"])]}


def _criterion(code: str, row: dict, stored: dict) -> dict:
    """As JSON; a switch that is off and was never written stays unwritten, so that nothing changed compares equal."""
    extras = {"comment_min": row["comment_min"] or 0, "may_skip": row["may_skip"]}
    kept = {key: value for key, value in extras.items() if value or key in stored}
    return {"code": code, "name": row["name"], "maximum": row["maximum"], "hints": row["hints"]} | kept


def _new_code(taken: set[str]) -> str:
    number = next(number for number in range(1, 1000) if f"item{number}" not in taken)
    taken.add(f"item{number}")
    return f"item{number}"


def _initial(round: Round) -> dict:
    scheme = round.scheme
    codes = [row["code"] for row in scheme["criteria"]]
    return {
        "name": scheme.get("name", ""),
        "step": scheme.get("step", "half"),
        "tie_break": str(codes.index(scheme["tie_break"])) if scheme.get("tie_break") in codes else "0",
        "comment_min_chars": scheme.get("comment_min_chars", 30),
        "bands": "\n".join(f"{band['name']} {band['from_ratio']}" for band in scheme.get("bands", ())),
        "range_alert": scheme.get("range_alert", 20),
        "deviation_alert": scheme.get("deviation_alert", 15),
        "revision": round.revision,
    }


def _rows(round: Round) -> list[dict]:
    rows = [
        {
            "code": row["code"],
            "name": row["name"],
            "maximum": row["maximum"],
            "hints": "\n".join(row.get("hints", ())),
            "comment_min": row.get("comment_min", 0),
            "may_skip": row.get("may_skip", False),
        }
        for row in round.scheme["criteria"]
    ]
    return rows + [{}] * min(BLANK_ROWS, LIMITS["criteria"] - len(rows))
