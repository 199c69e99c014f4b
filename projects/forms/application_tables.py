"""Tables of an application: indicators, budget, stages, people. One blank row is always there, without scripts too."""

from decimal import Decimal

from django import forms
from django.forms import BaseFormSet, formset_factory

from portal.forms import MoneyField, PlainDecimalField, PlainIntegerField, PortalForm
from portal.measures.articles import article_label
from portal.measures.rmb import round_fen
from projects.actions.application_parts import AMOUNT_LIMIT, MAX_ROWS, SMALLEST
from projects.forms.applications import DraftMixin, coded_choices

LIMITS = {"max_num": MAX_ROWS, "absolute_max": MAX_ROWS + 20, "validate_max": True, "can_delete": True, "extra": 1}

# Hidden fields with which a table counts its rows.
COUNTERS = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
# How a row is called where one page has two tables.
ROW_WORDS = {"sources": "来源", "lines": "支出", "further": "补充指标"}
CELL_TEXT = forms.Textarea(attrs={"rows": 2})


class RowMixin:
    """A row of a table: the labels stand in the head, so each control carries its own."""

    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label


class RowSet(BaseFormSet):
    """Rows that were filled in and not marked for deletion."""

    def add_fields(self, form, index):
        """The delete box says what it does."""
        super().add_fields(form, index)
        form.place = f"{ROW_WORDS.get(self.prefix, '')}第 {index + 1} 行" if isinstance(index, int) else ""
        form.fields["DELETE"].label = "删除"
        form.fields["DELETE"].widget.attrs["aria-label"] = "删除这一行"

    def rows(self) -> list[dict]:
        """Cleaned rows without deleted and blank ones."""
        kept = [form.cleaned_data for form in self.forms if form.has_changed() or form.initial]
        return [
            {name: value for name, value in row.items() if name != "DELETE"}
            for row in kept
            if row and not row.get("DELETE")
        ]


def is_whole(form) -> bool:
    """Whether a row was filled in without an error and is not marked for deletion."""
    data = getattr(form, "cleaned_data", None)
    return bool(data) and not data.get("DELETE") and not form.errors


def amount_of(data: dict) -> Decimal:
    """The amount of a budget row in 元: unit price x quantity x times, to the fen."""
    return round_fen(data["unit_price"] * data["quantity"] * data["times"])


