"""Forms of the center: payment, decision, clawback, repayment, audit engagement."""

from django import forms
from django.utils import timezone

from funding.actions.ledger import ITEMS
from funding.models import LedgerLine
from funding.models.ledger import DECIDABLE
from funding.queries.clawbacks import claimable_lines, ground_names
from portal.forms import MoneyField, PortalForm
from portal.measures.articles import article_label
from portal.models import User
from projects.models import Project

LONG = forms.Textarea(attrs={"rows": 4})


class PayForm(PortalForm):
    """What the bank voucher says."""

    paid_on = forms.DateField(label="拨付日期", initial=timezone.localdate)
    voucher_no = forms.CharField(label="拨付凭证号", max_length=40)
    note = forms.CharField(label="备注", max_length=300, required=False)


class DecideForm(PortalForm):
    """A decision about ledger lines."""

    verdict = forms.ChoiceField(label="认定", choices=DECIDABLE, widget=forms.RadioSelect)
    article_item = forms.ChoiceField(
        label="条款",
        required=False,
        choices=[("", "（认定为禁列时选择）"), *((item, article_label(item)) for item in ITEMS)],
    )
    reason = forms.CharField(
        label="认定理由",
        min_length=4,
        max_length=1000,
        widget=LONG,
        help_text="写明核对了哪些凭证。认定会通知单位，并永久保留。",
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ClawbackForm(PortalForm):
    """A new case; without an amount the sum of the lines is asked for."""

    ground = forms.ChoiceField(label="事由（第十七条）")
    facts = forms.CharField(
        label="认定事实", min_length=10, max_length=5000, widget=LONG, help_text="写明时间、金额和经过。"
    )
    lines = forms.ModelMultipleChoiceField(
        label="依据的凭证",
        queryset=LedgerLine.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "所选凭证不能追回，请刷新后重新选择。"},
    )
    amount = MoneyField(label="追回金额（元）", required=False, help_text="不填时按所选凭证合计。")

    def __init__(self, *args, project: Project, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [
            (number, f"（{number}）{name}") for number, name in ground_names(project).items()
        ]
        self.fields["lines"].queryset = claimable_lines(project)
        self.fields["lines"].label_from_instance = _line_label


def _line_label(line: LedgerLine) -> str:
    return f"{line.get_verdict_display()} {line.article_item} · {line.voucher_no} {line.summary} · ¥{line.amount:,.2f}"


class RepaymentForm(PortalForm):
    """Money that came back."""

    amount = MoneyField(label="到账金额（元）")
    received_on = forms.DateField(label="到账日期", initial=timezone.localdate)
    voucher_no = forms.CharField(label="凭证号", max_length=40)


class EngageForm(PortalForm):
    """An audit engagement."""

    project = forms.ModelChoiceField(label="项目", queryset=Project.objects.none(), empty_label="请选择")
    auditor = forms.ModelChoiceField(label="审计人员", queryset=User.objects.none(), empty_label="请选择")
    firm = forms.CharField(label="审计机构", max_length=100)
    starts_on = forms.DateField(label="委托开始日期", initial=timezone.localdate)
    ends_on = forms.DateField(label="委托结束日期")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = Project.objects.exclude(state="contracting").order_by("-id")
        self.fields["auditor"].queryset = User.objects.with_duty("auditor").order_by("name")
