"""Writes of units: registration, decision, details, renaming, merging (requirements A2, A4; invariant A4)."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from consortia import extensions
from consortia.actions.people import issue_invitation
from consortia.models import Membership, Seat, SeatRole, Unit, UnitName
from consortia.seats import people_of
from consortia.states import UnitState
from portal import access, events, notify, workflow
from portal.errors import Invalid, NotAllowed, Refused
from portal.measures.credit_code import check_credit_code
from portal.models import User

OWN_DETAILS = (
    "address", "contact_name", "contact_phone", "contact_email", "bank_name", "bank_account_name", "bank_account",
    "introduction", "established_on",
)  # fmt: skip
CENTER_DETAILS = (*OWN_DETAILS, "kind", "district", "accounting_system", "legal_representative")
TAKEN = "该统一社会信用代码已经登记。同一单位只登记一次：请联系本单位管理员邀请您加入，或向管理单位核实。"
_SECRET = ("bank_account",)


def valid_code(text: str) -> str:
    """The normalised credit code; Invalid with the reason when its check digit fails."""
    code = check_credit_code(text)
    if not code.is_valid:
        raise Invalid(code.error)
    return code.normalised


@workflow.action
def register_unit(*, by, **fields) -> Unit:
    """Store a unit that waits for the center's decision; its credit code is checked and unique (A4)."""
    fields["credit_code"] = valid_code(fields.get("credit_code", ""))
    try:
        with transaction.atomic():
            unit = Unit.objects.create(**fields)
    except IntegrityError as error:
        raise Refused(TAKEN) from error
    events.record("unit.register", "提交单位注册", unit, by=by, after=_shown(fields))
    notify.tell(
        User.objects.with_duty("officer"),
        f"单位注册待审核：{unit.name}",
        url=f"/admin/consortia/unit/{unit.pk}/change/",
        mail=False,
    )
    return unit


@workflow.action
def request_registration(*, by=None, **fields) -> Unit | None:
    """The public form: a taken code stores nothing and tells the unit's admins, so that nobody can probe (W6)."""
    code = valid_code(fields.get("credit_code", ""))
    known = Unit.objects.filter(credit_code=code).first()
    if known is None:
        return register_unit(by=by, **fields)
    if known.state == UnitState.REJECTED:
        return _register_again(known, fields)
    who = fields.get("contact_name", "")
    notify.tell(
        people_of(known, "unitadmin"),
        "有人再次以本单位名义提交注册",
        f"{who}以本单位的统一社会信用代码提交了注册，平台没有重复登记。如为本单位人员，请邀请其加入。",
        url="/unit/",
        key=f"unit-again-{known.pk}-{timezone.localdate()}",
    )
    events.record("unit.register", "重复的单位注册", known, by=by, outcome="refused")
    return None


def _register_again(unit, fields: dict) -> Unit:
    """A refused registration is mended by sending the form again."""
    unit = workflow.lock(unit)
    fields = {key: value for key, value in fields.items() if key != "credit_code"}
    for key, value in fields.items():
        setattr(unit, key, value)
    unit.save(update_fields=list(fields))
    workflow.move(unit, "resubmit", by=None, note="重新提交注册", state_note="")
    notify.tell(User.objects.with_duty("officer"), f"单位重新提交注册：{unit.name}", mail=False)
    return unit


@workflow.action
def approve_unit(unit, *, by, note="") -> str:
    """Open the unit and invite its contact as unit admin; returns the invitation's token ("" when there is no mail)."""
    unit = workflow.lock(unit)
    workflow.move(unit, "approve", by=by, note=note, state_note=note[:300])
    if not unit.contact_email or unit.seats.filter(role=SeatRole.UNIT_ADMIN, ended_at__isnull=True).exists():
        return ""
    who = unit.contact_name or "单位管理员"
    return issue_invitation(unit=unit, role=SeatRole.UNIT_ADMIN, name=who, email=unit.contact_email, by=by)[1]


@workflow.action
def reject_unit(unit, *, by, note="") -> None:
    """Refuse a registration, with the reason, which is mailed to the contact."""
    if not note.strip():
        raise Invalid("请写明不予通过的理由。")
    unit = workflow.lock(unit)
    workflow.move(unit, "reject", by=by, note=note, state_note=note[:300])
    if unit.contact_email:
        notify.write_to(unit.contact_email, "单位注册未通过", f"{unit.name}的注册未通过审核。原因：{note}")


