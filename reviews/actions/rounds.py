"""Closing a review round with its results (article 8(2), 11; D5, R6, R10); its other writes stand beside it."""

from django.utils import timezone

from portal import workflow
from portal.errors import Refused
from reviews import scoring
from reviews.actions.draws import assign_expert, draw_experts, substitute
from reviews.actions.setup import cancel_round, create_round, edit_round, extend_round, open_round
from reviews.models import Round
from reviews.queries.results import item_figures

__all__ = [
    "assign_expert",
    "cancel_round",
    "close_round",
    "create_round",
    "draw_experts",
    "edit_round",
    "extend_round",
    "open_round",
    "substitute",
]


@workflow.action
def close_round(round, *, by, note="") -> Round:
    """Close the round: store the results of every item and move its applications on (8(2), D5, R6, R10).

    Refused while a seat has not submitted or an item is below the quorum, unless `note` gives the reason in writing;
    an item without any score is always refused. The lock on the round orders this and the last submission.
    """
    round = workflow.lock(round)
    items = list(round.items.select_related("application", "project").order_by("pk"))
    figures = item_figures(round)
    _check_complete(round, figures, note.strip())
    scheme = scoring.scheme_of(round.scheme)
    ranks = scoring.rank([(item.pk, figures[item.pk].stats.score, figures[item.pk].tie_break) for item in items])
    for item in items:
        _store(item, figures[item.pk], ranks.get(item.pk), scheme)
    waiver = note.strip()[:300] if any(figures[item.pk].problem for item in items) else ""
    workflow.move(round, "close", by=by, note=note, closed_at=timezone.now(), waiver=waiver)
    for item in items:
        if item.application_id and item.application.state == "under_review":
            workflow.move(item.application, "finish_review", by=by)
    return round


def _check_complete(round, figures, waiver: str) -> None:
    empty = [figure for figure in figures.values() if not figure.stats.n]
    if empty:
        raise Refused(f"“{empty[0].label}”还没有任何有效评分，不能结束评审。缺评不能按 0 分计。", article="8(2)")
    problems = [figure.problem for figure in figures.values() if figure.problem]
    if problems and not waiver:
        listed = "；".join(problems[:3])
        fix = "请催办或安排递补；确需结束的，请填写书面说明。"
        raise Refused(f"还有 {len(problems)} 个项目评分不齐：{listed}。{fix}", article="8(2)")


def _store(item, figure, rank: int | None, scheme: scoring.Scheme) -> None:
    stats = figure.stats
    item.n, item.mean, item.trimmed_mean, item.median = stats.n, stats.mean, stats.trimmed, stats.median
    item.sd, item.score_range, item.score = stats.sd, stats.range, stats.score
    item.tie_break = figure.tie_break
    item.rank = rank
    item.flags = scoring.outliers(figure.by_expert, scheme.range_alert, scheme.deviation_alert)
    item.save()
