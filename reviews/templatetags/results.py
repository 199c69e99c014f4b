"""Rows of figures in one piece: a page of a ranking has hundreds of cells, and a template node for each is slow."""

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join

register = template.Library()
FIGURES = ("n", "score", "mean", "trimmed_mean", "median", "sd", "score_range", "tie_break")
# Fill and its opacity by outcome: apart in black print too.
FILLS = {"support": ("#9db9d9", "1"), "reserve": ("url(#hatch)", "0.35")}
EMPTY = ("#ffffff", "1")
DASH = "—"
ROW = (
    '<tr><td><input type="checkbox" name="item" value="{}" aria-label="勾选第{}名 {}"></td><td class="num">{}</td>'
    '<th scope="row"><a href="{}">{}</a><br><span class="number">{}</span></th><td>{}</td>{}<td>{}</td><td>{}</td></tr>'
)


@register.simple_tag
def ranking_rows(items, round):
    """The rows of the ranking: a box, rank, subject with its link, unit, figures, outcome, flags."""
    base = reverse("admin:reviews_round_item", args=[round.pk, 0]).removesuffix("0/")
    return format_html_join("\n", "{}", ((_row(item, base),) for item in items))


def _row(item, base: str):
    subject = item.application or item.project
    chosen = getattr(item, "proposal_item", None)
    rank = _text(item.rank)
    flags = format_html_join(" ", '<span class="badge badge-warn">{}</span>', ((flag,) for flag in item.flags))
    return format_html(
        ROW, item.pk, rank, subject.title, rank, f"{base}{item.pk}/", subject.title, subject.number or "",
        subject.lead_unit.name, _figures(item), chosen.get_outcome_display() if chosen else DASH, flags or DASH,
    )  # fmt: skip


def _figures(item):
    return format_html_join("", '<td class="num">{}</td>', ((_text(getattr(item, name)),) for name in FIGURES))


def _text(value) -> str:
    return DASH if value is None else str(value)


@register.simple_tag
def chart_rows(chart):
    """The rows of the ranking chart: label, bar, deviation, median, words."""
    left = chart["left"]
    return format_html_join(
        "\n",
        '<text x="0" y="{}">{}</text><rect x="{}" y="{}" width="{}" height="18" stroke="#0b4a8f" fill="{}" '
        'fill-opacity="{}"/><path d="M{} {}H{}" stroke="#083a70" stroke-width="2"/>'
        '<circle cx="{}" cy="{}" r="4" fill="#083a70"/><text x="{}" y="{}">{}</text>',
        (
            (
                row["text_y"], row["label"], left, row["y"], row["bar"], *FILLS.get(row["kind"], EMPTY), row["low"],
                row["middle"], row["high"], row["median"], row["middle"], row["value_x"], row["text_y"],
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
