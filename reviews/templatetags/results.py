"""Rows of figures in one piece: a page of a ranking has hundreds of cells, and a template node for each is slow."""

from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from reviews.queries.proposals import OUTCOMES

register = template.Library()
FIGURES = ("n", "score", "mean", "trimmed_mean", "median", "sd", "score_range", "tie_break")
DASH = "—"
ROW = (
    '<tr><td><input type="checkbox" name="item" value="{}" aria-label="勾选第{}名 {}"></td>{}'
    '<th scope="row"><a href="{}">{}</a><br><span class="number">{}</span></th><td>{}</td>{}<td>{}</td><td>{}</td></tr>'
)
FLAG = '<span class="badge badge-warn">{}</span>'
# Fill and its opacity by outcome: apart in black print too.
FILLS = {"support": 'fill="#9db9d9" fill-opacity="1"', "reserve": 'fill="url(#hatch)" fill-opacity="0.35"'}
EMPTY = 'fill="#ffffff" fill-opacity="1"'
MARKS = (
    '<rect x="{left}" y="{y}" width="{bar}" height="18" stroke="#0b4a8f" %s/>'
    '<path d="M{low} {middle}H{high}" stroke="#083a70" stroke-width="2"/>'
    '<circle cx="{median}" cy="{middle}" r="4" fill="#083a70"/><text x="{value_x}" y="{text_y}">'
)
NUMBERS = ("y", "bar", "low", "middle", "high", "median", "value_x", "text_y")


class Figures(str):
    """Markup of numbers and constants alone: nothing in it needs escaping, most of the work of a long table."""

    __slots__ = ()

    def __html__(self) -> str:
        return self

    @classmethod
    def cells(cls, values: Iterable[Decimal | int | None]) -> "Figures":
        """A cell for each number. Raises TypeError for anything that could hold a sign of HTML."""
        return cls("".join(f'<td class="num">{cls._text(value)}</td>' for value in values))

    @classmethod
    def fill(cls, template: str, values: dict[str, int]) -> "Figures":
        """A piece of SVG with whole numbers in its places; TypeError as above."""
        return cls(template.format_map({name: cls._text(value) for name, value in values.items()}))

    @staticmethod
    def _text(value: Decimal | int | None) -> str:
        if value is not None and not isinstance(value, Decimal | int):
            raise TypeError(f"{value!r} is no number")
        return DASH if value is None else str(value)


@register.simple_tag
def ranking_rows(items, round):
    """The rows of the ranking: a box, rank, subject with its link, unit, figures, outcome, flags."""
    base = reverse("admin:reviews_round_item", args=[round.pk, 0]).removesuffix("0/")
    return format_html_join("\n", "{}", ((_row(item, base),) for item in items))


def _row(item, base: str):
    flags = format_html_join(" ", FLAG, ((flag,) for flag in item.flags)) if item.flags else DASH
    return format_html(
        ROW, item.pk, item.rank or DASH, item.title, Figures.cells([item.rank]), f"{base}{item.pk}/", item.title,
        item.number, item.unit, Figures.cells(getattr(item, name) for name in FIGURES),
        OUTCOMES.get(item.outcome, DASH), flags,
    )  # fmt: skip


@register.simple_tag
def chart_rows(chart):
    """The rows of the ranking chart: label, bar, deviation, median, words."""
    left = {"left": chart["left"]}
    return format_html_join(
        "\n",
        '<text x="0" y="{}">{}</text>{}{}</text>',
        (
            (
                row["text_y"], row["label"],
                Figures.fill(MARKS % FILLS.get(row["kind"], EMPTY), {name: row[name] for name in NUMBERS} | left),
                f"{row['score']} {row['outcome']}{' △' if row['flagged'] else ''}",
            )
            for row in chart["rows"]
        ),
    )  # fmt: skip


@register.simple_tag
def distribution_bars(distribution):
    """The bars of the distribution: height, number above, points below."""
    axis = distribution["axis"]
    return format_html_join(
        "\n",
        '<rect x="{}" y="{}" width="{}" height="{}" fill="#9db9d9" stroke="#0b4a8f"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text><text x="{}" y="{}" text-anchor="middle">{}–</text>',
        (
            (
                bar["x"], bar["y"], bar["width"], bar["height"], bar["middle"], bar["count_y"], bar["count"] or "",
                bar["middle"], axis + 16, bar["label"],
            )
            for bar in distribution["bars"]
        ),
    )  # fmt: skip
