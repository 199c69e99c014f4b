"""Writes of units: decision, details, renaming, merging (requirements A2, A4)."""

from django.utils import timezone

from consortia import extensions
from consortia.actions.people import issue_invitation
from consortia.models import LeadTerm, Membership, Seat, SeatRole, Unit, UnitName
from consortia.seats import people_of
from consortia.states import UnitState
from portal import access, events, notify, workflow
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import User
from portal.sealed import unseal

BANK = ("bank_account_name", "bank_name", "bank_account")
OWN_DETAILS = (
    "address", "contact_name", "contact_phone", "contact_email", *BANK, "introduction", "established_on"
)  # fmt: skip
CENTER_DETAILS = (*OWN_DETAILS, "kind", "district", "accounting_system", "legal_representative")
SECRET = ("bank_account",)


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
        notify.write_to(
            unit.contact_email,
            "单位注册未通过",
            f"{unit.name}的注册未通过审核。原因：{note}\n"
            "请打开下面的链接，凭注册时的查询码查看结果，改正后重新提交，不必另行申请。",
            url="/units/query/",
        )


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
    if unit.bank_account and may == OWN_DETAILS and set(BANK) & set(changed):
        raise Refused("收款账户已登记，变更须经中心财务确认。请在“本单位”页面选择“变更收款账户”，并上传证明。")
    before = {key: getattr(unit, key) for key in changed}
    for key, value in changed.items():
        setattr(unit, key, value)
    unit.save(update_fields=list(changed))
    events.record("unit.update", "修改单位资料", unit, by=by, before=shown(before), after=shown(changed))
    if set(BANK) & set(changed):
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
    if unit.changes.filter(state="pending").exists():
        raise Refused("该单位有待确认的资料变更，请先办理变更，再办理合并。")
    unit.invitations.filter(accepted_at__isnull=True, ended_at__isnull=True).update(ended_at=timezone.now())
    _move_seats(unit, into)
    _move_consortia(unit, into, by)
    extensions.unit_merged(unit, into, by)
    workflow.move(unit, "merge", by=by, note=note, merged_into=into)
    notify.tell(people_of(into), f"{unit.name}已并入{into.name}", note, url="/unit/")
    return into


def _move_seats(unit, into) -> None:
    for seat in unit.seats.filter(ended_at__isnull=True):
        Seat.objects.get_or_create(user=seat.user, unit=into, role=seat.role, ended_at=None)
    unit.seats.filter(ended_at__isnull=True).update(ended_at=timezone.now())


def _move_consortia(unit, into, by) -> None:
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
    for consortium in unit.led_consortia.all():
        reason = f"{unit.name}并入{into.name}"
        LeadTerm.objects.create(consortium=consortium, unit=into, since=today, reason=reason, recorded_by=by)
    unit.led_consortia.update(lead_unit=into)


def _require_officer(by) -> None:
    if not access.allowed(by, "consortia.decide_unit"):
        raise NotAllowed("单位的登记事项由中心经办办理。")


def shown(fields: dict) -> dict:
    """Field values for the log; account numbers are masked."""
    return {key: f"****{unseal(value)[-4:]}" if key in SECRET and value else value for key, value in fields.items()}
