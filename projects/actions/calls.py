"""Writes of calls: drafted with the edition's defaults, frozen by publishing, corrected by number (4, 5, 8(1))."""

from dataclasses import asdict
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from portal import access, documents, editions, events, notify, papers, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import datetime_cn
from portal.models import User
from projects.actions.call_checks import check, edition_of
from projects.documents.calls import call_notice, correction_notice
from projects.models import AttachmentKind, Call, CallCorrection
from projects.queries.calls import milestone_dates, people_to_tell
from projects.queries.clock import database_now
from projects.states import CallState, ProjectState

FIELDS = (
    "year", "edition", "title", "doc_number", "notice_text", "opens_at", "closes_at", "fixed_grant",
    "number_of_grants", "execution_start", "execution_end", "notice_working_days", "experts_per_application",
    "acceptance_pass_line", "supplement_days", "instalment_plan", "selection_scheme", "acceptance_scheme", "contact",
)  # fmt: skip
BEFORE_REVIEW = ("draft", "unit_review", "withdrawn", "submitted", "supplement", "eligible", "ineligible")
# An earlier deadline must leave units that read the correction today a day to hand in.
EARLIER_NOTICE = timedelta(hours=24)


class StaleCall(Conflict):
    """Another officer saved the draft since the form was opened; carries the stored call."""

    def __init__(self, call):
        who = call.saved_by.name if call.saved_by else "另一个窗口"
        super().__init__(
            f"这份草稿已由{who}于{datetime_cn(call.saved_at)}保存过。您的修改没有覆盖它，请对照后再保存。",
            article="8(1)",
        )
        self.call = call


def defaults(year) -> dict:
    """What an edition proposes for a new call, by column."""
    return {
        "edition": year.code,
        "notice_working_days": year.periods.notice_working_days,
        "experts_per_application": year.review.experts_per_application,
        "acceptance_pass_line": year.acceptance.pass_line,
        "supplement_days": year.periods.supplement_days,
        "instalment_plan": [asdict(item) for item in year.instalments],
        "selection_scheme": asdict(year.selection),
        "acceptance_scheme": asdict(year.evaluation),
    }


@workflow.action
def save_call(*, by, call=None, revision: int | None = None, **fields) -> Call:
    """Store a draft; what is not given comes from the edition. Adds its attachment kinds and milestones.

    `revision` is the one that the officer's form was opened with: StaleCall when somebody saved meanwhile.
    """
    if not access.allowed(by, "projects.change_call" if call else "projects.add_call", call):
        raise NotAllowed("申报通知由中心经办拟定。", article="8(1)")
    fields = {key: value for key, value in fields.items() if key in FIELDS}
    if call is None:
        year = edition_of(fields.get("edition") or editions.codes()[-1])
        call, before = Call(**(defaults(year) | {"year": timezone.localdate().year} | fields)), {}
    else:
        call = _draft(call)
        if revision is not None and revision != call.revision:
            raise StaleCall(call)
        before = {key: getattr(call, key) for key in fields}
        for key, value in fields.items():
            setattr(call, key, value)
    check(call)
    is_new = call.pk is None
    call.revision, call.saved_by, call.saved_at = call.revision + 1, by, timezone.now()
    call.save()
    if is_new:
        _add_attachment_kinds(call)
    set_milestones(call)
    after = {key: getattr(call, key) for key in fields if before.get(key) != getattr(call, key)}
    label = "拟定申报通知" if is_new else "修改申报通知草稿"
    events.record("call.save", label, call, by=by, article="8(1)", before=before, after=after)
    return call


def _draft(call) -> Call:
    call = workflow.lock(call)
    if call.state != CallState.DRAFT:
        raise Conflict("申报通知发布后不能修改。确需调整的，请发布更正通知。", article="8(1)")
    return call


def _add_attachment_kinds(call) -> None:
    AttachmentKind.objects.bulk_create(
        AttachmentKind(
            call=call,
            code=item.code,
            name=item.name,
            required=item.required,
            signature_required=item.signature,
            seal_required=item.seal,
            formats=",".join(item.formats),
            max_mb=item.max_mb,
            order=order,
        )
        for order, item in enumerate(edition_of(call.edition).attachments)
    )


