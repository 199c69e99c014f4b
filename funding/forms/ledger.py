"""Forms of the ledger: filters, one line, reversal, import."""

from collections.abc import Mapping, Sequence
from datetime import date

from django import forms

from funding.queries.import_preview import ONLY, counted
from funding.queries.import_rows import FIELDS
from funding.queries.ledger import category_names, direction_names
from funding.states import Verdict
from portal.forms import MoneyField, PlainIntegerField, PortalForm

SOURCES = [("grant", "财政专项"), ("matching", "自筹配套")]


class LedgerFilter(PortalForm):
    """Filters of a project's ledger."""

    verdict = forms.ChoiceField(label="核查结论", required=False, choices=[("", "全部"), *Verdict.choices])
    category = forms.ChoiceField(label="预算科目", required=False)
    source = forms.ChoiceField(label="资金来源", required=False, choices=[("", "全部"), *SOURCES])
    start = forms.DateField(label="自", required=False)
    end = forms.DateField(label="至", required=False)
    text = forms.CharField(label="摘要、收款方、凭证或发票", required=False, max_length=60)

    def __init__(self, *args, project, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", "全部"), *category_names(project).items()]


class LineForm(PortalForm):
    """One expense as it stands on the voucher."""

    voucher_date = forms.DateField(label="凭证日期")
    voucher_no = forms.CharField(label="凭证字号", max_length=40, help_text="例如 记-0123。")
    line_no = PlainIntegerField(label="分录行号", initial=1, min_value=1, max_value=9999)
    summary = forms.CharField(label="摘要", max_length=200, help_text="写明做什么、用于哪项任务，照凭证填写。")
    account = forms.CharField(
        label="会计科目",
        max_length=120,
        required=False,
        help_text="例如 业务活动成本—会议费。输入编码或名称可从本单位会计制度的科目中选择。",
        widget=forms.TextInput(attrs={"list": "accounts"}),
    )
    payee = forms.CharField(label="收款方", max_length=120, required=False, help_text="对方户名全称。")
    amount = MoneyField(label="金额（元）", min_value=None)
    source = forms.ChoiceField(label="资金来源", choices=SOURCES)
    category = forms.ChoiceField(label="预算科目", required=False)
    direction = forms.ChoiceField(label="支出方向（办法第十三条）", required=False)
    invoice_no = forms.CharField(label="发票号码", max_length=40, required=False)
    attachment = forms.FileField(label="凭证附件", required=False, help_text="PDF、图片、xlsx 或 docx。")

    def __init__(self, *args, project, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", "请选择"), *category_names(project).items()]
        self.fields["direction"].choices = [("", "请选择"), *direction_names(project).items()]

    def clean_attachment(self):
        """The upload as (bytes, name), or None."""
        upload = self.cleaned_data["attachment"]
        return (upload.read(), upload.name) if upload else None


class ReverseForm(PortalForm):
    """A reversal entry."""

    voucher_date = forms.DateField(label="冲销凭证日期")
    voucher_no = forms.CharField(label="冲销凭证字号", max_length=40)
    reason = forms.CharField(label="冲销原因", max_length=150, help_text="例如 改由单位自有资金列支。")


class CloseForm(PortalForm):
    """Up to which month the books are closed."""

    until = forms.TypedChoiceField(label="结账至", coerce=date.fromisoformat)

    def __init__(self, *args, months, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].choices = [(month.first_day.isoformat(), str(month)) for month in months]


class ReopenForm(PortalForm):
    """Why closed months are opened again."""

    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class UploadForm(PortalForm):
    """A file exported from an accounting program."""

    file = forms.FileField(
        label="明细账文件", help_text="xlsx、xls 或 csv（UTF-8、GBK 均可），最多 10 万行。合计行会自动跳过。"
    )


class PreviewFilter(PortalForm):
    """Which rows of a dry run are shown."""

    only = forms.ChoiceField(label="显示", required=False, choices=list(ONLY.items()))

    @staticmethod
    def counted(counts: Mapping) -> list[tuple[str, str, int]]:
        """(value, label, rows) of every choice."""
        numbers = counted(counts)
        return [(value, label, numbers[value]) for value, label in ONLY.items()]


class MappingForm(PortalForm):
    """Which column of the file holds what."""

    def __init__(self, *args, headers: Sequence[str], mapping: Mapping[str, int], **kwargs):
        super().__init__(*args, **kwargs)
        columns = [("", "（没有）"), *((str(n), f"{_letter(n)} {name}"[:40]) for n, name in enumerate(headers))]
        for name, label in FIELDS.items():
            field = forms.ChoiceField(label=label, choices=columns, required=False, initial=str(mapping.get(name, "")))
            self.fields[f"c_{name}"] = field


def _letter(column: int) -> str:
    """The name of a column as spreadsheets show it: 0 -> A, 26 -> AA."""
    return _letter(column // 26 - 1) + chr(65 + column % 26) if column >= 26 else chr(65 + column)
