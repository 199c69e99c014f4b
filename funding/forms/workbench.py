"""Forms of the workbench: filters of the queue, one decision, one decision for many."""

from django import forms

from funding.actions.ledger import ITEMS
from funding.forms.center import DecideForm
from portal.forms import MoneyField, PortalForm
from portal.measures.articles import article_label

CLAUSES = [("", "全部"), *((item, article_label(item)) for item in ("13", *ITEMS))]
AGES = [("", "全部"), ("7", "7 天以上"), ("30", "30 天以上"), ("90", "90 天以上")]


class QueueFilter(PortalForm):
    """What the queue is narrowed to; everything is optional and kept from line to line."""

    state = forms.ChoiceField(
        label="范围", required=False, choices=[("", "待认定"), ("decided", "已认定"), ("all", "全部未冲销")]
    )
    verdict = forms.ChoiceField(
        label="结论",
        required=False,
        choices=[("", "全部"), ("needs-review", "待核"), ("banned", "禁列"), ("allowed", "可列支")],
    )
    clause = forms.ChoiceField(label="条款", required=False, choices=CLAUSES)
    answered = forms.ChoiceField(
        label="单位答复", required=False, choices=[("", "全部"), ("yes", "已答复"), ("no", "未答复")]
    )
    age = forms.ChoiceField(label="登记至今", required=False, choices=AGES)
    low = MoneyField(label="金额自（元）", required=False)
    high = MoneyField(label="金额至（元）", required=False)
    project = forms.CharField(label="项目编号或名称", required=False, max_length=60)
    unit = forms.CharField(label="牵头单位", required=False, max_length=60)
    text = forms.CharField(label="摘要、收款方、凭证或发票", required=False, max_length=60)

    def wanted(self) -> dict:
        """The filters that make sense, by name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class WorkForm(DecideForm):
    """One decision at the workbench."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["rows"] = 3


class BulkForm(DecideForm):
    """One decision for many lines; sent twice, the second time with `confirmed` after the preview."""

    ids = forms.CharField(widget=forms.HiddenInput, max_length=4000)
