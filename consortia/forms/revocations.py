"""Forms of revocation cases (20)."""

from django import forms

from portal.forms import PortalForm


class StatementForm(PortalForm):
    """What the consortium has to say."""

    statement = forms.CharField(label="陈述申辩意见", max_length=5000, widget=forms.Textarea(attrs={"rows": 8}))
