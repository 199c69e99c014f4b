"""Writes of changes that the center confirms: registered facts by the officer, the account by finance (A2)."""

from django.utils import timezone

from consortia.actions.units import BANK, SECRET, shown
from consortia.models import Unit, UnitChange, UnitName
from consortia.seats import people_of
from consortia.states import UnitState
from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from portal.sealed import seal

LEGAL = ("name", "kind", "district", "accounting_system", "legal_representative")
PARTS = {"legal": LEGAL, "bank": BANK}
DECIDERS = {"legal": "officer", "bank": "finance"}


@workflow.action
def request_change(unit, *, kind, wanted, reason, proof, by, until=None) -> UnitChange:
    """Ask for new values of registered facts, with proof; the registered ones stay in force meanwhile."""
    unit = workflow.lock(unit)
    if not access.allowed(by, "consortia.invite", unit):
        raise NotAllowed("只有本单位管理员可以申请变更。")
    wanted = {key: value for key, value in wanted.items() if key in PARTS[kind] and value != getattr(unit, key)}
    _check(unit, kind, wanted, reason, proof, until)
    change = UnitChange.objects.create(
        unit=unit, kind=kind, wanted=_kept(wanted), until=until if "name" in wanted else None,
        reason=reason.strip()[:300], proof=proof, requested_by=by,
    )  # fmt: skip
    label = f"申请变更{change.get_kind_display()}"
    before = {key: getattr(unit, key) for key in wanted}
    events.record(
        "unit.change_request", label, unit, by=by, before=shown(before), after=shown(wanted), note=change.reason
    )
    notify.tell(
        User.objects.with_duty(DECIDERS[kind]),
        f"单位资料变更待确认：{unit.name}",
        change.reason,
        url=f"/admin/consortia/unitchange/{change.pk}/change/",
        mail=False,
    )
    return change


def _kept(wanted: dict) -> dict:
    """What the row keeps: an account number only sealed."""
    return {key: seal(value) if key in SECRET else value for key, value in wanted.items()}


def _check(unit, kind: str, wanted: dict, reason: str, proof, until) -> None:
    if unit.state != UnitState.APPROVED:
        raise Refused("单位尚未开通或已经合并，不能变更资料。")
    if not wanted:
        raise Invalid("填写的内容与现登记的相同，没有需要变更的。")
    if unit.changes.filter(kind=kind, state="pending").exists():
        raise Conflict("已有一份待确认的变更。请等待办理结果，或先撤回再重新申请。")
    if proof is None or not reason.strip():
        raise Invalid("请写明变更原因，并上传证明材料。")
    if "name" in wanted and (until is None or until > timezone.localdate()):
        raise Invalid("更名请填写原名称使用至哪一天，不能晚于今天。")


@workflow.action
def note_look(change, *, by) -> None:
    """Log that a person was shown the whole account numbers of a change."""
    events.record("unitchange.reveal", "查看完整账号（核对变更）", change, by=by, after={"unit": change.unit})


@workflow.action
def accept_change(change, *, by, note="") -> UnitChange:
    """Put the values into force; a former name is kept with the last day of its use."""
    unit = workflow.lock(change.unit)
    change = workflow.lock(change)
    if unit.state != UnitState.APPROVED:
        raise Refused("单位已经合并，不能再变更资料。")
    _decide(change, "accept", by, note)
    before = {key: getattr(unit, key) for key in change.wanted}
    if "name" in change.wanted:
        UnitName.objects.create(unit=unit, name=unit.name, until=change.until)
    Unit.objects.filter(pk=unit.pk).update(**change.wanted)
    after = shown(change.wanted) | ({"until": change.until} if change.until else {})
    label = f"变更{change.get_kind_display()}"
    events.record("unit.update", label, change.unit, by=by, before=shown(before), after=after, note=note)
    _tell(change, "单位资料变更已确认", note or "变更已生效。")
    return change


@workflow.action
def refuse_change(change, *, by, note="") -> UnitChange:
    """Leave the registered values, with the reason."""
    if not note.strip():
        raise Invalid("请写明不予变更的理由。")
    change = workflow.lock(change)
    _decide(change, "refuse", by, note)
    _tell(change, "单位资料变更未通过", note)
    return change


def _decide(change, move: str, by, note: str) -> None:
    workflow.move(change, move, by=by, note=note[:300], decided_by=by, decided_at=timezone.now())
    UnitChange.objects.filter(pk=change.pk).update(note=note[:300])


def _tell(change, title: str, body: str) -> None:
    notify.tell(people_of(change.unit, "unitadmin"), f"{title}：{change.get_kind_display()}", body, url="/unit/")


@workflow.action
def withdraw_change(change, *, by) -> UnitChange:
    """The unit takes its request back while nobody has decided."""
    workflow.move(change, "withdraw", by=by)
    events.record("unit.change_withdraw", f"撤回变更申请：{change.get_kind_display()}", change.unit, by=by)
    return change
