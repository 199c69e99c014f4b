"""Writes of accounts: only the system administrator's, never his own duty (invariant W8)."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from portal import access, events, workflow
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Duty, User

FIELDS = ("username", "name", "phone", "email", "duty", "is_active", "valid_until")


@workflow.action
def save_account(*, by, user=None, password="", **fields) -> User:
    """Open or change an account; an empty password keeps the old one. The log names the columns, never the password."""
    if not access.allowed(by, "portal.change_user" if user else "portal.add_user", user):
        raise NotAllowed("账号由系统管理员开通和修改。")
    fields = {key: value for key, value in fields.items() if key in FIELDS}
    stored = workflow.lock(user) if user else User()
    before = {key: getattr(stored, key) for key in fields} if user else {}
    changed = {key: value for key, value in fields.items() if not user or before[key] != value}
    _check(stored, changed, by)
    for key, value in changed.items():
        setattr(stored, key, value)
    if password:
        _set_password(stored, password)
    elif not user:
        raise Invalid("请设置初始密码。")
    if not changed and not password:
        return stored
    stored.save()
    label = "修改账号" if user else "开通账号"
    after = changed | ({"password": "已重设"} if password else {})
    old = {key: before[key] for key in changed if key in before}
    events.record("user.update" if user else "user.create", label, stored, by=by, before=old, after=after)
    return stored


def _check(user: User, changed: dict, by) -> None:
    if user.pk == by.pk and {"duty", "is_active", "valid_until"} & set(changed):
        raise Refused("不能修改自己的职责、启用状态和有效期。请由另一位系统管理员办理。")
    if user.pk and changed.get("duty") and access.roles_of(user) - {user.duty}:
        raise Refused("此人已在申报单位任职或为评审专家，不能再授予中心职责。请另设账号。")
    duty, until = changed.get("duty", user.duty), changed.get("valid_until", user.valid_until)
    if duty == Duty.AUDITOR and until is None:
        raise Invalid("第三方审计账号必须填写有效期。")


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("".join(error.messages)) from error
    user.set_password(password)
