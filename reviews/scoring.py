"""Arithmetic of review: reading points, adding up, ranking. Decimal only; missing is never zero (D5, R7, R11)."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
STEPS = {"whole": Decimal(1), "half": Decimal("0.5")}
STEP_WORDS = {"whole": "整数", "half": "整数或以 .5 结尾的数"}
_PLAIN = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")


class PointsError(ValueError):
    """Points that cannot be taken; the message is a Chinese sentence."""


@dataclass(frozen=True)
class Stats:
    """Figures of one item, two decimals, None while there is no sheet; `score` is what the ranking uses."""

    n: int
    mean: Decimal | None = None
    trimmed: Decimal | None = None
    median: Decimal | None = None
    sd: Decimal | None = None
    range: Decimal | None = None
    score: Decimal | None = None


@dataclass(frozen=True)
class Criterion:
    """One criterion of a scheme: `comment_min` words of comment at least; `may_skip` allows "not applicable"."""

    code: str
    name: str
    maximum: Decimal
    hints: tuple[str, ...]
    comment_min: int = 0
    may_skip: bool = False


@dataclass(frozen=True)
class Choice:
    """A coded word."""

    code: str
    name: str


@dataclass(frozen=True)
class Scheme:
    """The frozen score sheet of a round: criteria that sum to 100, step of points, minimum of comments, alerts."""

    name: str
    tie_break: str
    criteria: tuple[Criterion, ...]
    recommendations: tuple[Choice, ...]
    bands: tuple[tuple[str, int], ...]
    step: str
    comment_min_chars: int
    trim_from: int
    range_alert: int
    deviation_alert: int

    @property
    def maximum(self) -> Decimal:
        """The sum of all maxima."""
        return sum((criterion.maximum for criterion in self.criteria), Decimal(0))

    def recommendation(self, code: str) -> str:
        """The word of a recommendation; a dash for none."""
        return next((choice.name for choice in self.recommendations if choice.code == code), "—")


def scheme_of(data: Mapping[str, Any]) -> Scheme:
    """Read the JSON of a round; ValueError (Chinese) when it is no usable score sheet."""
    try:
        criteria = tuple(
            Criterion(
                code=str(row["code"]),
                name=str(row["name"]),
                maximum=Decimal(str(row["maximum"])),
                hints=tuple(row.get("hints", ())),
                comment_min=int(row.get("comment_min", 0)),
                may_skip=bool(row.get("may_skip", False)),
            )
            for row in data["criteria"]
        )
        recommendations = tuple(Choice(str(row["code"]), str(row["name"])) for row in data["recommendations"])
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise ValueError("评分表格式不完整，请检查指标、分值和推荐意见。") from error
    tie_break = str(data.get("tie_break", "")) or (criteria[0].code if criteria else "")
    _check_criteria(criteria, tie_break)
    if not recommendations:
        raise ValueError("评分表须有推荐意见。")
    return Scheme(
        name=str(data.get("name", "")),
        tie_break=tie_break,
        criteria=criteria,
        recommendations=recommendations,
        bands=tuple((str(band["name"]), int(band["from_ratio"])) for band in data.get("bands", ())),
        step=data.get("step", "half") if data.get("step", "half") in STEPS else "half",
        comment_min_chars=int(data.get("comment_min_chars", 30)),
        trim_from=int(data.get("trim_from", 5)),
        range_alert=int(data.get("range_alert", 20)),
        deviation_alert=int(data.get("deviation_alert", 15)),
    )


def _check_criteria(criteria: Sequence[Criterion], tie_break: str) -> None:
    """ValueError that says what is wrong with the criteria, and by how much."""
    codes, names = [row.code for row in criteria], [row.name for row in criteria]
    if len(set(codes)) != len(codes):
        raise ValueError("评分表的指标代码不得重复。")
    if len(set(names)) != len(names):
        raise ValueError("评分表的指标名称不得重复。")
    wrong = next((row for row in criteria if row.maximum <= 0), None)
    if wrong is not None:
        raise ValueError(f"“{wrong.name}”的满分须大于 0。")
    total = sum((row.maximum for row in criteria), Decimal(0))
    if total != 100:
        gap = f"还差 {plain(100 - total)} 分" if total < 100 else f"超出 {plain(total - 100)} 分"
        raise ValueError(f"评分表各项分值之和须为 100，现在是 {plain(total)}，{gap}。")
    first = next((row for row in criteria if row.code == tie_break), None)
    if first is None:
        raise ValueError("评分表的同分比较项须是其中一项指标。")
    if first.may_skip:
        raise ValueError(f"“{first.name}”用于同分比较，不能允许“不适用”。")


def total_of(scheme: Scheme, points: Mapping[str, Decimal | None], skipped: frozenset[str] = frozenset()) -> Decimal:
    """The total out of 100, two decimals: points given, scaled to the criteria that apply.

    What is skipped as not applicable leaves the sum of maxima too, so it never lowers a total; a criterion that is
    merely missing counts in the maxima. Zero when nothing applies.
    """
    judged = [row for row in scheme.criteria if row.code not in skipped]
    maximum = sum((row.maximum for row in judged), Decimal(0))
    given = sum((points.get(row.code) or Decimal(0) for row in judged), Decimal(0))
    return rounded(given * scheme.maximum / maximum) if maximum else Decimal("0.00")


def parse_points(text: str, maximum: Decimal, step: str = "half") -> Decimal | None:
    """Return points as typed, None for an empty field; PointsError for anything that is not plainly a number in range.

    Full-width digits are folded (NFKC); exponents, underscores, signs, NaN and digits of other scripts are refused.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        return None
    if not _PLAIN.fullmatch(folded):
        raise PointsError(f"请填写 0 至 {plain(maximum)} 之间的数字。")
    value = Decimal(folded)
    if value > maximum:
        raise PointsError(f"不能超过满分 {plain(maximum)}。")
    if value % STEPS[step]:
        raise PointsError(f"请填写{STEP_WORDS[step]}。")
    return value.quantize(CENT)


