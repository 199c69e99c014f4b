"""The formality check of the center (5, 7, 8(1)): nothing unchecked ever counts as passed; one 补正 round."""

from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone

from consortia.seats import people_of
from portal import access, editions, events, notify, workcalendar, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures import formality as rulebook
from portal.measures.findings import blocks
from portal.measures.workdays import MissingHolidayYear, datetime_cn
from portal.models import User
from projects.actions.application_editing import hold
from projects.actions.application_versions import freeze_version
from projects.documents import applications as papers
from projects.models import Application, ApplicationVersion, FormalityItem, SupplementRequest
from projects.queries.application_tasks import parts
from projects.queries.applications import findings
from projects.queries.clock import database_now
from projects.queries.formality import automatic_results
from projects.queries.whole import whole_application

OPEN_STATES = ("submitted", "supplement")
CHANGELIST = "/admin/projects/application/"
END_OF_DAY = time(17, 0)
_RESULTS = {rulebook.PASSED: "pass", rulebook.FAILED: "fail", rulebook.OPEN: "unchecked"}


@workflow.action
def open_checks(application: Application, *, by) -> list[FormalityItem]:
    """One row for each rule of the edition, all unchecked, then the automatic ones judged. `by` None: the system.

    Called at every submit: answers about an earlier version do not carry over.
    """
    _require_officer(application, by)
    for row in editions.edition(application.call.edition).formality:
        facts = {"title": row.name, "article": row.article, "mode": row.mode}
        clean = {"result": "unchecked", "evidence": "", "note": "", "checked_by": None, "checked_at": None}
        FormalityItem.objects.update_or_create(application=application, rule=row.code, defaults=facts | clean)
    return run_automatic(application, by=by)


@workflow.action
def reopen_supplemented(application: Application, *, by) -> list[FormalityItem]:
    """After 补正: rows that asked for it are unchecked again, the automatic ones judged anew."""
    _require_officer(application, by)
    asked = application.formality_items.filter(result="supplement")
    asked.update(result="unchecked", checked_by=None, checked_at=None)
    return run_automatic(application, by=by)


@workflow.action
def run_automatic(application: Application, *, by) -> list[FormalityItem]:
    """Judge what rules can judge; an officer's answer stands where the rule leaves the question open."""
    _require_officer(application, by)
    items = {item.rule: item for item in application.formality_items.all()}
    for outcome in automatic_results(application):
        item = items.get(outcome.rule.code)
        if item is None or item.mode == "manual":
            continue
        item.evidence = "\n".join(f"{found.message}{found.fix}" for found in outcome.findings)[:4000]
        if outcome.outcome == rulebook.FAILED and item.result != "supplement":
            item.result = "fail"
        elif item.checked_by_id is None:
            item.result = _RESULTS[outcome.outcome]
        item.save()
    return list(items.values())


@workflow.action
def record_item(item: FormalityItem, *, result: str, by, note: str = "") -> FormalityItem:
    """An officer's answer to one row: pass, fail or supplement; what a rule refuses cannot be passed by hand."""
    application = item.application
    hold(application)
    _require_officer(application, by)
    _require_open(application)
    note = note.strip()
    if result not in ("pass", "fail", "supplement"):
        raise Invalid("审查结果须为通过、不通过或需补正。")
    if result != "pass" and not note:
        raise Invalid(f"“{item.title}”选择不通过或需补正时，须写明意见。")
    failed = {row.rule.code for row in automatic_results(application) if row.outcome == rulebook.FAILED}
    if result == "pass" and item.mode != "manual" and item.rule in failed:
        raise Refused(
            f"“{item.title}”由规则判定不通过，不能人工改为通过。", article=item.article, fix="可要求补正或判为不通过。"
        )
    before = {"result": item.result, "note": item.note}
    item.result, item.note = result, note[:300]
    item.checked_by, item.checked_at = by, timezone.now()
    item.save()
    events.record(
        "formality.record",
        f"形式审查：{item.title} {item.get_result_display()}",
        application,
        by=by,
        note=note,
        article=item.article,
        before=before,
        after={"rule": item.rule, "result": result},
    )
    return item


@workflow.action
def ask_supplement(
    application: Application, *, by, places: list[str], text: str, note: str = "", due_at: datetime | None = None
) -> SupplementRequest:
    """Ask once for 补正 of the named parts until `due_at` (default: the call's working days, 17:00 Beijing time)."""
    hold(application)
    known = {part.code for part in parts(editions.edition(application.call.edition))}
    text = (text or "").strip()
    if not places or not set(places) <= known or not text:
        raise Invalid("请选择须补正的部分，并写明补正要求。", article="8(1)")
    if SupplementRequest.objects.filter(application=application).exists():
        raise Refused("不能再次要求补正：每份申报书只补正一次。", article="8(1)", fix="请判定通过或不通过。")
    due_at = due_at or _supplement_end(application)
    if due_at <= timezone.now():
        raise Invalid("补正期限须晚于现在。")
    workflow.move(application, "ask_supplement", by=by, note=note or text)
    request = SupplementRequest.objects.create(
        application=application, places=list(places), text=text, due_at=due_at, requested_by=by
    )
    problems = _problems(application, "supplement", fix="见补正要求")
    problems.append(
        {"item": "补正要求", "article": "8(1)", "fact": text, "fix": f"可修改：{_names(application, places)}"}
    )
    papers.request_letter(application, outcome="supplement", problems=problems, deadline=due_at, by=by)
    _tell(application, "申报材料需补正", f"{text}补正截止{datetime_cn(due_at)}。")
    return request