class KpiForm(DraftMixin, RowMixin, PortalForm):
    """One of the six indicators of 10(1): name, unit and floor are fixed."""

    target = PlainIntegerField(label="目标值", min_value=0, max_value=99_999_999)
    map_kind = forms.ChoiceField(label="图谱类型")
    attendance = PlainIntegerField(label="计划参与人数", min_value=0, max_value=1_000_000)
    partner_kind = forms.ChoiceField(label="联动单位类型")
    due_on = forms.DateField(label="完成时间", widget=forms.DateInput, required=False)
    evidence_method = forms.CharField(label="佐证方式", max_length=200, required=False)

    def __init__(self, *args, kpi, edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.kpi, self.place = kpi, kpi.name
        if kpi.kind == "map":
            self.fields["map_kind"].choices = coded_choices(kpi.options)
        else:
            del self.fields["map_kind"]
        if kpi.kind == "event":
            self.fields["partner_kind"].choices = coded_choices(edition.targets.event_partner_kinds)
            self.fields["attendance"].label = f"计划参与人数（不少于 {edition.targets.event_min_attendance} 人）"
        else:
            del self.fields["partner_kind"], self.fields["attendance"]

    def clean_target(self):
        """Not below the floor (10(1))."""
        target = self.cleaned_data["target"]
        if target is not None and target < self.kpi.floor:
            floor = f"底线 {self.kpi.floor} {self.kpi.unit}"
            raise forms.ValidationError(f"“{self.kpi.name}”不能低于办法{article_label(self.kpi.article)}的{floor}。")
        return target


class FurtherKpiForm(RowMixin, PortalForm):
    """An indicator that the unit adds."""

    name = forms.CharField(label="指标", max_length=60)
    unit = forms.CharField(label="计量单位", max_length=10)
    target = PlainIntegerField(label="目标值", min_value=0, max_value=99_999_999)
    due_on = forms.DateField(label="完成时间", widget=forms.DateInput, required=False)
    evidence_method = forms.CharField(label="佐证方式", max_length=200, required=False)


class SourceForm(RowMixin, PortalForm):
    """Matching money; the fixed grant is not typed."""

    kind = forms.ChoiceField(
        label="来源", choices=[("", "请选择"), ("lead", "牵头单位自筹"), ("member", "成员单位配套")]
    )
    provider = forms.CharField(label="提供单位", max_length=100, required=False)
    amount = MoneyField(label="金额（元）", min_value=Decimal("0.01"))


class LineForm(RowMixin, PortalForm):
    """One planned expense; the amount is unit price x quantity x times."""

    category = forms.ChoiceField(label="预算科目")
    item = forms.CharField(label="支出内容", max_length=100, widget=CELL_TEXT)
    direction = forms.ChoiceField(label="第十三条方向（定额支持必选）", required=False)
    source = forms.ChoiceField(label="资金来源", choices=[("grant", "定额支持"), ("matching", "自筹配套")])
    unit_price = MoneyField(label="单价（元）", min_value=Decimal("0.01"), max_digits=12)
    quantity = PlainDecimalField(label="数量", min_value=Decimal("0.01"), max_digits=10, decimal_places=2)
    times = PlainDecimalField(label="次数", min_value=Decimal("0.01"), max_digits=8, decimal_places=2)
    basis = forms.CharField(label="测算依据与用途", max_length=300, required=False, widget=CELL_TEXT)

    def __init__(self, *args, edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = coded_choices(edition.budget_categories)
        self.fields["direction"].choices = coded_choices(edition.directions)

    def has_changed(self):
        """A row with nothing but its source is blank: a browser always sends one of the two."""
        return any(name != "source" for name in self.changed_data)

    def clean(self):
        """The product is an amount of money."""
        data = super().clean()
        factors = [data.get(name) for name in ("unit_price", "quantity", "times")]
        if None not in factors and not SMALLEST <= factors[0] * factors[1] * factors[2] < AMOUNT_LIMIT:
            self.add_error("unit_price", "金额（单价×数量×次数）须不少于一分且小于一千亿元。")
        return data


class StageForm(RowMixin, PortalForm):
    """One stage of the plan."""

    name = forms.CharField(label="阶段", max_length=60)
    start_on = forms.DateField(label="起", widget=forms.DateInput)
    end_on = forms.DateField(label="止", widget=forms.DateInput)
    goal = forms.CharField(label="阶段目标", max_length=300, widget=CELL_TEXT)
    deliverable = forms.CharField(label="交付物", max_length=200, widget=CELL_TEXT)

    def clean(self):
        """A stage does not end before it starts."""
        data = super().clean()
        if data.get("start_on") and data.get("end_on") and data["end_on"] < data["start_on"]:
            self.add_error("end_on", "“止”不能早于“起”。")
        return data


class TeamForm(RowMixin, PortalForm):
    """One person of the team."""

    name = forms.CharField(label="姓名", max_length=40)
    unit_name = forms.CharField(label="单位", max_length=100)
    title = forms.CharField(label="职称或职务", max_length=60, required=False)
    task = forms.CharField(label="承担任务", max_length=200, widget=CELL_TEXT)
    months = PlainDecimalField(
        label="投入（月）", min_value=Decimal("0.1"), max_value=36, max_digits=4, decimal_places=1
    )


FurtherKpis = formset_factory(FurtherKpiForm, formset=RowSet, **LIMITS)
Sources = formset_factory(SourceForm, formset=RowSet, **LIMITS)
Lines = formset_factory(LineForm, formset=RowSet, **LIMITS)
Stages = formset_factory(StageForm, formset=RowSet, **LIMITS)
Team = formset_factory(TeamForm, formset=RowSet, **LIMITS)
