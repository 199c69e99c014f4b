"""Writes on review rounds: create, open, close with results (article 8(2), 11; D5, R6, R10)."""

from django.utils import timezone

from portal import access, events, notify, workflow
from portal.errors import Invalid, NotAllowed, Refused
from projects.queries.versions import latest_version
from reviews import scoring
from reviews.actions.draws import assign_expert, substitute
from reviews.models import Assignment, ReviewItem, Round
from reviews.queries.results import item_figures
from reviews.queries.schemes import DEFAULT_METHOD, frozen_scheme
from reviews.queries.subjects import free_applications, free_projects

__all__ = ["assign_expert", "close_round", "create_round", "extend_round", "open_round", "substitute"]

OPTIONS = ("aggregation", "experts_per_item", "quorum", "show_others_after_submit")


@workflow.action
def create_round(*, call, kind, title, by, opens_at, closes_at, applications=None, projects=None, **options) -> Round:
    """Create a round with its frozen score sheet and its items; returns it in state draft.

    Selection takes eligible applications (default: all of the call) by their newest frozen version and moves them to
    review; acceptance takes projects under evaluation. `options`: aggregation, experts_per_item, quorum,
    show_others_after_submit and changes of the scheme (step, comment_min_chars).
    """
    if not access.allowed(by, "reviews.add_round"):
        raise NotAllowed("您的账号不能建立评审轮次。", article="8(2)")
    if kind not in ("selection", "acceptance"):
        raise Invalid("请选择评审种类：立项评审或验收评价。")
    if closes_at <= opens_at:
        raise Invalid("评审截止时间须晚于开始时间。")
    call = workflow.lock(call)
    subjects = _subjects(call, kind, applications, projects)
    columns = {key: options.pop(key) for key in OPTIONS if key in options}
    scheme, defaults = frozen_scheme(call, kind, **options)
    columns = {"aggregation": DEFAULT_METHOD[defaults.aggregation], "quorum": defaults.quorum} | columns
    columns.setdefault("experts_per_item", call.experts_per_application)
    _check_numbers(columns)
    round = Round.objects.create(
        call=call,
        kind=kind,
        title=title,
        scheme=scheme,
        opens_at=opens_at,
        closes_at=closes_at,
        created_by=by,
        **columns,
    )
    for subject in subjects:
        _add_item(round, subject, by)
    events.record("round.create", "建立评审轮次", round, by=by, after={"items": len(subjects), "kind": kind})
    return round


def _subjects(call, kind, applications, projects) -> list:
    """The subjects of the round, or a refusal that names the one that does not fit."""
    if kind == "selection":
        rows = free_applications().filter(call=call) if applications is None else applications
        rows, right, word = list(rows), ("eligible", "under_review"), "形式审查通过"
    else:
        rows = free_projects().filter(call=call) if projects is None else projects
        rows, right, word = list(rows), ("evaluating",), "进入验收评价"
    if not rows:
        raise Refused(f"没有可评审的项目：本次申报中没有{word}且未在评审的项目。", article="8(2)")
    field = "application" if kind == "selection" else "project"
    busy = set(
        ReviewItem.objects.filter(round__state__in=["draft", "open"], **{f"{field}__in": rows}).values_list(
            f"{field}_id", flat=True
        )
    )
    for row in rows:
        if row.call_id != call.pk:
            raise Refused(f"“{row}”不属于“{call}”，不能放入这一轮。")
        if row.state not in right:
            raise Refused(f"“{row}”目前的状态是“{row.get_state_display()}”，须先{word}。", article="8(2)")
        if row.pk in busy:
            raise Refused(f"“{row}”已在另一个未结束的评审轮次中。")
    return rows


def _check_numbers(columns: dict) -> None:
    if columns["aggregation"] not in ("mean", "trimmed"):
        raise Invalid("请选择计分方法。")
    if not 1 <= columns["quorum"] <= columns["experts_per_item"] <= 15:
        raise Invalid("每项专家数须为 1 至 15 人，最少有效评分数不能超过每项专家数。")


def _add_item(round, subject, by) -> None:
    if round.kind == "acceptance":
        ReviewItem.objects.create(round=round, project=subject)
        return
    version = latest_version(subject)
    if version is None:
        raise Refused(f"“{subject}”没有冻结的申报书版本，不能评审。", article="7(1)")
    if subject.state == "eligible":
        workflow.move(subject, "start_review", by=by)
    ReviewItem.objects.create(round=round, application=subject, version=version)


@workflow.action
def open_round(round, *, by, note="") -> Round:
    """Open the round when every item has at least the quorum of seats; tells the experts (8(2))."""
    round = workflow.lock(round)
    if round.closes_at <= timezone.now():
        raise Refused("评审截止时间已过，请先调整截止时间。", article="8(2)")
    items = list(round.items.prefetch_related("assignments"))
    if not items:
        raise Refused("本轮没有评审对象，不能开始。", article="8(2)")
    for item in items:
        seats = sum(1 for seat in item.assignments.all() if seat.state == "assigned")
        if seats < round.quorum:
            raise Refused(
                f"“{item}”只安排了 {seats} 位专家，至少需要 {round.quorum} 位。请抽取或指派专家后再开始。",
                article="8(2)",
            )
    workflow.move(round, "open", by=by, note=note)
    experts = {seat.expert.user for seat in _seats(round)}
    text = f"“{round.title}”已开始，截止时间见评审工作台。请先签署评审承诺书，再确认有无利益冲突。"
    notify.tell(experts, "您有新的评审任务", text, url="/reviews/", key=f"round-open-{round.pk}")
    return round


def _seats(round):
    return Assignment.objects.live().filter(item__round=round).select_related("expert__user")


@workflow.action
def extend_round(round, *, closes_at, by, note="") -> Round:
    """Move the deadline of a round that is not closed."""
    round = workflow.lock(round)
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能调整评审时间。")
    if round.state == "closed":
        raise Refused("本轮评审已结束，不能调整时间。", article="8(2)")
    if closes_at <= max(round.opens_at, timezone.now()):
        raise Invalid("新的截止时间须晚于开始时间和现在。")
    before = {"closes_at": round.closes_at}
    round.closes_at = closes_at
    round.save(update_fields=["closes_at"])
    events.record(
        "round.extend", "调整评审截止时间", round, by=by, note=note, before=before, after={"closes_at": closes_at}
    )
    notify.tell({seat.expert.user for seat in _seats(round)}, f"“{round.title}”的截止时间已调整", url="/reviews/")
    return round


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
