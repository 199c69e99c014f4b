"""Filters of the pages of results, progress and letters; a word to close a round with."""

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join

from portal.forms import PortalForm
from reviews.models import ProposalItem
from reviews.queries.feedback import STATES as LETTER_STATES
from reviews.queries.progress import EXPERT_STATES, ITEM_STATES
from reviews.queries.results import SORTS

ALL = [("", "全部")]


class PlainSelect(forms.Select):
    """A select drawn in one piece: Django renders two templates for each option."""

    def render(self, name, value, attrs=None, renderer=None):
        """The same markup as Django's."""
        chosen = "" if value is None else str(value)
        marks = {True: '<option value="{}" selected>{}</option>', False: '<option value="{}">{}</option>'}
        rows = [format_html(marks[str(key) == chosen], key, word) for key, word in self.choices]
        options = format_html_join("", "{}", ((row,) for row in rows))
        return format_html(
            '<select name="{}"{}>{}</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), options
        )


def _choice(**kwargs) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, widget=PlainSelect, **kwargs)


class FilterForm(PortalForm):
    """A GET form; what makes no sense is left out, not refused."""

    def values(self) -> dict:
        """The cleaned values; nothing when they make no sense."""
        return self.cleaned_data if self.is_valid() else {}


class WithFields(FilterForm):
    """With the fields that the round's items are in."""

    def __init__(self, *args, fields=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [*ALL, *((name, name) for name in fields)]


class RankingFilter(WithFields):
    """Narrow and sort the ranking."""

    q = forms.CharField(label="项目、编号或单位", required=False, max_length=60)
    field = _choice(label="领域")
    outcome = _choice(label="名单结果", choices=[*ALL, *ProposalItem._meta.get_field("outcome").choices])
    flagged = forms.BooleanField(label="只看离散预警", required=False)
    sort = _choice(label="排序", choices=[(key, word) for key, (word, _) in SORTS.items()])


class ItemFilter(WithFields):
    """Narrow the items of a running round."""

    state = _choice(label="进度", choices=[*ALL, *ITEM_STATES])
    field = _choice(label="领域")
    q = forms.CharField(label="项目或编号", required=False, max_length=60)


class ExpertFilter(FilterForm):
    """Narrow the experts of a round."""

    state = _choice(label="进度", choices=[*ALL, *EXPERT_STATES])
    q = forms.CharField(label="姓名或单位", required=False, max_length=60)


class LetterFilter(FilterForm):
    """Narrow the letters of a round."""

    state = _choice(label="反馈", choices=[*ALL, *LETTER_STATES])
    text = forms.CharField(label="项目或编号", required=False, max_length=60)


class CloseForm(PortalForm):
    """The written reason for closing a round with missing sheets."""

    note = forms.CharField(
        label="评分不齐的书面说明",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="说明会印在排名、名单和评分表上，并记入日志。",
    )


class ReassignForm(PortalForm):
    """Why seats get another expert."""

    note = forms.CharField(label="换人理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2, "cols": 60}))


class FeedbackForm(PortalForm):
    """The words for one unit, and the revision that they are based on."""

    text = forms.CharField(
        label="反馈意见",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 10, "cols": 80}),
        help_text="写给单位看的话，20 至 2000 字。不写专家姓名、分数和名次；可以归纳下面的意见，不要整段照抄。",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
