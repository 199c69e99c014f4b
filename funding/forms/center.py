"""Forms of the center: payment, decision, clawback, repayment, audit engagement."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
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
MOST_PROJECTS = 200


def request_key() -> str:
    """A key for a form that moves money: sent twice it acts once."""
    return uuid.uuid4().hex


class SlipMixin:
    """A bank slip as (bytes, name)."""

    def clean_bank_receipt(self):
        """The upload as (bytes, name)."""
        upload = self.cleaned_data["bank_receipt"]
        return upload.read(), upload.name


class PayForm(SlipMixin, PortalForm):
    """What the bank's slip says."""

    amount = MoneyField(label="回单金额（元）", help_text="照银行回单填写，与指令金额不一致时不能登记。")
    paid_on = forms.DateField(label="拨付日期", initial=timezone.localdate)
    voucher_no = forms.CharField(label="拨付凭证号", max_length=40)
    bank_receipt = forms.FileField(label="银行付款回单", help_text="PDF 或图片。")
    note = forms.CharField(label="备注", max_length=300, required=False)
    key = forms.CharField(max_length=64, initial=request_key, widget=forms.HiddenInput)


class WaiverForm(PortalForm):
    """A director's leave to pay although a case is open."""

    reason = forms.CharField(
        label="准予拨付的理由和依据",
        min_length=10,
        max_length=2000,
        widget=LONG,
        help_text="永久保留，经办和财务可见。",
    )


class SurplusForm(SlipMixin, PortalForm):
    """The rest of the grant that came back."""

    amount = MoneyField(label="到账金额（元）")
    received_on = forms.DateField(label="到账日期", initial=timezone.localdate)
    voucher_no = forms.CharField(label="凭证号", max_length=40)
    bank_receipt = forms.FileField(label="到账回单", help_text="PDF 或图片。")


class CaseFileForm(PortalForm):
    """Evidence of a clawback case."""

    note = forms.CharField(label="证明什么", min_length=2, max_length=200)
    file = forms.FileField(label="文件", help_text="PDF、图片、xlsx 或 docx。")

    def clean_file(self):
        """The upload as (bytes, name)."""
        upload = self.cleaned_data["file"]
        return upload.read(), upload.name


class PlanForm(PortalForm):
    """Instalments in which the money comes back, one a line."""

    parts = forms.CharField(
        label="各期日期和金额，每行一期",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="例如 2026-03-31 1000.00，日期与金额之间空一格；2 至 12 期，合计等于应追回金额。",
    )

    def clean_parts(self):
        """[(day, amount in 元)], in the order typed."""
        return [self._part(line) for line in self.cleaned_data["parts"].splitlines() if line.strip()]

    def _part(self, line: str):
        pieces = line.split()
        try:
            day, amount = pieces
            return forms.DateField().clean(day), MoneyField().clean(amount)
        except (ValueError, ValidationError) as problem:
            raise ValidationError(f"“{line.strip()[:40]}”读不出日期和金额，请按 2026-03-31 1000.00 填写。") from problem


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
    """An audit engagement on one or several projects."""

    projects = forms.ModelMultipleChoiceField(
        label="项目（可选多个）",
        queryset=Project.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个项目。", "invalid_choice": "所选项目不能审计，请刷新后重新选择。"},
    )
    auditor = forms.ModelChoiceField(label="审计人员", queryset=User.objects.none(), empty_label="请选择")
    firm = forms.CharField(label="审计机构", max_length=100)
    starts_on = forms.DateField(label="委托开始日期", initial=timezone.localdate)
    ends_on = forms.DateField(label="委托结束日期", help_text="含当日；次日起审计账号看不到这些项目。")
    scope = forms.CharField(label="审计内容", max_length=2000, required=False, widget=LONG)

    def __init__(self, *args, search: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        rows = Project.objects.exclude(state="contracting").order_by("-id")
        found = rows.filter(_named(search)) if search else rows
        self.fields["projects"].queryset = rows.filter(pk__in=found.values("pk")[:MOST_PROJECTS])
        self.fields["auditor"].queryset = User.objects.with_duty("auditor").order_by("name")


def _named(search: str) -> Q:
    return Q(number__icontains=search) | Q(title__icontains=search) | Q(lead_unit__name__icontains=search)


class EndForm(PortalForm):
    """The end of an engagement before its day."""

    note = forms.CharField(label="提前结束的原因", max_length=300)
