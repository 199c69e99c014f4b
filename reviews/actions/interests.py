"""Writes on conflicts of interest: declare, pin, end, decide hints, tie units (article 8(2), D1, D2, R2)."""

from django.db.models import Q
from django.utils import timezone

from portal import access, events, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.counting import count_strict
from portal.models import User
from reviews import conflicts
from reviews.models import Assignment, Expert, ExpertConflict, HintCheck, UnitTie
from reviews.rules import expert_of

KINDS = dict(ExpertConflict._meta.get_field("kind").choices)
REASON_CHARS = 4


@workflow.action
def declare_conflict(*, expert, by, kind, unit=None, application=None, note="", since=None, until=None):
    """The expert declares a conflict of his own (8(2), D1); his seats on it end at once."""
    own = expert_of(by)
    if own is None or own.pk != expert.pk:
        raise NotAllowed("只能申报本人的利益冲突。", article="8(2)")
    if kind == "requested":
        raise Invalid("“申报单位申请回避”由中心凭申请书登记，请选择与本人有关的类型。")
    return _record(expert, by, "declared", kind, unit, application, note, since, until, None)


@workflow.action
def pin_conflict(
    *, expert, by, kind, unit=None, application=None, note="", since=None, until=None, letter_on=None
) -> ExpertConflict:
    """The center records a conflict; running seats of the expert on it are voided, their scores do not count (R2).

    `requested` is a letter of the lead unit: one application, the day of the letter, a reason, and at most as many
    experts as the edition allows.
    """
    if not access.allowed(by, "reviews.add_expertconflict"):
        raise NotAllowed("您的账号不能登记利益冲突。", article="8(2)")
    if kind == "requested":
        _check_request(application, note, letter_on)
    else:
        letter_on = None
    return _record(expert, by, "pinned", kind, unit, application, note, since, until, letter_on)


def _check_request(application, note: str, letter_on) -> None:
    if application is None:
        raise Invalid("申报单位申请回避须对应一份申报书，请选择申报书。")
    if letter_on is None or letter_on > timezone.localdate():
        raise Invalid("请填写回避申请书的日期，不能晚于今天。")
    if count_strict(note) < REASON_CHARS:
        raise Invalid("请在说明中写明申报单位申请回避的理由。")
    application = workflow.lock(application)
    most = edition(application.call.edition).review.excluded_experts_max
    asked = ExpertConflict.objects.filter(application=application, kind="requested", ended_at=None).count()
    if asked >= most:
        text = f"“{application}”已申请回避 {asked} 位专家，每项最多 {most} 位。确需更换的，请先解除其中一位。"
        raise Refused(text, article="8(2)")


def _record(expert, by, source, kind, unit, application, note, since, until, letter_on) -> ExpertConflict:
    if kind not in KINDS:
        raise Invalid("请选择利益冲突的类型。")
    if (unit is None) == (application is None):
        raise Invalid("请选择有利益冲突的单位或项目，二者选其一。")
    if since and until and until < since:
        raise Invalid("利益冲突的截止日期不能早于起始日期。")
    if kind == "administrative" and count_strict(note) < REASON_CHARS:
        raise Invalid("选择“其他影响公正的情形”的，请在说明中写明是什么情形。")
    same = {"expert": expert, "unit": unit, "application": application, "kind": kind, "source": source}
    if ExpertConflict.objects.filter(**same, since=since, until=until, ended_at=None).exists():
        raise Conflict("同样的利益冲突已经登记，无需重复登记。", article="8(2)")
    row = ExpertConflict.objects.create(
        **same, note=note.strip()[:200], since=since, until=until, letter_on=letter_on, recorded_by=by
    )
    about = str(unit or application)
    events.record("expert.conflict", "登记利益冲突", expert, by=by, note=note, after={"kind": kind, "about": about})
    void_conflicted(expert, f"登记了利益冲突：{KINDS[kind]}")
    return row


@workflow.action
def end_conflict(row, *, by, note) -> ExpertConflict:
    """The center ends a recorded conflict with a reason; the record stays, voided seats stay void."""
    if not access.allowed(by, "reviews.add_expertconflict"):
        raise NotAllowed("您的账号不能解除利益冲突。", article="8(2)")
    row = workflow.lock(row)
    reason = _reason(note, "解除")
    if row.ended_at is not None:
        raise Conflict("这条利益冲突已经解除。请刷新页面。", article="8(2)")
    row.ended_at, row.ended_by, row.end_reason = timezone.now(), by, reason
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])
    after = {"kind": row.kind, "about": str(row.unit or row.application)}
    events.record("expert.end_conflict", "解除利益冲突", row.expert, by=by, note=reason, after=after)
    return row


