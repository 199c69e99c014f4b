"""Writes of people's seats: invitation by link, acceptance, end (requirement A4)."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from consortia.models import Invitation, Seat, SeatRole
from consortia.seats import people_of
from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User

VALID_DAYS = 14
OPEN_AT_ONCE = 50
DEAD_LINK = "邀请链接无效：可能已使用、已过期或复制不完整。请联系发出邀请的单位管理员或管理单位重新邀请。"


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def waiting():
    """Invitations that still open a seat."""
    return Invitation.objects.filter(accepted_at__isnull=True, ended_at__isnull=True, expires_at__gt=timezone.now())


def open_invitation(token: str) -> Invitation | None:
    """The invitation that a link opens, or None when it was used, ended or never made."""
    rows = waiting().filter(token_hash=hash_of(token))
    return rows.filter(unit__state="approved").select_related("unit").first()


@workflow.action
def invite(*, unit, role, name, email, by) -> tuple[Invitation, str]:
    """Invite a person by mail; the unit's admin any role, the officer only the unit admin. Returns (row, token)."""
    unit = workflow.lock(unit)
    officer = role == SeatRole.UNIT_ADMIN and access.allowed(by, "consortia.decide_unit")
    if not officer and not access.allowed(by, "consortia.invite", unit):
        raise NotAllowed("只有本单位管理员可以邀请人员。")
    if unit.state != "approved":
        raise Refused("单位尚未开通，不能邀请人员。")
    return issue_invitation(unit=unit, role=role, name=name, email=email, by=by)


def issue_invitation(*, unit, role, name, email, by) -> tuple[Invitation, str]:
    """Store the hash of a fresh token and mail the link; earlier open invitations of the same person end."""
    name, email = " ".join(name.split()), email.strip().lower()
    if role not in SeatRole.values or not name:
        raise Invalid("请填写姓名并选择角色。")
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid("邮箱格式不正确，请核对后重新填写。") from error
    now = timezone.now()
    open_now = waiting().filter(unit=unit)
    open_now.filter(email=email, role=role).update(ended_at=now)
    if open_now.count() >= OPEN_AT_ONCE:
        raise Refused(f"待接受的邀请已有 {OPEN_AT_ONCE} 个。请等对方接受，或先撤销不再需要的邀请。")
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        unit=unit,
        role=role,
        name=name[:40],
        email=email,
        token_hash=hash_of(token),
        invited_by=by,
        expires_at=now + timedelta(days=VALID_DAYS),
    )
    events.record("unit.invite", "邀请人员", unit, by=by, after={"name": name, "role": role})
    notify.write_each([invitation_mail(invitation, token)])
    return invitation, token


def invitation_mail(invitation: Invitation, token: str) -> tuple[str, str, str, str]:
    """(address, title, body, path) of the mail with the link."""
    body = (
        f"{invitation.name}，您好：\n{invitation.unit.name}邀请您担任{invitation.get_role_display()}。"
        f"请在 {VALID_DAYS} 天内打开下面的链接设置登录名和密码。已有账号的，先登录再打开链接。"
    )
    return invitation.email, f"邀请您加入{invitation.unit.name}", body, f"/invitations/{token}/"


@workflow.action
def revoke_invitation(invitation, *, by) -> Invitation:
    """End a link that nobody used; it opens nothing from this moment on."""
    if not access.allowed(by, "consortia.invite", invitation.unit):
        raise NotAllowed("只有本单位管理员可以撤销邀请。")
    if not waiting().filter(pk=invitation.pk).update(ended_at=timezone.now()):
        raise Conflict("这一邀请已被接受、已过期或已撤销，无须再撤销。")
    after = {"name": invitation.name, "role": invitation.role}
    events.record("unit.revoke_invitation", "撤销邀请", invitation.unit, by=by, after=after)
    return invitation


@workflow.action
def send_again(invitation, *, by) -> tuple[Invitation, str]:
    """A fresh link in place of one that was not used; the earlier one opens nothing any more."""
    if invitation.accepted_at:
        raise Conflict(f"{invitation.name}已经接受邀请，无须再次发送。")
    who = {"role": invitation.role, "name": invitation.name, "email": invitation.email}
    return invite(unit=invitation.unit, by=by, **who)


