"""Forms of receipts, clawback replies and audits, as units and auditors see them."""

from django import forms

from portal.forms import PortalForm

LONG = forms.Textarea(attrs={"rows": 6})


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


class FindingForm(PortalForm):
    """A question or finding of the auditor."""

    line = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label="问题或发现", min_length=4, max_length=2000, widget=LONG)


class AnswerForm(PortalForm):
    """The unit's answer to a finding."""

    text = forms.CharField(label="答复", min_length=2, max_length=2000, widget=LONG)


class AuditReportForm(PortalForm):
    """The audit report."""

    opinion = forms.CharField(label="审计意见", max_length=5000, widget=LONG)
    report = forms.FileField(label="审计报告（PDF）")

    def clean_report(self):
        """The upload as (bytes, name)."""
        upload = self.cleaned_data["report"]
        return (upload.read(), upload.name)