def _reason(note: str, act: str) -> str:
    if count_strict(note) < REASON_CHARS:
        raise Invalid(f"请写明{act}的理由（不少于 {REASON_CHARS} 个字）。")
    return note.strip()[:200]


@workflow.action
def check_hint(*, expert, key, about, is_conflict, by, note) -> HintCheck:
    """Decide a hint: confirmed it is a conflict and ends running seats, dismissed it is gone; both with a reason."""
    if not access.allowed(by, "reviews.add_expertconflict"):
        raise NotAllowed("您的账号不能核实线索。", article="8(2)")
    expert = workflow.lock(expert)
    latest = expert.hint_checks.filter(key=key).first()
    if latest is not None and latest.is_conflict == is_conflict:
        raise Conflict("这条线索已经核实过，结论相同。请刷新页面。", article="8(2)")
    row = HintCheck.objects.create(
        expert=expert, key=key, about=about[:200], is_conflict=is_conflict, reason=_reason(note, "核实"), decided_by=by
    )
    label = "认定为利益冲突" if is_conflict else "排除利益冲突线索"
    events.record("expert.check_hint", label, expert, by=by, note=row.reason, after={"key": key, "about": about[:200]})
    if is_conflict:
        void_conflicted(expert, "线索核实认定为利益冲突")
    return row


@workflow.action
def tie_units(*, parent, child, note, by) -> UnitTie:
    """Record that one unit belongs to another; seats that this puts in conflict are voided (8(2))."""
    if not access.allowed(by, "reviews.add_expertconflict"):
        raise NotAllowed("您的账号不能登记隶属关系。", article="8(2)")
    if parent.pk == child.pk:
        raise Invalid("上级单位和下属单位不能是同一个单位。")
    if UnitTie.objects.filter(Q(parent=parent, child=child) | Q(parent=child, child=parent), ended_at=None).exists():
        raise Conflict("这两个单位的隶属关系已经登记。")
    row = UnitTie.objects.create(parent=parent, child=child, note=_reason(note, "登记"), recorded_by=by)
    after = {"parent": str(parent), "child": str(child)}
    events.record("unit.tie", "登记隶属关系", row, by=by, note=note, after=after)
    touched = Expert.objects.filter(Q(unit__in=[parent, child]) | Q(posts__unit__in=[parent, child]))
    touched |= Expert.objects.filter(unit_name__in=[parent.name, child.name])
    for expert in touched.select_related("user").distinct().order_by("pk"):
        void_conflicted(expert, "登记了单位隶属关系")
    return row


@workflow.action
def untie_units(row, *, by, note) -> UnitTie:
    """End a tie between units with a reason; the record stays."""
    if not access.allowed(by, "reviews.add_expertconflict"):
        raise NotAllowed("您的账号不能解除隶属关系。", article="8(2)")
    row = workflow.lock(row)
    if row.ended_at is not None:
        raise Conflict("这条隶属关系已经解除。请刷新页面。")
    row.ended_at, row.end_reason = timezone.now(), _reason(note, "解除")
    row.save(update_fields=["ended_at", "end_reason"])
    events.record("unit.untie", "解除隶属关系", row, by=by, note=row.end_reason)
    return row


def void_conflicted(expert, why: str) -> int:
    """Void the running seats of the expert that are in conflict now; returns how many. Call inside an action.

    The lock on each seat orders this and a submission that is on its way.
    """
    rows = Assignment.objects.live().filter(~Q(item__round__state="closed"), expert=expert)
    seats = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if not seats:
        return 0
    found = conflicts.detect_many([expert], [seat.item.judged_application for seat in seats])
    voided = [seat for seat in seats if (expert.pk, seat.item.judged_application.pk) in found]
    for seat in voided:
        reason = f"{why}，回避（{found[expert.pk, seat.item.judged_application.pk][0].text}）"[:300]
        workflow.move(seat, "void", by=None, note=reason, reason=reason)
    if voided:
        officers = User.objects.with_duty("officer")
        text = f"专家{expert.user.name}有 {len(voided)} 个评审席位因利益冲突作废，请安排递补。"
        notify.tell(officers, "评审席位需要递补", text, url="/admin/reviews/round/")
    return len(voided)