@workflow.action
def accept_invitation(*, token, user=None, username="", password="", name="", phone="") -> User:
    """Take the seat, with the account of `user` or a new one; a link works once. Returns the person."""
    found = open_invitation(token)
    if found is None:
        raise Invalid(DEAD_LINK)
    workflow.lock(found.unit)
    taken = waiting().filter(pk=found.pk).update(accepted_at=timezone.now())
    if not taken:
        raise Conflict(DEAD_LINK)
    if user is None:
        user = _new_account(found, username=username, password=password, name=name, phone=phone)
    elif user.duty:
        raise Refused("管理单位、市科协和审计人员的账号不能在申报单位任职。请换用个人账号接受邀请。")
    Invitation.objects.filter(pk=found.pk).update(accepted_by=user)
    seat, _ = Seat.objects.get_or_create(user=user, unit=found.unit, role=found.role, ended_at=None)
    events.record("seat.start", "接受邀请并任职", seat, by=user, after={"role": found.role})
    notify.tell([found.invited_by], f"{user.name}已接受邀请", f"{found.unit}：{seat.get_role_display()}", url="/unit/")
    return user


def _new_account(invitation: Invitation, *, username: str, password: str, name: str, phone: str) -> User:
    user = User(username=User.normalize_username(username.strip()), email=invitation.email, phone=phone.strip())
    user.name = " ".join(name.split()) or invitation.name
    try:
        user.set_password(password)
        user.full_clean()
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("".join(error.messages)) from error
    user.save()
    events.record("user.create", "开通账号", user, by=user)
    return user


@workflow.action
def hand_over(seat, *, by) -> Seat:
    """Make the person of a seat the unit's admin and give up one's own admin seat, in one step."""
    unit = workflow.lock(seat.unit)
    seat = workflow.lock(seat)
    if not access.allowed(by, "consortia.invite", unit):
        raise NotAllowed("只有本单位管理员可以移交。")
    if seat.ended_at is not None or not seat.user.is_active:
        raise Conflict("对方已不在本单位任职，不能接任。请先邀请。")
    if seat.user_id == by.pk:
        raise Refused("不能移交给自己。请选择本单位的另一位人员。")
    new, _ = Seat.objects.get_or_create(user=seat.user, unit=unit, role=SeatRole.UNIT_ADMIN, ended_at=None)
    own = unit.seats.filter(user=by, role=SeatRole.UNIT_ADMIN, ended_at__isnull=True)
    own.update(ended_at=timezone.now())
    events.record("unit.hand_over", "移交单位管理员", unit, by=by, before={"to": by.name}, after={"to": seat.user.name})
    notify.tell([seat.user], f"您已接任{unit.name}的单位管理员", f"由{by.name}移交。", url="/unit/")
    return new


@workflow.action
def choose_unit(user, *, unit_id) -> None:
    """Remember for which unit the person works, across sessions and devices."""
    user.seats.filter(unit_id=unit_id, ended_at__isnull=True).update(chosen_at=timezone.now())


@workflow.action
def end_seat(seat, *, by) -> Seat:
    """End a person's role in a unit; the last unit admin stays until another is there."""
    unit = workflow.lock(seat.unit)
    seat = workflow.lock(seat)
    if not (access.allowed(by, "consortia.invite", unit) or access.allowed(by, "consortia.decide_unit")):
        raise NotAllowed("只有本单位管理员或中心经办可以终止任职。")
    if seat.ended_at is not None:
        raise Conflict("该任职已经终止。")
    if seat.role == SeatRole.UNIT_ADMIN and len(people_of(unit, "unitadmin")) <= 1 and seat.user.is_active:
        raise Refused("不能终止：这是本单位唯一的单位管理员。请先邀请另一位单位管理员。")
    seat.ended_at = timezone.now()
    seat.save(update_fields=["ended_at"])
    events.record("seat.end", "终止任职", seat, by=by, before={"role": seat.role})
    notify.tell([seat.user], f"您在{unit.name}的任职已终止", f"角色：{seat.get_role_display()}", mail=False)
    return seat
