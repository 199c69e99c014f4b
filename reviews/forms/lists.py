"""Forms of the list of a selection round: by rank at one stroke, and a page of rows."""

from django import forms

from portal.forms import PlainIntegerField, PortalForm
from reviews.models import ProposalItem
from reviews.queries.proposals import UNSETTLED

OUTCOMES = ProposalItem._meta.get_field("outcome").choices
SHOWN = (
    ("", "全部"),
    ("support", "拟支持"),
    ("reserve", "候补"),
    ("decline", "不支持"),
    ("deviating", "与排名不一致的"),
    ("silent", "待填理由的"),
)


class FillForm(PortalForm):
    """How many by rank."""

    supports = PlainIntegerField(label="按排名列为拟支持的项数", min_value=0, max_value=9999)
    reserves = PlainIntegerField(label="其后列为候补的项数", min_value=0, max_value=9999)


class ShowForm(PortalForm):
    """Which rows of the list are shown."""

    show = forms.ChoiceField(label="显示", choices=SHOWN, required=False)
    q = forms.CharField(label="项目、编号或单位", required=False, max_length=60)


class ChoicesForm(PortalForm):
    """Outcome, place in line and reason for a page of rows; what is in a notice or further on is shown, not chosen."""

    def __init__(self, rows, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        for row in self.rows:
            self._add(row)

    def _add(self, row) -> None:
        pk, name = row.item_id, row.item.title
        outcome = forms.ChoiceField(label=f"{name}的结果", choices=OUTCOMES, initial=row.outcome)
        place = PlainIntegerField(
            label=f"{name}的候补次序", required=False, min_value=1, max_value=9999, initial=row.place
        )
        reason = forms.CharField(
            label=f"{name}的理由",
            required=False,
            max_length=300,
            initial=row.reason,
            widget=forms.Textarea(attrs={"rows": 2, "cols": 28}),
        )
        place.widget.attrs["class"] = "short"
        for field in (outcome, place):
            field.disabled = row.item.application.state != UNSETTLED
        self.fields |= {f"outcome_{pk}": outcome, f"place_{pk}": place, f"reason_{pk}": reason}

    def table(self) -> list[tuple]:
        """(row, outcome field, place field, reason field) for the page."""
        return [
            (row, self[f"outcome_{row.item_id}"], self[f"place_{row.item_id}"], self[f"reason_{row.item_id}"])
            for row in self.rows
        ]

    def wanted(self) -> dict:
        """Argument of choose: item id -> (outcome, reason, place that was changed or None)."""
        data = self.cleaned_data
        return {
            row.item_id: (
                data[f"outcome_{row.item_id}"],
                data[f"reason_{row.item_id}"],
                self._moved(row, data[f"place_{row.item_id}"]),
            )
            for row in self.rows
        }

    @staticmethod
    def _moved(row, place):
        return place if place != row.place else None
