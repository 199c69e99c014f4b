"""The one 补正 round of an application (8(1)): asked with a term, perhaps extended, handed in once."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from portal import editions, events, notify, workcalendar, workflow
from portal.errors import Conflict, Invalid, Refused
from portal.measures.findings import blocks
from portal.measures.workdays import MissingHolidayYear, datetime_cn
from portal.models import User
from projects.actions.application_editing import hold
from projects.actions.application_versions import freeze_version
from projects.actions.formality_checks import reopen_rows, require_officer
from projects.actions.formality_letters import problems_of, tell_unit
from projects.documents import applications as papers
from projects.models import Application, ApplicationVersion, SupplementRequest
from projects.queries.application_tasks import UNIT, parts
from projects.queries.applications import findings
from projects.queries.clock import database_now
from projects.queries.whole import whole_application

CHANGELIST = "/admin/projects/application/?stage=supplied"
END_OF_DAY = time(17, 0)
LONGEST = timedelta(days=90)


@workflow.action
def ask_supplement(
    application: Application, *, by, places: list[str], text: str, note: str = "", due_at: datetime | None = None
) -> SupplementRequest:
    """Ask once for 补正 of the named parts until `due_at` (default: the call's working days, 17:00 Beijing time).

    The parts of the rows that need it are open as well. What is asked is frozen with the request.
    """
    hold(application)
    _refuse_failed(application)
    problems = problems_of(application, "supplement", fix="见补正要求")
    text = (text or "").strip()
    opened = _opened(application, places, problems)
    if not opened or not text:
        raise Invalid("请选择须补正的部分，并写明补正要求。", article="8(1)")
    if SupplementRequest.objects.filter(application=application).exists():
        raise Refused("不能再次要求补正：每份申报书只补正一次。", article="8(1)", fix="请判定通过或不通过。")
    due_at = due_at or term_of(application.call)
    _check_term(due_at)
    workflow.move(application, "ask_supplement", by=by, note=note or text)
    request = SupplementRequest.objects.create(
        application=application,
        places=opened,
        text=text,
        due_at=due_at,
        requested_by=by,
        problems=[{key: row[key] for key in ("item", "article", "fact", "place")} for row in problems],
    )
    fix = f"可修改：{names_of(application, opened)}"
    asked = [*problems, {"item": "补正要求", "article": "8(1)", "fact": text, "fix": fix}]
    papers.request_letter(application, outcome="supplement", problems=asked, deadline=due_at, by=by)
    tell_unit(application, "申报材料需补正", f"{text}\n补正截止{datetime_cn(due_at)}。")
    return request


def _refuse_failed(application: Application) -> None:
    """A row that failed is mended in the round or ends the application: left as it is, it would make the round vain."""
    failed = list(application.formality_items.filter(result="fail"))
    if failed and application.state == "submitted":
        names = "、".join(item.title for item in failed)
        raise Refused(
            f"不能要求补正：还有判为不通过的事项：{names}。",
            article="8(1)",
            fix="可以改正的，请先改为“需补正”；不能改正的，请判定不通过。",
        )


def _opened(application: Application, places, problems) -> list[str]:
    """Codes in the order of the form; Invalid for one that the form does not have."""
    known = [part.code for part in parts(editions.edition(application.call.edition)) if part.code != UNIT]
    wanted = {*places, *(row["place"] for row in problems if row["place"])}
    if not wanted <= set(known):
        raise Invalid("请选择须补正的部分，并写明补正要求。", article="8(1)")
    return [code for code in known if code in wanted]


def names_of(application: Application, places) -> str:
    """Labels of parts, for letters and pages."""
    known = parts(editions.edition(application.call.edition))
    return "、".join(part.label for part in known if part.code in places)


def term_of(call) -> datetime:
    """The end of a 补正 that is asked for today: the call's working days, 17:00 Beijing time."""
    start = timezone.localdate() + timedelta(days=1)
    try:
        last = workcalendar.notice_end(start, call.supplement_days)
    except MissingHolidayYear as missing:
        raise Refused(str(missing)) from missing
    return datetime.combine(last, END_OF_DAY, tzinfo=timezone.get_default_timezone())


def _check_term(due_at: datetime) -> None:
    now = database_now()
    if due_at <= now:
        raise Invalid("补正期限须晚于现在。")
    if due_at > now + LONGEST:
        raise Invalid(f"补正期限最长 {LONGEST.days} 天，请核对所填日期。")


@workflow.action
def extend_supplement(application: Application, *, by, due_at: datetime, reason: str) -> SupplementRequest:
    """Give the unit more time for its 补正, once, with a reason that it reads; also after the term is over."""
    hold(application)
    require_officer(application, by)
    if application.state != "supplement":
        raise Conflict(f"不能延长：申报书目前的状态是“{application.get_state_display()}”。", article="8(1)")
    reason = (reason or "").strip()
    if not reason:
        raise Invalid("延长补正期限须写明理由。", article="8(1)")
    request = workflow.lock(application.supplement_request)
    if request.first_due_at is not None:
        raise Refused("不能再次延长：补正期限只延长一次。", article="8(1)")
    if due_at <= request.due_at:
        raise Invalid(f"新的期限须晚于原期限（{datetime_cn(request.due_at)}）。", article="8(1)")
    _check_term(due_at)
    before = {"due_at": request.due_at}
    request.first_due_at, request.due_at, request.extension_reason = request.due_at, due_at, reason[:300]
    request.save(update_fields=["first_due_at", "due_at", "extension_reason"])
    events.record(
        "supplement.extend", "延长补正期限", application, by=by, note=reason, article="8(1)", before=before,
        after={"due_at": due_at},
    )  # fmt: skip
    asked = [{"item": "延长理由", "article": "8(1)", "fact": reason, "fix": "补正内容不变"}]
    papers.request_letter(application, outcome="extended", problems=asked, deadline=due_at, by=by)
    tell_unit(application, "补正期限已延长", f"新的补正截止{datetime_cn(due_at)}。理由：{reason}")
    return request


def _require_mended(application: Application) -> None:
    """There is one round only: a 补正 in which nothing was changed and declared anew would waste it."""
    if application.declared_at is None or application.declared_at < application.supplement_request.requested_at:
        raise Refused(
            "不能提交补正：收到补正通知后，申报书还没有修改并重新声明。补正只有一次。",
            article="8(1)",
            fix="请修改补正通知列明的部分，由项目负责人重新声明后再提交。",
        )


def _refuse_unmended_parts(application: Application) -> None:
    """What the unit can mend now must be sound; faults of parts that are closed to it are judged by the center."""
    places = application.supplement_request.places
    found = blocks(findings(whole_application(application.pk)))
    refused = [row for row in found if row.place in places or row.code == "leader_declared"]
    if refused:
        raise Refused.from_findings(refused)


@workflow.action
def supply(application: Application, *, by, note: str = "") -> ApplicationVersion:
    """Hand in the 补正: the leader has declared the mended content, the deadline holds, a new version is frozen."""
    hold(application)
    if application.state == "supplement" and database_now() >= application.supplement_request.due_at:
        until = datetime_cn(application.supplement_request.due_at)
        raise Refused(f"不能提交补正：补正期限已于{until}届满。", article="8(1)", fix="请联系管理单位。")
    if application.state == "supplement":
        _refuse_unmended_parts(application)
        _require_mended(application)
    workflow.move(application, "supply", by=by, note=note)
    now = database_now()
    SupplementRequest.objects.filter(application=application).update(supplied_at=now)
    version = freeze_version(whole_application(application.pk), now=now, by=by, baseline=application.versions.first())
    reopen_rows(application, "supplement", by=None)
    notify.tell(User.objects.with_duty("officer"), "补正材料已提交", str(application), url=CHANGELIST, mail=False)
    return version