@workflow.action
def copy_call(call, *, by) -> Call:
    """A new draft after an earlier call: settings, attachment kinds and their templates, every date a year later."""
    if not access.allowed(by, "projects.add_call"):
        raise NotAllowed("申报通知由中心经办拟定。", article="8(1)")
    fields = {name: getattr(call, name) for name in FIELDS if name != "doc_number"}
    for name in ("opens_at", "closes_at", "execution_start", "execution_end"):
        fields[name] = _year_later(fields[name])
    fields["year"] = call.year + 1
    fields["title"] = call.title.replace(str(call.year), str(call.year + 1))
    draft = save_call(by=by, **fields)
    draft.attachment_kinds.all().delete()
    for kind in call.attachment_kinds.all():
        kind.pk, kind.call = None, draft
        kind._state.adding = True
        kind.save()
    events.record("call.copy", "由以往申报通知复制", draft, by=by, article="8(1)", after={"from": call.pk})
    return draft


def _year_later(moment):
    """The same day of the next year in Beijing; 29 February becomes the 28th."""
    local = timezone.localtime(moment) if hasattr(moment, "hour") else moment
    try:
        return local.replace(year=local.year + 1)
    except ValueError:
        return local.replace(year=local.year + 1, day=28)


def set_milestones(call) -> None:
    """Fixed steps follow the call's dates; estimated ones are kept once the officer has set them."""
    known = {row.code: row for row in call.milestones.all()}
    for code, name, due_at, fixed in milestone_dates(call):
        row = known.get(code)
        if row is None:
            known[code] = call.milestones.create(code=code, name=name, due_at=due_at)
        elif fixed and row.due_at != due_at:
            row.due_at = due_at
            row.save(update_fields=["due_at"])
    for order, row in enumerate(sorted(known.values(), key=lambda row: (row.due_at, row.pk))):
        if row.order != order:
            row.order = order
            row.save(update_fields=["order"])


@workflow.action
def save_parts(call, *, by, saved=(), deleted=()) -> None:
    """Store changed attachment kinds and milestones of a draft, as the admin's inlines hand them over."""
    if not access.allowed(by, "projects.change_call", call):
        raise NotAllowed("申报通知由中心经办拟定。", article="8(1)")
    call = _draft(call)
    for row in deleted:
        row.delete()
    try:
        with transaction.atomic():
            for row in saved:
                row.call = call
                row.save()
    except IntegrityError as problem:
        raise Invalid("附件种类或里程碑的代码重复。请刷新页面，核对后再保存。") from problem
    if saved or deleted:
        after = {"saved": [str(row) for row in saved], "deleted": [str(row) for row in deleted]}
        events.record("call.parts", "调整附件种类和里程碑", call, by=by, article="8(1)", after=after)


@workflow.action
def publish_call(call, *, by, note="") -> Call:
    """Freeze the call, number it, queue its official PDF and tell every lead unit (8(1))."""
    call = workflow.lock(call)
    check(call)
    if call.closes_at <= database_now():
        raise Refused("不能发布：申报截止时间已过。请先修改起止时间。", article="8(1)")
    if not call.notice_text.strip() or not call.attachment_kinds.exists():
        raise Refused("不能发布：请填写通知正文，并至少设置一种附件。", article="8(1)")
    workflow.move(call, "publish", by=by, note=note, published_at=timezone.now(), published_by=by)
    year = edition_of(call.edition)
    if not call.doc_number:
        call.doc_number = papers.next_number(year)
        Call.objects.filter(pk=call.pk).update(doc_number=call.doc_number)
    snapshot = call_notice(call, year)
    documents.request_document("call_notice", call, snapshot, title=call.title, by=by)
    body = f"申报时间：{datetime_cn(call.opens_at)}至{datetime_cn(call.closes_at)}。"
    notify.tell(people_to_tell(), f"申报通知：{call.title}", body, url=f"/calls/{call.pk}/", key=f"call-{call.pk}")
    return call


