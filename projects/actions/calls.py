"""Writes of calls: drafted with the edition's defaults, frozen by publishing, corrected by number (4, 5, 8(1))."""

from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from portal import access, documents, editions, events, notify, papers, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.edition import EditionError
from portal.measures.workdays import datetime_cn
from portal.models import User
from projects.documents.calls import call_notice
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
CONDITIONS = ("contract_effective", "acceptance_passed")


def edition_of(code):
    """The edition of the measures, or Invalid with the years there are."""
    try:
        return editions.edition(code)
    except EditionError as error:
        raise Invalid(str(error)) from error


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
def save_call(*, by, call=None, **fields) -> Call:
    """Store a draft; what is not given comes from the edition. Adds its attachment kinds and milestones."""
    if not access.allowed(by, "projects.change_call" if call else "projects.add_call", call):
        raise NotAllowed("申报通知由中心经办拟定。", article="8(1)")
    fields = {key: value for key, value in fields.items() if key in FIELDS}
    if call is None:
        year = edition_of(fields.get("edition") or editions.codes()[-1])
        call, before = Call(**(defaults(year) | {"year": timezone.localdate().year} | fields)), {}
    else:
        call = _draft(call)
        before = {key: getattr(call, key) for key in fields}
        for key, value in fields.items():
            setattr(call, key, value)
    check(call)
    is_new = call.pk is None
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


def check(call) -> None:
    """Refuse settings that contradict each other or the measures."""
    year = edition_of(call.edition)
    if call.closes_at <= call.opens_at:
        raise Invalid("申报截止时间应晚于开始时间。", article="8(1)")
    if call.execution_end <= call.execution_start:
        raise Invalid("执行期止应晚于执行期起。", article="16")
    if call.fixed_grant <= 0 or call.number_of_grants < 1:
        raise Invalid("定额支持金额和拟支持项目数应大于 0。", article="4")
    if min(call.notice_working_days, call.supplement_days, call.experts_per_application) < 1:
        raise Invalid("公示天数、补正期限和评审专家数至少为 1。", article="8")
    line = year.acceptance
    if not line.pass_line_min <= call.acceptance_pass_line <= line.pass_line_max:
        raise Invalid(f"验收合格线应在 {line.pass_line_min} 至 {line.pass_line_max} 分之间。", article="11")
    _check_instalments(call.instalment_plan)
    _check_scheme("立项评分表", call.selection_scheme, "8(2)")
    _check_scheme("验收评分表", call.acceptance_scheme, "11")


def _check_instalments(plan) -> None:
    if not plan or sum(item["ratio"] for item in plan) != 100 or any(item["ratio"] <= 0 for item in plan):
        raise Invalid("拨付计划各期比例应为正数，合计 100%。", article="12")
    if any(item["condition"] not in CONDITIONS for item in plan):
        raise Invalid("拨付条件只有“合同生效”和“验收通过”。", article="12")


def _check_scheme(label: str, scheme: dict, article: str) -> None:
    criteria = scheme.get("criteria") or []
    codes = [item["code"] for item in criteria]
    if sum(item["maximum"] for item in criteria) != 100 or len(set(codes)) != len(codes):
        raise Invalid(f"{label}各项满分合计应为 100 分，代码不重复。", article=article)
    if scheme.get("tie_break") not in codes:
        raise Invalid(f"{label}须保留同分比较项“{scheme.get('tie_break')}”。", article=article)


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
def correct_call(*, call, text, by, new_closes_at=None) -> CallCorrection:
    """Publish a numbered correction; a new deadline only with a reason, in time, before the review starts (A11)."""
    call = workflow.lock(call)
    if not access.allowed(by, "projects.publish_call", call):
        raise NotAllowed("更正通知由中心经办发布。", article="8(1)")
    if call.state not in (CallState.PUBLISHED, CallState.CLOSED):
        raise Conflict("只有已发布的申报通知才需要更正；草稿可以直接修改。", article="8(1)")
    if not text.strip():
        raise Invalid("请写明更正内容和理由。", article="8(1)")
    if new_closes_at is not None:
        _check_deadline(call, new_closes_at)
    number = (call.corrections.aggregate(last=Max("number"))["last"] or 0) + 1
    row = CallCorrection.objects.create(
        call=call, number=number, text=text.strip(), new_closes_at=new_closes_at, made_by=by
    )
    before = {"closes_at": call.closes_at}
    if new_closes_at is not None:
        call.closes_at = new_closes_at
        call.save(update_fields=["closes_at"])
        set_milestones(call)
    events.record(
        "call.correct", f"发布更正（{number}）", call, by=by, note=text, article="8(1)", before=before,
        after={"closes_at": call.closes_at},
    )  # fmt: skip
    body = f"{text.strip()}\n申报截止：{datetime_cn(call.closes_at)}。"
    key = f"correction-{row.pk}"
    notify.tell(people_to_tell(), f"申报通知更正（{number}）：{call.title}", body, url=f"/calls/{call.pk}/", key=key)
    return row


def _check_deadline(call, closes_at) -> None:
    if call.state != CallState.PUBLISHED or call.closes_at <= database_now():
        raise Refused("不能调整截止时间：申报已经截止。", article="8(1)")
    if closes_at <= max(call.opens_at, database_now()):
        raise Invalid("新的截止时间应晚于申报开始时间和现在。", article="8(1)")
    if closes_at == call.closes_at:
        raise Invalid("新的截止时间与原截止时间相同。", article="8(1)")
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
