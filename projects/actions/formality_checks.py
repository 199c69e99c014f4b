"""The rows of the formality check (5, 7, 8(1)): rules judge what they can, officers the rest, nothing by silence."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from portal import access, editions, events, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures import formality as rulebook
from portal.measures.findings import block
from projects.actions.application_editing import hold
from projects.models import Application, FormalityItem
from projects.queries.application_tasks import UNIT, parts
from projects.queries.applications import Case
from projects.queries.formality import automatic_results, default_place, seen

OPEN_STATES = ("submitted", "supplement")
ANSWERS = ("pass", "fail", "supplement")
JUDGED = ("result", "evidence", "checked_by", "checked_at")
_RESULTS = {rulebook.PASSED: "pass", rulebook.FAILED: "fail", rulebook.OPEN: "unchecked"}


@dataclass(frozen=True)
class Answer:
    """An officer's answer to one row; `seen` is the mark of the row as he read it ("" asks for no comparison).

    `together`: given with one declaration for several rows, which the log says.
    """

    rule: str
    result: str
    note: str = ""
    place: str = ""
    seen: str = ""
    together: bool = False


@workflow.action
def open_checks(application: Application, *, by, case: Case | None = None) -> list[FormalityItem]:
    """One row for each rule of the edition, the automatic ones judged, all others unchecked. `by` None: the system.

    Called at every submit, with the `case` that was judged there: answers about an earlier version do not carry over.
    """
    require_officer(application, by)
    _require_open(application)
    items = [
        FormalityItem(application=application, rule=row.code, title=row.name, article=row.article, mode=row.mode)
        for row in editions.edition(application.call.edition).formality
    ]
    changed = _judge_all(items, automatic_results(application, case))
    FormalityItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["application", "rule"],
        update_fields=[*JUDGED, "title", "article", "mode", "note", "place"],
    )
    _log_automatic(application, changed, by)
    return items


@workflow.action
def reopen_rows(application: Application, *results: str, by) -> list[FormalityItem]:
    """Rows with these results are unchecked again (after 补正, after a decision was taken back), rules judge anew."""
    require_officer(application, by)
    rows = application.formality_items.filter(result__in=results)
    rows.update(result="unchecked", checked_by=None, checked_at=None)
    return run_automatic(application, by=by)


@workflow.action
def run_automatic(application: Application, *, by) -> list[FormalityItem]:
    """Judge what rules can judge; an officer's answer stands where the rule leaves the question open."""
    require_officer(application, by)
    _require_open(application)
    items = list(application.formality_items.all())
    changed = _judge_all(items, automatic_results(application))
    FormalityItem.objects.bulk_update(changed, JUDGED)
    _log_automatic(application, changed, by)
    return items


def _judge_all(items: list[FormalityItem], outcomes: Iterable[rulebook.FormalityResult]) -> list[FormalityItem]:
    """Write into the rows what the rules say; returns those that say something else now. Nothing is stored."""
    by_rule, changed = {item.rule: item for item in items}, []
    for outcome in outcomes:
        item = by_rule.get(outcome.rule.code)
        if item is None or item.mode == "manual":
            continue
        before = (item.result, item.evidence)
        _judge(item, outcome)
        if (item.result, item.evidence) != before:
            changed.append(item)
    return changed


def _log_automatic(application: Application, changed: list[FormalityItem], by) -> None:
    if changed or by is not None:
        after = {item.rule: item.result for item in changed}
        events.record("formality.automatic", "运行自动检查", application, by=by, article="8(1)", after=after)


def _judge(item: FormalityItem, outcome) -> None:
    """A rule's refusal is the rule's word, not that of the officer who answered before."""
    item.evidence = "\n".join(f"{found.message}{found.fix}" for found in outcome.findings)[:4000]
    if outcome.outcome == rulebook.FAILED and item.result != "supplement":
        item.result = "fail"
        item.checked_by, item.checked_at = None, timezone.now()
    elif item.checked_by_id is None:
        item.result = _RESULTS[outcome.outcome]
        item.checked_at = None if item.result == "unchecked" else timezone.now()


