"""Writes that set a review round up: create, edit, cancel, open, move its deadline (article 8(2), 11; D4, D5)."""

from django.utils import timezone

from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from projects.queries.versions import latest_version
from reviews.models import Assignment, ReviewItem, Round
from reviews.queries.schemes import DEFAULT_METHOD, frozen_scheme
from reviews.queries.subjects import free_applications, free_projects

DATES = ("recuse_until", "opens_at", "closes_at")
SECRECY = ("show_others_after_submit", "hide_applicants")
OPTIONS = ("aggregation", "experts_per_item", "quorum", "recuse_until", *SECRECY)
EDITABLE = ("title", *DATES, "experts_per_item", "quorum", "aggregation", *SECRECY)


@workflow.action
def create_round(*, call, kind, title, by, opens_at, closes_at, applications=None, projects=None, **options) -> Round:
    """Create a round with its score sheet and its items; returns it in state draft.

    Selection takes eligible applications (default: all of the call) by their newest frozen version and moves them to
    review; acceptance takes projects under evaluation. `options`: aggregation, experts_per_item, quorum, recuse_until,
    show_others_after_submit, hide_applicants and changes of the scheme (step, comment_min_chars).
    """
    if not access.allowed(by, "reviews.add_round"):
        raise NotAllowed("您的账号不能建立评审轮次。", article="8(2)")
    if kind not in ("selection", "acceptance"):
        raise Invalid("请选择评审种类：立项评审或验收评价。")
    call = workflow.lock(call)
    subjects = _subjects(call, kind, applications, projects)
    columns = {key: options.pop(key) for key in OPTIONS if key in options}
    scheme, defaults = frozen_scheme(call, kind, **options)
    columns = {"aggregation": DEFAULT_METHOD[defaults.aggregation], "quorum": defaults.quorum} | columns
    columns.setdefault("experts_per_item", call.experts_per_application)
    round = Round(
        call=call,
        kind=kind,
        title=title,
        scheme=scheme,
        opens_at=opens_at,
        closes_at=closes_at,
        created_by=by,
        **columns,
    )
    _check_terms(round)
    round.save()
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


def _check_terms(round: Round) -> None:
    """Dates, numbers and secrecy that go together; Invalid says which do not."""
    if not round.title.strip():
        raise Invalid("请填写评审轮次的名称。")
    if round.closes_at <= round.opens_at:
        raise Invalid("评分截止时间须晚于评分开始时间。")
    if round.recuse_until is not None and round.recuse_until > round.closes_at:
        raise Invalid("确认与回避截止不能晚于评分截止时间。")
    if round.aggregation not in ("mean", "trimmed"):
        raise Invalid("请选择计分方法。")
    if not 1 <= round.quorum <= round.experts_per_item <= 15:
        raise Invalid("每项专家数须为 1 至 15 人，最少有效评分数不能超过每项专家数。")
    if round.hide_applicants and round.kind != "selection":
        raise Invalid("验收评价须核对合同、账目和佐证，不能对专家隐去申报单位。请取消勾选。", article="11")


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
def edit_round(round, *, revision, by, **changes) -> Round:
    """Change title, dates, numbers and secrecy (EDITABLE) of a round in preparation.

    Conflict when somebody else changed it since `revision` was read: nothing is overwritten unseen.
    """
    round = workflow.lock(round)
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能修改评审轮次。", article="8(2)")
    if round.state != "draft":
        raise Conflict("评审已经开始，名称、时间和人数不能在此修改。截止时间可用“调整截止时间”。", article="8(2)")
    if round.revision != revision:
        raise Conflict("这一轮次刚刚由他人修改过，您的修改没有保存。请返回查看最新内容后再填写。")
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise Invalid(f"评审轮次没有这些内容可以修改：{'、'.join(sorted(unknown))}。")
    before = {name: getattr(round, name) for name in changes if getattr(round, name) != changes[name]}
    if not before:
        return round
    for name in before:
        setattr(round, name, changes[name])
    _check_terms(round)
    round.revision += 1
    round.save(update_fields=[*before, "revision"])
    after = {name: changes[name] for name in before}
    events.record("round.edit", "修改评审轮次", round, by=by, before=before, after=after)
    return round


@workflow.action
def cancel_round(round, *, by, note="") -> None:
    """Call off a round in preparation, with a reason; its items may enter another round."""
    if not note.strip():
        raise Invalid("请填写取消的理由。")
    workflow.move(workflow.lock(round), "cancel", by=by, note=note)


@workflow.action
def open_round(round, *, by, note="") -> Round:
    """Open the round when every item has at least the quorum of seats; tells the experts (8(2))."""
    round = workflow.lock(round)
    _check_dates(round)
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


def _check_dates(round) -> None:
    now = timezone.now()
    if round.closes_at <= now:
        raise Refused("评审截止时间已过，请先调整截止时间。", article="8(2)")
    if round.recuse_until is not None and round.recuse_until <= now:
        raise Refused("确认与回避截止已过，请先在“修改轮次”中调整，让专家有时间回避。", article="8(2)")


def _seats(round):
    return Assignment.objects.live().filter(item__round=round).select_related("expert__user")


@workflow.action
def extend_round(round, *, closes_at, by, note="") -> Round:
    """Move the deadline of a round that has not ended."""
    round = workflow.lock(round)
    if not access.allowed(by, "reviews.manage_round", round):
        raise NotAllowed("您的账号不能调整评审时间。")
    if round.state not in ("draft", "open"):
        raise Refused("本轮评审已结束，不能调整时间。", article="8(2)")
    if closes_at <= max(round.opens_at, timezone.now()):
        raise Invalid("新的截止时间须晚于开始时间和现在。")
    if round.recuse_until is not None and closes_at < round.recuse_until:
        raise Invalid("新的截止时间不能早于确认与回避截止。")
    before = {"closes_at": round.closes_at}
    round.closes_at = closes_at
    round.revision += 1
    round.save(update_fields=["closes_at", "revision"])
    events.record(
        "round.extend", "调整评审截止时间", round, by=by, note=note, before=before, after={"closes_at": closes_at}
    )
    if round.state == "open":
        notify.tell({seat.expert.user for seat in _seats(round)}, f"“{round.title}”的截止时间已调整", url="/reviews/")
    return round