def _names(application: Application, places: list[str]) -> str:
    known = parts(editions.edition(application.call.edition))
    return "、".join(part.label for part in known if part.code in places)


def _supplement_end(application: Application) -> datetime:
    start = timezone.localdate() + timedelta(days=1)
    try:
        last = workcalendar.notice_end(
            start,
            application.call.supplement_days,
        )
    except MissingHolidayYear as missing:
        raise Refused(str(missing)) from missing
    return datetime.combine(last, END_OF_DAY, tzinfo=timezone.get_default_timezone())


def _require_mended(application: Application) -> None:
    """There is one round only: a 补正 in which nothing was changed and declared anew would waste it."""
    if application.declared_at is None or application.declared_at < application.supplement_request.requested_at:
        raise Refused(
            "不能提交补正：收到补正通知后，申报书还没有修改并重新声明。补正只有一次。",
            article="8(1)",
            fix="请修改补正通知列明的部分，由项目负责人重新声明后再提交。",
        )


@workflow.action
def supply(application: Application, *, by, note: str = "") -> ApplicationVersion:
    """Hand in the 补正: the leader has declared the mended content, the deadline holds, a new version is frozen."""
    hold(application)
    if application.state == "supplement" and database_now() >= application.supplement_request.due_at:
        until = datetime_cn(application.supplement_request.due_at)
        raise Refused(f"不能提交补正：补正期限已于{until}届满。", article="8(1)", fix="请联系管理单位。")
    if application.state == "supplement":
        refused = blocks(findings(whole_application(application.pk)))
        if refused:
            raise Refused.from_findings(refused)
        _require_mended(application)
    workflow.move(application, "supply", by=by, note=note)
    now = database_now()
    SupplementRequest.objects.filter(application=application).update(supplied_at=now)
    version = freeze_version(whole_application(application.pk), now=now, by=by)
    reopen_supplemented(application, by=None)
    notify.tell(User.objects.with_duty("officer"), "补正材料已提交", str(application), url=CHANGELIST, mail=False)
    return version


@workflow.action
def pass_formality(application: Application, *, by, note: str = "") -> Application:
    """Declare the application formally sound; every rule must have passed, judged anew now."""
    hold(application)
    _require_officer(application, by)
    if application.state == "submitted":
        items = run_automatic(application, by=by)
        missing = [item for item in items if item.result != "pass"]
        if missing or not items:
            names = "、".join(f"{item.title}（{item.get_result_display()}）" for item in missing) or "尚未开始审查"
            raise Refused(
                f"不能判定通过：还有 {len(missing)} 项没有通过：{names}。未审查的项目不能视为通过。",
                article="8(1)",
                fix="逐项审查后再判定。",
            )
    workflow.move(application, "pass_formality", by=by, note=note)
    _tell(application, "形式审查已通过", "申报书将进入专家评审。")
    return application


@workflow.action
def fail_formality(application: Application, *, by, note: str = "") -> Application:
    """Refuse the application for want of form, with reasons and a letter; while 补正 runs only after its deadline."""
    hold(application)
    note = note.strip()
    problems = _problems(application, "fail", "supplement")
    if not note and not problems:
        raise Invalid("判定不通过须写明理由。", article="5")
    if application.state == "supplement" and database_now() < application.supplement_request.due_at:
        until = datetime_cn(application.supplement_request.due_at)
        raise Refused(
            f"补正期限（{until}）尚未届满，不能判定不通过。", article="8(1)", fix="请等待期满或单位提交补正。"
        )
    workflow.move(application, "fail_formality", by=by, note=note)
    problems = problems or [{"item": "形式审查", "article": "", "fact": note, "fix": ""}]
    papers.request_letter(application, outcome="rejected", problems=problems, by=by)
    _tell(application, "形式审查不通过", note or "理由见通知书。")
    return application


@workflow.action
def start_review(application: Application, *, by, note: str = "") -> Application:
    """Send an eligible application to expert review (8(2))."""
    hold(application)
    workflow.move(application, "start_review", by=by, note=note)
    return application


def _problems(application: Application, *results: str, fix: str = "") -> list[dict]:
    return [
        {"item": item.title, "article": item.article, "fact": item.note or item.evidence, "fix": fix}
        for item in application.formality_items.filter(result__in=results)
    ]


def _require_officer(application: Application, by) -> None:
    if by is not None and not access.allowed(by, "projects.check_application", application):
        raise NotAllowed("只有中心经办可以办理形式审查。")


def _require_open(application: Application) -> None:
    if application.state not in OPEN_STATES:
        raise Conflict(f"不能修改审查结果：申报书目前的状态是“{application.get_state_display()}”。", article="8(1)")


def _tell(application: Application, title: str, body: str) -> None:
    people = [application.leader, *people_of(application.lead_unit, "drafter", "unitadmin")]
    url = reverse("application", args=[application.public_id])
    notify.tell(people, title, f"{application.title}（{application.number}）：{body}", url=url)
