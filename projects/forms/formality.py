"""Forms of the formality check: the desk with one answer a row, the 补正, its extension."""

from dataclasses import dataclass

from django import forms

from portal import editions
from portal.forms import PortalForm
from projects.actions.formality_checks import Answer
from projects.queries.application_tasks import UNIT, parts
from projects.queries.formality import default_place, seen

RESULTS = (("pass", "通过"), ("supplement", "需补正"), ("fail", "不通过"))
NOTE_LENGTH = 300


def places_of(call) -> list[tuple[str, str]]:
    """Parts of the form that a 补正 can open: all but what is registered of unit and consortium."""
    return [(part.code, part.label) for part in parts(editions.edition(call.edition)) if part.code != UNIT]


@dataclass
class Row:
    """One rule on the desk: the stored item, what is shown in its fields, and what is wrong with them."""

    item: object
    result: str
    note: str
    place: str
    seen: str
    error: str = ""

    @property
    def is_settled(self) -> bool:
        """A rule passed it and nobody said otherwise: folded on the desk, but not out of reach."""
        return self.item.mode != "manual" and self.item.result == "pass" and not self.error


class Desk:
    """The answers of one application as they are typed or stored; without data it shows what is stored."""

    def __init__(self, items, data=None):
        self.data = data
        self.rows = [self._row(item) for item in items]
        # What waits for a person stands first, what rules have settled last.
        self.rows.sort(key=lambda row: row.is_settled)

    def _row(self, item) -> Row:
        stored = "" if item.result == "unchecked" or item.checked_by_id is None else item.result
        row = Row(item, stored, item.note, default_place(item), seen(item))
        if self.data is not None:
            row.result = self.data.get(f"result-{item.rule}", "")
            row.note = self.data.get(f"note-{item.rule}", "")[: NOTE_LENGTH + 1]
            row.place = self.data.get(f"place-{item.rule}", "")
            row.seen = self.data.get(f"seen-{item.rule}", "")
        return row

    @property
    def answers(self) -> list[Answer]:
        """What was chosen; with the declaration also the manual rows that were left open, as passed."""
        rest = self.data is not None and self.data.get("rest") == "on"
        chosen = [Answer(row.item.rule, row.result, row.note, row.place, row.seen) for row in self.rows if row.result]
        left = [row for row in self.rows if not row.result and row.item.mode == "manual"] if rest else []
        return chosen + [
            Answer(row.item.rule, "pass", row.note, "", row.seen, together=True)
            for row in left
            if row.item.result == "unchecked"
        ]

    def is_valid(self) -> bool:
        """Notes that are too long or stand beside no answer come back to their row."""
        for row in self.rows:
            if len(row.note) > NOTE_LENGTH:
                row.error = f"意见最多 {NOTE_LENGTH} 字。"
            elif row.note.strip() and not row.result and row.note.strip() != row.item.note:
                row.error = "写了意见，还没有选结果。"
        return not any(row.error for row in self.rows)

    def refuse(self, findings) -> None:
        """Put the findings of a refusal to their rows."""
        by_rule = {found.subject: found.sentence for found in findings}
        for row in self.rows:
            row.error = by_rule.get(row.item.rule, row.error)

    @property
    def errors(self) -> list[Row]:
        """Rows to mend."""
        return [row for row in self.rows if row.error]


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

    def __init__(self, *args, call, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["places"].choices = places_of(call)


class ExtensionForm(PortalForm):
    """A later end of the 补正, with a reason."""

    due_at = forms.DateTimeField(label="新的补正截止（北京时间）", widget=forms.DateTimeInput)
    reason = forms.CharField(label="延长理由", max_length=300, help_text="单位会原样看到，并写入通知书。")
