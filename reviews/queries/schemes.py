"""The frozen score sheet of a round: from the call, else from the edition of the measures."""

from dataclasses import asdict

from portal.editions import edition
from portal.errors import Invalid
from portal.measures.edition_schema import Review
from reviews import scoring

# Names of the edition -> codes of Round.aggregation.
DEFAULT_METHOD = {"trimmed_mean": "trimmed", "mean": "mean"}
CHANGES = {"step", "comment_min_chars"}
# Below this share of the maximum (percent) points need a word of reason.
LOW_RATIO, LOW_COMMENT_CHARS = 60, 10
# What the form of the center takes at most.
LIMITS = {"criteria": 12, "hints": 8, "comment_min": 500}


def frozen_scheme(call, kind: str, **changes) -> tuple[dict, Review]:
    """JSON of the scheme for a new round and the edition's review defaults; Invalid when the call's own is unusable."""
    unknown = set(changes) - CHANGES
    if unknown:
        raise Invalid(f"评审轮次不认识这些设置：{'、'.join(sorted(unknown))}。")
    year = edition(call.edition)
    own = call.selection_scheme if kind == "selection" else call.acceptance_scheme
    base = own or asdict(year.selection if kind == "selection" else year.evaluation)
    defaults = year.review
    scheme = {
        "bands": [asdict(band) for band in year.bands],
        "step": "half",
        "comment_min_chars": defaults.comment_min_chars,
        "trim_from": defaults.trim_from_sheets,
        "range_alert": defaults.range_alert,
        "deviation_alert": defaults.deviation_alert,
    }
    scheme = scheme | dict(base) | changes
    try:
        scoring.scheme_of(scheme)
    except ValueError as problem:
        raise Invalid(f"{problem}请在申报通知中改正评分表后再建立轮次。") from problem
    return scheme, defaults
