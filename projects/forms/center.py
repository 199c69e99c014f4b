"""Forms of the center's acts on a project."""

from datetime import timedelta

from django import forms
from django.utils import timezone

from portal.forms import PortalForm

LONG = forms.Textarea(attrs={"rows": 6})


class OrderForm(PortalForm):
    """A rectification order (20)."""

    problems = forms.CharField(
        label="问题清单", max_length=4000, widget=LONG, help_text="每行一个问题，写明认定的事实。"
    )
    articles = forms.CharField(
        label="依据条款", max_length=100, initial="20", help_text="例如 10(1)1，与问题逐行对应，用逗号分隔。"
    )
    due_on = forms.DateField(label="整改期限")

    def __init__(self, *args, days: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["due_on"].initial = timezone.localdate() + timedelta(days=days)


class RevocationForm(PortalForm):
    """A case to revoke the consortium's qualification (20)."""

    facts = forms.CharField(label="事实与依据", max_length=4000, widget=LONG)
