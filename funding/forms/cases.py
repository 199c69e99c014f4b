"""Forms of receipts, clawback replies and audits, as units and auditors see them."""

import re
from collections.abc import Mapping
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from funding.queries.budget import SOURCE_NAMES
from portal.forms import MoneyField, PortalForm

LONG = forms.Textarea(attrs={"rows": 4})
MOST_VOUCHERS = 20


class ReceiptForm(PortalForm):
    """Confirmation that the money arrived."""

    receipt = forms.FileField(label="银行回单", required=False, help_text="PDF 或图片。")

    def clean_receipt(self):
        """The upload as (bytes, name), or None."""
        upload = self.cleaned_data["receipt"]
        return (upload.read(), upload.name) if upload else None


class ReplyForm(PortalForm):
    """The unit's statement in a clawback case."""

    text = forms.CharField(label="陈述意见", min_length=10, max_length=5000, widget=LONG)


class UnitFileForm(PortalForm):
    """What the unit hands in with its statement."""

    note = forms.CharField(label="证明什么", min_length=2, max_length=200)
    file = forms.FileField(label="文件", help_text="PDF、图片、xlsx 或 docx。")

    def clean_file(self):
        """The upload as (bytes, name)."""
        upload = self.cleaned_data["file"]
        return upload.read(), upload.name


class FindingForm(PortalForm):
    """A question or finding of the auditor, about the project or some vouchers of it."""

    kind = forms.ChoiceField(label="类别", choices=[("question", "问题"), ("finding", "发现")])
    vouchers = forms.CharField(
        label="涉及的凭证字号",
        max_length=400,
        required=False,
        help_text="例如 记-0012，多个用顿号或空格隔开；不针对凭证的不填。",
    )
    text = forms.CharField(label="问题或发现", min_length=4, max_length=2000, widget=LONG)

    def clean_vouchers(self):
        """Voucher numbers, each once, at most twenty."""
        numbers = list(dict.fromkeys(re.split(r"[、，,;；\s]+", self.cleaned_data["vouchers"].strip())))
        found = [number for number in numbers if number]
        if len(found) > MOST_VOUCHERS:
            raise ValidationError(f"一个问题最多针对 {MOST_VOUCHERS} 张凭证，请分开提出。")
        return found


class AnswerForm(PortalForm):
    """An entry of the thread: the unit's answer with a file, or the auditor's next question."""

    text = forms.CharField(label="内容", min_length=2, max_length=2000, widget=LONG)
    file = forms.FileField(label="附件", required=False, help_text="PDF、图片、xlsx 或 docx。")

    def clean_file(self):
        """The upload as (bytes, name), or None."""
        upload = self.cleaned_data["file"]
        return (upload.read(), upload.name) if upload else None


class SettleForm(PortalForm):
    """The end of a question."""

    text = forms.CharField(label="结论", max_length=2000, required=False)


class AuditReportForm(PortalForm):
    """The audit report."""

    opinion = forms.CharField(label="审计意见", max_length=5000, widget=LONG)
    report = forms.FileField(label="审计报告（PDF）")

    def clean_report(self):
        """The upload as (bytes, name)."""
        upload = self.cleaned_data["report"]
        return (upload.read(), upload.name)


class AdjustForm(PortalForm):
    """The whole budget after a move: one amount for each line of the contract's categories."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="调整理由", min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, names: Mapping[str, str], plan: Mapping[tuple[str, str], Decimal], **kwargs):
        super().__init__(*args, **kwargs)
        self.keys = {f"m_{source}_{code}": (code, source) for source in SOURCE_NAMES for code in names}
        for name, (code, source) in self.keys.items():
            label = f"{names[code]}（{SOURCE_NAMES[source]}，元）"
            self.fields[name] = MoneyField(label=label, required=False, initial=plan.get((code, source)))

    def plan(self) -> dict[tuple[str, str], Decimal]:
        """The plan that was typed; what is left empty is nothing."""
        values = {key: self.cleaned_data.get(name) for name, key in self.keys.items()}
        return {key: value for key, value in values.items() if value}

    def rows(self) -> list[tuple[str, list]]:
        """(source, its fields), for the page."""
        sources = SOURCE_NAMES.items()
        return [
            (label, [self[name] for name, key in self.keys.items() if key[1] == source]) for source, label in sources
        ]
