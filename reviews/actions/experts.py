"""Writes on the expert pool: cards, accounts from an import, conflicts of interest (article 8(2), D1)."""

from django.db.models import Q

from portal import access, events, notify, workflow
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import User
from reviews import conflicts
from reviews.models import Assignment, Expert, ExpertConflict, ExpertPost
from reviews.rules import expert_of

CARD = ("unit", "unit_name", "title", "background", "fields", "max_load", "available", "term_until")
KINDS = dict(ExpertConflict._meta.get_field("kind").choices)


@workflow.action
def save_expert(*, by, user, expert=None, posts=None, **card) -> Expert:
    """Create or change an expert card; `posts` (list of dicts unit, unit_name, started_on, ended_on) replaces history.

    Refuses people of the center and BAST: who manages a call does not judge it (8(2)).
    """
    unknown = set(card) - set(CARD)
    if unknown:
        raise Invalid(f"专家信息中有无法识别的项目：{'、'.join(sorted(unknown))}。")
    perm = "reviews.change_expert" if expert else "reviews.add_expert"
    if not access.allowed(by, perm, expert):
        raise NotAllowed("您的账号不能维护专家库。", article="8(2)")
    if user.duty:
        raise Refused(f"{user.name}是{user.get_duty_display()}，管理单位人员不得担任评审专家。", article="8(2)")
    before = {key: str(getattr(expert, key)) for key in card} if expert else {}
    expert = expert or Expert(user=user)
    for key, value in card.items():
        setattr(expert, key, value)
    expert.save()
    if posts is not None:
        expert.posts.all().delete()
        ExpertPost.objects.bulk_create([ExpertPost(expert=expert, **post) for post in posts])
    after = {key: str(value) for key, value in card.items()}
    events.record("expert.save", "维护专家信息", expert, by=by, before=before, after=after)
    void_conflicted(expert, "专家信息更新后发现利益冲突")
    return expert


@workflow.action
def import_experts(*, rows, by) -> list[Expert]:
    """Create or update experts from checked rows (dicts: username, name, phone, email and the card), all or nothing.

    New people get an account without a password; they set one through the system administrator.
    """
    saved = []
    for row in rows:
        row = dict(row)
        account = {key: row.pop(key) for key in ("name", "phone", "email")}
        username = row.pop("username")
        user = User.objects.filter(username=username).first()
        if user is None:
            user = User.objects.create_user(username, **account)
        saved.append(save_expert(user=user, expert=Expert.objects.filter(user=user).first(), by=by, **row))
    return saved


@workflow.action
def declare_conflict(*, expert, by, kind, unit=None, application=None, note="", since=None, until=None):
    """The expert declares a conflict of his own (8(2), D1); his seats on it end at once."""
    own = expert_of(by)
    if own is None or own.pk != expert.pk:
        raise NotAllowed("只能申报本人的利益冲突。", article="8(2)")
    return _record(expert, by, "declared", kind, unit, application, note, since, until)


@workflow.action
def pin_conflict(*, expert, by, kind, unit=None, application=None, note="", since=None, until=None):
    """The center records a conflict; running seats of the expert on it are voided, their scores do not count (R2)."""
    if not access.allowed(by, "reviews.add_expertconflict"):
        raise NotAllowed("您的账号不能登记利益冲突。", article="8(2)")
    return _record(expert, by, "pinned", kind, unit, application, note, since, until)


def _record(expert, by, source, kind, unit, application, note, since, until) -> ExpertConflict:
    if kind not in KINDS:
        raise Invalid("请选择利益冲突的类型。")
    if (unit is None) == (application is None):
        raise Invalid("请选择有利益冲突的单位或项目，二者选其一。")
    if since and until and until < since:
        raise Invalid("利益冲突的截止日期不能早于起始日期。")
    row = ExpertConflict.objects.create(
        expert=expert,
        unit=unit,
        application=application,
        kind=kind,
        source=source,
        note=note[:200],
        since=since,
        until=until,
        recorded_by=by,
    )
    about = str(unit or application)
    events.record("expert.conflict", "登记利益冲突", expert, by=by, note=note, after={"kind": kind, "about": about})
    void_conflicted(expert, f"登记了利益冲突：{KINDS[kind]}")
    return row


def void_conflicted(expert, why: str) -> int:
    """Void the running seats of the expert that are in conflict now; returns how many. Call inside an action.

    The lock on each seat orders this and a submission that is on its way.
    """
    rows = Assignment.objects.live().filter(~Q(item__round__state="closed"), expert=expert)
    seats = list(rows.select_for_update(of=("self",)).order_by("pk"))
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