@workflow.action
def record_item(item: FormalityItem, *, result: str, by, note: str = "", place: str = "") -> FormalityItem:
    """An officer's answer to one row; see record_items."""
    record_items(item.application, answers=[Answer(item.rule, result, note, place)], by=by)
    item.refresh_from_db()
    return item


@workflow.action
def record_items(application: Application, *, answers: Iterable[Answer], by) -> int:
    """Officer's answers (pass, fail, supplement) to rows of one application: all or none; returns how many were new.

    What a rule refuses cannot be passed by hand; a negative answer needs a note; a row that somebody answered since
    it was read is not overwritten. Raises Invalid, Conflict or Refused with a finding a row.
    """
    hold(application)
    require_officer(application, by)
    _require_open(application)
    items = {item.rule: item for item in application.formality_items.select_related("checked_by")}
    places = {part.code for part in parts(editions.edition(application.call.edition)) if part.code != UNIT}
    wanted = [(items[row.rule], row) for row in answers if row.rule in items]
    new = [(item, row) for item, row in wanted if (item.result, item.note) != (row.result, row.note.strip()[:300])]
    new += [pair for pair in wanted if pair not in new and pair[1].place and pair[0].place != pair[1].place]
    _refuse_wrong(new, places)
    _refuse_stale(new)
    _refuse_against_rules(application, new)
    for item, row in new:
        _record(application, item, row, by)
    return len(new)


def _refuse_wrong(rows, places) -> None:
    wrong = []
    for item, row in rows:
        if row.result not in ANSWERS:
            wrong.append(block(f"“{item.title}”的审查结果须为通过、不通过或需补正。", item.rule))
        elif row.result != "pass" and not row.note.strip():
            wrong.append(block(f"“{item.title}”选择不通过或需补正时，须写明意见。", item.rule))
        elif row.place and row.place not in places:
            wrong.append(block(f"“{item.title}”对应的部分无法识别，请重新选择。", item.rule))
    if wrong:
        raise Invalid("".join(found.message for found in wrong), findings=wrong)


def _refuse_stale(rows) -> None:
    stale = [
        block(_as_it_is(item), item.rule, "请核对后重新填写。")
        for item, row in rows
        if row.seen and row.seen != seen(item)
    ]
    if stale:
        raise Conflict("没有保存：" + "".join(found.message for found in stale), article="8(1)", findings=stale)


def _as_it_is(item: FormalityItem) -> str:
    who = item.checked_by.name if item.checked_by else "自动检查"
    note = f"（{item.note}）" if item.note else ""
    return f"“{item.title}”已由{who}改为“{item.get_result_display()}”{note}。"


def _refuse_against_rules(application, rows) -> None:
    passed = [item for item, row in rows if row.result == "pass" and item.mode != "manual"]
    if not passed:
        return
    failed = {row.rule.code for row in automatic_results(application) if row.outcome == rulebook.FAILED}
    against = [
        block(
            f"“{item.title}”由规则判定不通过，不能人工改为通过。",
            item.rule,
            "可要求补正或判为不通过。",
            item.article,
        )
        for item in passed
        if item.rule in failed
    ]
    if against:
        raise Refused.from_findings(against)


def _record(application, item: FormalityItem, row: Answer, by) -> None:
    before = {"result": item.result, "note": item.note}
    item.result, item.note, item.place = row.result, row.note.strip()[:300], row.place or default_place(item)
    item.checked_by, item.checked_at = by, timezone.now()
    item.save()
    after = {"rule": item.rule, "result": item.result, "place": item.place}
    events.record(
        "formality.record",
        f"形式审查：{item.title} {item.get_result_display()}",
        application,
        by=by,
        note=item.note,
        article=item.article,
        before=before,
        after=after | ({"together": True} if row.together else {}),
    )


def require_officer(application: Application, by) -> None:
    """Only the center's officers check; None is the system."""
    if by is not None and not access.allowed(by, "projects.check_application", application):
        raise NotAllowed("只有中心经办可以办理形式审查。")


def _require_open(application: Application) -> None:
    if application.state not in OPEN_STATES:
        raise Conflict(f"不能修改审查结果：申报书目前的状态是“{application.get_state_display()}”。", article="8(1)")