@workflow.action
def correct_call(*, call, text, reason, by, new_closes_at=None) -> CallCorrection:
    """Publish a numbered correction with its reason and its own official PDF (8(1)).

    A new deadline only in time and before the review starts, an earlier one with a day's notice (A11).
    """
    call = workflow.lock(call)
    if not access.allowed(by, "projects.publish_call", call):
        raise NotAllowed("更正通知由中心经办发布。", article="8(1)")
    if call.state not in (CallState.PUBLISHED, CallState.CLOSED):
        raise Conflict("只有已发布的申报通知才需要更正；草稿可以直接修改。", article="8(1)")
    text, reason = (text or "").strip(), (reason or "").strip()
    if not text or not reason:
        raise Invalid("请写明更正内容和更正理由。", article="8(1)")
    if new_closes_at is not None:
        _check_deadline(call, new_closes_at)
    number = (call.corrections.aggregate(last=Max("number"))["last"] or 0) + 1
    moved = {} if new_closes_at is None else {"old_closes_at": call.closes_at, "new_closes_at": new_closes_at}
    row = CallCorrection.objects.create(call=call, number=number, text=text, reason=reason[:300], made_by=by, **moved)
    before = {"closes_at": call.closes_at}
    if new_closes_at is not None:
        call.closes_at = new_closes_at
        call.save(update_fields=["closes_at"])
        set_milestones(call)
    events.record(
        "call.correct", f"发布更正（{number}）", call, by=by, note=f"{text}\n理由：{reason}", article="8(1)",
        before=before, after={"closes_at": call.closes_at},
    )  # fmt: skip
    snapshot = correction_notice(row, edition_of(call.edition))
    documents.request_document("call_correction", row, snapshot, title=snapshot["official"]["title"], by=by)
    body = f"{text}\n理由：{reason}\n申报截止：{datetime_cn(call.closes_at)}。"
    key = f"correction-{row.pk}"
    notify.tell(people_to_tell(), f"申报通知更正（{number}）：{call.title}", body, url=f"/calls/{call.pk}/", key=key)
    return row


def _check_deadline(call, closes_at) -> None:
    now = database_now()
    if call.state != CallState.PUBLISHED or call.closes_at <= now:
        raise Refused("不能调整截止时间：申报已经截止。", article="8(1)")
    if closes_at <= max(call.opens_at, now):
        raise Invalid("新的截止时间应晚于申报开始时间和现在。", article="8(1)")
    if closes_at == call.closes_at:
        raise Invalid("新的截止时间与原截止时间相同。", article="8(1)")
    if closes_at < call.closes_at and closes_at < now + EARLIER_NOTICE:
        raise Invalid("提前截止须至少提前 24 小时公布，请改晚新的截止时间。", article="8(1)")
    if call.applications.exclude(state__in=BEFORE_REVIEW).exists():
        raise Refused("不能调整截止时间：已有申报项目进入评审。", article="8(2)")


@workflow.action
def close_call(call, *, by=None, note="") -> Call:
    """Close the call once its deadline is over; `by` None is the clock."""
    call = workflow.lock(call)
    if call.closes_at > database_now():
        raise Refused(f"不能截止：申报截止时间是{datetime_cn(call.closes_at)}。提前截止请先发布更正。", article="8(1)")
    workflow.move(call, "close", by=by, note=note)
    drafts = call.applications.filter(state__in=("draft", "unit_review")).count()
    live = call.applications.live().count()
    body = f"收到申报 {live} 项；未提交的草稿 {drafts} 份，不再受理。"
    notify.tell(
        User.objects.with_duty("officer", "director"), f"申报已截止：{call.title}", body, key=f"closed-{call.pk}"
    )
    return call


@workflow.action
def archive_call(call, *, by, note="") -> Call:
    """File the call away when none of its projects is open any more."""
    call = workflow.lock(call)
    left = call.projects.exclude(state=ProjectState.CLOSED).count()
    if left:
        raise Refused(f"不能归档：还有 {left} 个项目没有归档。", article="11")
    workflow.move(call, "archive", by=by, note=note)
    return call
