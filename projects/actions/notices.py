"""Writes of public notices (8(3)): draft, publish, close, replace."""

from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, notify, papers, workcalendar, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import MissingHolidayYear, date_cn
from projects.documents.notices import notice_paper, notice_snapshot
from projects.models import PublicNotice
from projects.states import ApplicationState, NoticeState

MAX_WORKING_DAYS = 30
HOW_TO_OBJECT = (
    "单位或者个人对公示内容有异议的，请在公示期内实名提出，写明事实和理由并附证明材料。"
    "以单位名义提出的须加盖公章；匿名或者无法联系的不予受理。"
)


@workflow.action
def draft_notice(*, call, applications, title, by, how_to_object="", working_days=None) -> PublicNotice:
    """Draft a notice of proposed applications of one call; nothing is public yet (8(3))."""
    if not access.allowed(by, "projects.add_publicnotice", None):
        raise NotAllowed("您的账号不能拟定公示。", article="8(3)")
    applications = list(applications)
    days = call.notice_working_days if working_days is None else working_days
    if not title.strip():
        raise Invalid("请填写公示标题。")
    if not 1 <= days <= MAX_WORKING_DAYS:
        raise Invalid(f"公示天数须为 1 至 {MAX_WORKING_DAYS} 个工作日。")
    if any(application.call_id != call.pk for application in applications):
        raise Invalid("公示名单只能包含同一申报通知的项目。")
    _check_states(applications, {ApplicationState.PROPOSED})
    notice = PublicNotice.objects.create(
        call=call, title=title.strip(), working_days=days, how_to_object=how_to_object.strip() or HOW_TO_OBJECT
    )
    notice.applications.set(applications)
    events.record("publicnotice.draft", "拟定公示", notice, by=by, article="8(3)", after={"title": notice.title})
    return notice


@workflow.action
def publish_notice(notice, *, by, note="") -> PublicNotice:
    """Freeze and publish: the period begins today or on the next working day; the list goes into its notice (8(3))."""
    notice = workflow.lock(notice)
    applications = list(notice.applications.select_related("lead_unit").order_by("number"))
    successor = notice.replaces.exists()
    if not applications:
        raise Refused("公示名单是空的。请先选入拟支持项目。", article="8(3)")
    _check_states(applications, _publishable(successor))
    starts_on, ends_on = _period(notice.working_days)
    snapshot = notice_snapshot(notice, starts_on=starts_on, ends_on=ends_on)
    workflow.move(
        notice,
        "publish",
        by=by,
        note=note,
        starts_on=starts_on,
        ends_on=ends_on,
        snapshot=snapshot,
        sha256=documents.digest_of(snapshot),
        published_by=by,
        published_at=timezone.now(),
    )
    _number(notice)
    for application in applications:
        if application.state == ApplicationState.PROPOSED:
            workflow.move(application, "announce", by=by)
    documents.request_document("public_notice", notice, notice_paper(notice), title=notice.title, by=by)
    for application in applications:
        _tell_unit(application, f"项目“{application.title}”已进入公示", f"公示期至{date_cn(ends_on)}。")
    return notice


def _publishable(successor: bool) -> set[str]:
    held = {ApplicationState.IN_NOTICE, ApplicationState.OBJECTION_HOLD}
    return {ApplicationState.PROPOSED} | (held if successor else set())


def _check_states(applications, allowed: set[str]) -> None:
    wrong = [row for row in applications if row.state not in allowed]
    if wrong:
        names = "、".join(f"“{row.title}”（{row.get_state_display()}）" for row in wrong[:5])
        raise Conflict(f"只有拟支持项目可以公示：{names}不是。请先完成评审和审定。", article="8(3)")


def _period(days: int):
    """First and last day: `days` working days from today on, by the holiday table."""
    try:
        starts_on = workcalendar.notice_end(timezone.localdate(), 1)
        return starts_on, workcalendar.notice_end(starts_on, days)
    except MissingHolidayYear as missing:
        raise Refused(str(missing), article="8(3)") from missing


def _number(notice) -> None:
    if not notice.doc_number:
        notice.doc_number = papers.next_number(edition(notice.call.edition))
        notice.save(update_fields=["doc_number"])


def _tell_unit(application, title: str, body: str) -> None:
    people = [*people_of(application.lead_unit, "drafter", "unitadmin"), application.leader]
    notify.tell(people, title, body)


@workflow.action
def close_notice(notice, *, by=None, note="") -> PublicNotice:
    """End a notice: only after the whole of its last day in Beijing (N3); `by` None is the clock."""
    notice = workflow.lock(notice)
    if notice.state == NoticeState.OPEN and timezone.localdate() <= notice.ends_on:
        raise Refused(f"公示期至{date_cn(notice.ends_on)}（含当日），尚未期满。请在次日起办理。", article="8(3)")
    workflow.move(notice, "close", by=by, note=note)
    return notice


@workflow.action
def replace_notice(notice, *, by, note="") -> PublicNotice:
    """Correct a published notice by a new draft with the same list: a new text and a full new period (N1).

    Returns the new draft; until it has run its own course no project of the list can be approved.
    """
    notice = workflow.lock(notice)
    if not note.strip():
        raise Invalid("请写明更正原因。")
    if notice.applications.filter(state=ApplicationState.APPROVED).exists():
        raise Refused("名单中已有立项的项目，不能更正这份公示。请就有误的项目另行处理。", article="8(3)")
    successor = PublicNotice.objects.create(
        call=notice.call,
        title=notice.title,
        working_days=notice.working_days,
        how_to_object=notice.how_to_object,
    )
    successor.applications.set(notice.applications.all())
    workflow.move(notice, "replace", by=by, note=note, replaced_by=successor)
    return successor


@workflow.action
def edit_notice(notice, *, title, how_to_object, working_days, applications, by) -> PublicNotice:
    """Change a draft; a published notice is corrected by a new one."""
    notice = workflow.lock(notice)
    if not access.allowed(by, "projects.change_publicnotice", notice):
        raise NotAllowed("您的账号不能修改公示。")
    if notice.state != NoticeState.DRAFT:
        raise Conflict("公示已发布，内容不能修改。请用“以新公示更正”。", article="8(3)")
    applications = list(applications)
    _check_states(applications, _publishable(notice.replaces.exists()))
    if any(application.call_id != notice.call_id for application in applications):
        raise Invalid("公示名单只能包含同一申报通知的项目。")
    before = {"title": notice.title, "working_days": notice.working_days}
    notice.title, notice.how_to_object, notice.working_days = title.strip(), how_to_object.strip(), working_days
    notice.save(update_fields=["title", "how_to_object", "working_days"])
    notice.applications.set(applications)
    events.record("publicnotice.edit", "修改公示草稿", notice, by=by, before=before, after={"title": notice.title})
    return notice