def plain(value: Decimal) -> str:
    """A number without needless zeros, 20 for 20.00."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def rounded(value: Decimal) -> Decimal:
    """Two decimals, half up."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def mean_of(scores: Sequence[Decimal]) -> Decimal | None:
    """The mean with two decimals, None of nothing."""
    return rounded(sum(scores, Decimal(0)) / len(scores)) if scores else None


def aggregate(scores: Sequence[Decimal], method: str, trim_from: int = 5) -> Stats:
    """Figures of the sheets that exist; `method` is mean or trimmed.

    Trimming drops one highest and one lowest, and only with `trim_from` sheets or more; sd is that of the population.
    """
    if not scores:
        return Stats(0)
    ordered = sorted(scores)
    n = len(ordered)
    exact = sum(ordered, Decimal(0)) / n
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    variance = sum(((score - exact) ** 2 for score in ordered), Decimal(0)) / n
    trimmed = mean_of(ordered[1:-1]) if n >= max(trim_from, 3) else None
    mean = rounded(exact)
    return Stats(
        n=n,
        mean=mean,
        trimmed=trimmed,
        median=rounded(middle),
        sd=rounded(variance.sqrt()),
        range=rounded(ordered[-1] - ordered[0]),
        score=trimmed if method == "trimmed" and trimmed is not None else mean,
    )


def outliers(scores: Mapping[Hashable, Decimal], range_alert: int, deviation_alert: int) -> list[str]:
    """Chinese remarks on scattered sheets, keyed scores in; nothing is dropped because of them."""
    if len(scores) < 2:
        return []
    values = list(scores.values())
    mean = sum(values, Decimal(0)) / len(values)
    flags = []
    if max(values) - min(values) > range_alert:
        flags.append(f"极差 {plain(rounded(max(values) - min(values)))} 分，超过 {range_alert} 分")
    for key, value in scores.items():
        if abs(value - mean) > deviation_alert:
            flags.append(f"{key}评分 {plain(value)}，偏离平均分超过 {deviation_alert} 分")
    return flags


def rank(results: Sequence[tuple[Any, Decimal | None, Decimal | None]]) -> dict[Any, int]:
    """Key -> rank of (key, score, tie-break); equal in both means equal rank (1, 1, 3); no score means no rank."""
    scored = [(key, score, tie if tie is not None else Decimal(-1)) for key, score, tie in results if score is not None]
    scored.sort(key=lambda row: (-row[1], -row[2]))
    ranks: dict[Any, int] = {}
    for position, (key, score, tie) in enumerate(scored, start=1):
        previous = scored[position - 2] if position > 1 else None
        same = previous is not None and (previous[1], previous[2]) == (score, tie)
        ranks[key] = ranks[previous[0]] if same and previous else position
    return ranks


LEVELS = {"support": 2, "reserve": 1, "decline": 0}


def tie_rule(scheme: Scheme) -> str:
    """How equal scores are told apart, in words: the rule that `rank` follows."""
    name = next(row.name for row in scheme.criteria if row.code == scheme.tie_break)
    return f"得分（两位小数）相同的，比较“{name}”的平均分；仍相同的，排名并列。"


def deviations(outcomes: Mapping[Any, str], ranks: Mapping[Any, int]) -> set[Any]:
    """Keys whose outcome is not the one that their rank gives, with as many of each outcome as proposed.

    Items of equal rank may change places freely; an item without a rank comes last.
    """
    last = len(outcomes) + 1
    by_rank = sorted(outcomes, key=lambda key: (ranks.get(key, last), -LEVELS[outcomes[key]]))
    expected = sorted((LEVELS[outcome] for outcome in outcomes.values()), reverse=True)
    return {key for key, level in zip(by_rank, expected, strict=True) if LEVELS[outcomes[key]] != level}


def moved(queue: Sequence[Any], ranks: Mapping[Any, int]) -> set[Any]:
    """Keys of a queue (first in line first) that were taken out of the order of rank: as few as explain it.

    They are those outside a longest run of ranks that never falls, so that one item sent to the end is one item moved.
    """
    last = max(ranks.values(), default=0) + 1
    tails: list[int] = []  # place in the queue of the smallest possible end of a run of each length
    before: list[int | None] = []
    values = [ranks.get(key, last) for key in queue]
    for place, value in enumerate(values):
        length = bisect_right([values[end] for end in tails], value)
        before.append(tails[length - 1] if length else None)
        tails[length : length + 1] = [place]
    kept: set[int] = set()
    place = tails[-1] if tails else None
    while place is not None:
        kept.add(place)
        place = before[place]
    return {key for place, key in enumerate(queue) if place not in kept}
