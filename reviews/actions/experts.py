"""Writes on the expert pool: cards with their history, absences, the accounts of an import (article 8(2), D1)."""

from django.utils import timezone

from portal import access, events, workflow
from portal.errors import Invalid, NotAllowed, Refused
from portal.measures.evidence import fold_name
from portal.models import User
from reviews.actions.interests import declare_conflict, pin_conflict, void_conflicted
from reviews.models import Expert, ExpertAbsence, ExpertPost

__all__ = ["declare_conflict", "import_experts", "pin_conflict", "save_expert", "void_conflicted"]

CARD = ("unit", "unit_name", "title", "background", "fields", "max_load", "available", "term_until")
POST = ("unit", "unit_name", "started_on", "ended_on")
ABSENCE = ("away_from", "away_to", "note")


@workflow.action
def save_expert(*, by, user, expert=None, posts=None, absences=None, **card) -> Expert:
    """Create or change an expert card; `posts` and `absences` (lists of dicts) replace history and absences.

    A unit that he leaves by this change goes into the history by itself: former units conflict for some years (R1).
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
    stored = workflow.lock(expert) if expert else None
    before = _told(stored, card, posts, absences) if stored else {}
    expert = expert or Expert(user=user)
    left = _left_post(stored, card)
    for key, value in card.items():
        setattr(expert, key, value)
    expert.save()
    if posts is not None:
        expert.posts.all().delete()
        ExpertPost.objects.bulk_create([ExpertPost(expert=expert, **post) for post in posts])
    if left and not any(fold_name(p.unit_name) == fold_name(left.unit_name) for p in expert.posts.all()):
        left.save()
    if absences is not None:
        expert.absences.all().delete()
        ExpertAbsence.objects.bulk_create([ExpertAbsence(expert=expert, **row) for row in absences])
    after = _told(expert, card, posts, absences)
    events.record("expert.save", "维护专家信息", expert, by=by, before=before, after=after)
    void_conflicted(expert, "专家信息更新后发现利益冲突")
    return expert


def _left_post(stored: Expert | None, card: dict) -> ExpertPost | None:
    """The unit that a change of the card leaves behind, until today."""
    if stored is None or fold_name(card.get("unit_name", stored.unit_name)) == fold_name(stored.unit_name):
        return None
    today = timezone.localdate()
    return ExpertPost(expert=stored, unit=stored.unit, unit_name=stored.unit_name, ended_on=today)


def _told(expert: Expert, card, posts, absences) -> dict:
    """What the log keeps of a card: the columns in question, history and absences in words."""
    told = {key: str(getattr(expert, key)) for key in card}
    if posts is not None:
        told["posts"] = "；".join(post_line(row) for row in expert.posts.all())
    if absences is not None:
        told["absences"] = "；".join(absence_line(row) for row in expert.absences.all())
    return told


def post_line(post: ExpertPost) -> str:
    """单位，起，止."""
    return "，".join([post.unit_name, str(post.started_on or ""), str(post.ended_on or "")])


def absence_line(row: ExpertAbsence) -> str:
    """起，止，说明."""
    return "，".join([str(row.away_from), str(row.away_to or ""), row.note])


@workflow.action
def import_experts(planned, *, by) -> list[Expert]:
    """Create or update experts of checked rows, in the one transaction of the import.

    New people get an account without a password; they set one through the system administrator.
    """
    saved = []
    for row in planned:
        values = dict(row.values)
        account = {key: values.pop(key) for key in ("username", "name", "phone", "email")}
        user = row.stored.user if row.stored else User.objects.filter(username=account["username"]).first()
        if user is None:
            user = User.objects.create_user(account.pop("username"), **account)
        else:
            _update_account(user, account, by)
        lines = {"posts": values.pop("history"), "absences": values.pop("away")}
        if row.stored:  # what did not change keeps its rows
            same = {"posts": row.stored.history, "absences": row.stored.away}
            lines = {key: None if value == same[key] else value for key, value in lines.items()}
        saved.append(save_expert(user=user, expert=row.stored, by=by, **lines, **values))
    return saved


def _update_account(user: User, account: dict, by) -> None:
    """Telephone and mail of an account that exists; an empty cell leaves what there is."""
    changed = {key: account[key] for key in ("phone", "email") if account[key] and account[key] != getattr(user, key)}
    if changed:
        before = {key: getattr(user, key) for key in changed}
        User.objects.filter(pk=user.pk).update(**changed)
        events.record("user.contact", "更新联系方式", user, by=by, before=before, after=changed)
        user.refresh_from_db()