@workflow.action
def update_unit(unit, *, by, **fields) -> Unit:
    """Change details of a unit: its admin those of its own, the officer also legal facts; name and code never here."""
    unit = workflow.lock(unit)
    if not access.allowed(by, "consortia.change_unit", unit):
        raise NotAllowed("您的账号不能修改这个单位的资料。")
    may = CENTER_DETAILS if access.allowed(by, "consortia.decide_unit") else OWN_DETAILS
    changed = {key: value for key, value in fields.items() if key in may and getattr(unit, key) != value}
    if not changed:
        return unit
    before = {key: getattr(unit, key) for key in changed}
    for key, value in changed.items():
        setattr(unit, key, value)
    unit.save(update_fields=list(changed))
    events.record("unit.update", "修改单位资料", unit, by=by, before=_shown(before), after=_shown(changed))
    if {"bank_account", "bank_account_name", "bank_name"} & set(changed):
        notify.tell(
            User.objects.with_duty("finance"),
            f"收款账户有变化：{unit.name}",
            "拨付前请核对户名与公章一致。",
            url=f"/admin/consortia/unit/{unit.pk}/change/",
            mail=False,
        )
    return unit


@workflow.action
def rename_unit(unit, *, name, until, by) -> Unit:
    """Give a unit a new full name; the old one is kept with the last day of its use."""
    unit = workflow.lock(unit)
    _require_officer(by)
    name = " ".join(name.split())
    if not name or name == unit.name:
        raise Invalid("请填写与现名不同的单位新名称。")
    if until > timezone.localdate():
        raise Invalid("原名称的使用截止日期不能晚于今天。")
    old = unit.name
    UnitName.objects.create(unit=unit, name=old, until=until)
    unit.name = name
    unit.save(update_fields=["name"])
    events.record("unit.rename", "单位更名", unit, by=by, before={"name": old}, after={"name": name, "until": until})
    notify.tell(people_of(unit), f"单位已更名为{name}", f"原名称{old}使用至{until}。请核对公章与开户名。", url="/unit/")
    return unit


@workflow.action
def merge_unit(unit, *, into, by, note="") -> Unit:
    """Merge a unit into its successor: people, memberships, consortia, applications and their quota follow (5(1)1)."""
    first, second = sorted((unit, into), key=lambda row: row.pk)
    locked = {row.pk: workflow.lock(row) for row in (first, second)}
    unit, into = locked[unit.pk], locked[into.pk]
    if unit.pk == into.pk or into.state != UnitState.APPROVED:
        raise Invalid("请选择另一个已开通的单位作为承继单位。")
    if not note.strip():
        raise Invalid("请写明合并的依据，例如批准文件。")
    _move_seats(unit, into)
    _move_consortia(unit, into)
    extensions.unit_merged(unit, into, by)
    workflow.move(unit, "merge", by=by, note=note, merged_into=into)
    notify.tell(people_of(into), f"{unit.name}已并入{into.name}", note, url="/unit/")
    return into


def _move_seats(unit, into) -> None:
    for seat in unit.seats.filter(ended_at__isnull=True):
        Seat.objects.get_or_create(user=seat.user, unit=into, role=seat.role, ended_at=None)
    unit.seats.filter(ended_at__isnull=True).update(ended_at=timezone.now())


def _move_consortia(unit, into) -> None:
    """One membership a consortium: where both are members the merged unit's ends today; the lead's role wins."""
    today = timezone.localdate()
    for row in unit.memberships.filter(left_on__isnull=True).select_related("consortium"):
        other = into.memberships.filter(consortium=row.consortium, left_on__isnull=True).first()
        if other is None:
            row.unit = into
            row.save(update_fields=["unit"])
            continue
        Membership.objects.filter(pk=row.pk).update(left_on=max(today, row.joined_on))
        if row.role == "lead":
            other.role = "lead"
            other.save(update_fields=["role"])
    unit.led_consortia.update(lead_unit=into)


def _require_officer(by) -> None:
    if not access.allowed(by, "consortia.decide_unit"):
        raise NotAllowed("单位的登记事项由中心经办办理。")


def _shown(fields: dict) -> dict:
    """Field values for the log; account numbers are masked."""
    return {key: f"****{str(value)[-4:]}" if key in _SECRET and value else value for key, value in fields.items()}
