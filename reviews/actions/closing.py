"""The end of a round: what is missing, the written waiver, frozen results (8(2), D5, R6, R10)."""

from django.utils import timezone

from portal import access, workflow
from portal.errors import Conflict, NotAllowed, Refused
from reviews import scoring
from reviews.models import ReviewItem, Round
from reviews.queries.results import item_figures

WAIVER_MAX = 300
STORED = ("n", "mean", "trimmed_mean", "median", "sd", "score_range", "score", "tie_break", "rank", "flags")


@workflow.action
def close_round(round, *, by, note="") -> Round:
    """Close the round: store the results of every item and move its applications on.

    Refused while a seat has not submitted or an item is below the quorum, unless `note` gives the reason in writing;
    an item without any score is always refused. The lock on the round orders this and the last submission.
    """
    round = workflow.lock(round)
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能结束评审。", article="8(2)")
    if round.state == "closed":
        raise Conflict("本轮评审已经结束，可能已由他人或另一个窗口办理。结果没有变动，请查看排名。", article="8(2)")
    items = list(round.items.select_related("application", "project").order_by("pk"))
    figures = item_figures(round, items)
    problems = _check_complete(figures, note.strip())
    _store(round, items, figures)
    waiver = note.strip()[:WAIVER_MAX] if problems else ""
    workflow.move(round, "close", by=by, note=note, closed_at=timezone.now(), waiver=waiver)
    applications = [item.application for item in items if item.application_id]
    workflow.move_all([row for row in applications if row.state == "under_review"], "finish_review", by=by)
    return round


def _check_complete(figures, waiver: str) -> list[str]:
    """What is missing, in words; refused when nothing can stand for it."""
    empty = [figure for figure in figures.values() if not figure.stats.n]
    if empty:
        more = f"等 {len(empty)} 个项目" if len(empty) > 1 else ""
        raise Refused(f"“{empty[0].label}”{more}还没有任何有效评分，不能结束评审。缺评不能按 0 分计。", article="8(2)")
    problems = [figure.problem for figure in figures.values() if figure.problem]
    if problems and not waiver:
        listed = "；".join(problems[:3])
        fix = "请催办或安排递补；确需结束的，请填写书面说明。"
        raise Refused(f"还有 {len(problems)} 个项目评分不齐：{listed}。{fix}", article="8(2)")
    return problems


def _store(round, items, figures) -> None:
    scheme = scoring.scheme_of(round.scheme)
    ranks = scoring.rank([(item.pk, figures[item.pk].stats.score, figures[item.pk].tie_break) for item in items])
    for item in items:
        figure = figures[item.pk]
        stats = figure.stats
        item.n, item.mean, item.trimmed_mean, item.median = stats.n, stats.mean, stats.trimmed, stats.median
        item.sd, item.score_range, item.score = stats.sd, stats.range, stats.score
        item.tie_break, item.rank = figure.tie_break, ranks.get(item.pk)
        item.flags = scoring.outliers(figure.by_expert, scheme.range_alert, scheme.deviation_alert)
    ReviewItem.objects.bulk_update(items, STORED, batch_size=200)
