"""Forms of the formality check."""

from django import forms

from portal import editions
from portal.forms import PortalForm
from projects.queries.application_tasks import UNIT, parts

RESULTS = [("pass", "通过"), ("supplement", "需补正"), ("fail", "不通过")]


class ItemForm(PortalForm):
    """An officer's answer to one rule."""

    result = forms.ChoiceField(label="结果", choices=RESULTS)
    note = forms.CharField(label="意见", max_length=300, required=False)


class SupplementForm(PortalForm):
    """Which parts may be mended, what is asked, until when."""

    places = forms.MultipleChoiceField(label="可修改的部分", widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(
        label="补正要求",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="逐条写明问题和改正办法，单位会原样看到。每份申报书只补正一次。",
    )
    due_at = forms.DateTimeField(
        label="补正截止（北京时间）",
        required=False,
        widget=forms.DateTimeInput,
        help_text="留空则按申报通知的补正期限（工作日）计算到当日 17:00。",
    )

    def __init__(self, *args, application, **kwargs):
        super().__init__(*args, **kwargs)
        edition = editions.edition(application.call.edition)
        self.fields["places"].choices = [(part.code, part.label) for part in parts(edition) if part.code != UNIT]
