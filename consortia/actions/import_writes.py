"""Writes of checked tables: many rows in a few statements, the same events as by hand (A5)."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from consortia.actions import consortia
from consortia.actions.people import VALID_DAYS, invitation_mail
from consortia.actions.units import shown
from consortia.models import Invitation, Membership, Seat, SeatRole, Unit
from consortia.states import UnitState
from portal import events, notify
from portal.measures.workdays import date_cn

NOTE = "由中心导入"
BATCH = 500


def store_units(planned, *, by) -> None:
    """New units are open at once, since the center itself brings them; changed ones keep name and code."""
    fresh = [Unit(**row.values, state=UnitState.APPROVED, state_note=NOTE) for row in planned if row.stored is None]
    Unit.objects.bulk_create(fresh, batch_size=BATCH)
    facts = ((unit, {}, {"state": UnitState.APPROVED, "credit_code": unit.credit_code}) for unit in fresh)
    events.record_all("unit.register", "导入单位并开通", facts, by=by, note=NOTE)
    _invite([unit for unit in fresh if unit.contact_email], by)
    changed = [(row.stored, *_changes(row)) for row in planned if row.stored is not None]
    for unit, _, after in changed:
        for key, value in after.items():
            setattr(unit, key, value)
    columns = sorted({key for _, _, after in changed for key in after})
    if columns:
        Unit.objects.bulk_update([unit for unit, _, _ in changed], columns, batch_size=BATCH)
        told = ((unit, shown(before), shown(after)) for unit, before, after in changed)
        events.record_all("unit.update", "修改单位资料", told, by=by, note=NOTE)


def _changes(row) -> tuple[dict, dict]:
    after = {key: value for key, value in row.values.items() if getattr(row.stored, key) != value}
    return {key: getattr(row.stored, key) for key in after}, after


def _invite(fresh: list[Unit], by) -> None:
    """A link for the contact of each new unit, as after an approval by hand."""
    until, rows, mails = timezone.now() + timedelta(days=VALID_DAYS), [], []
    for unit in fresh:
        token = secrets.token_urlsafe(32)
        invitation = Invitation(
            unit=unit,
            role=SeatRole.UNIT_ADMIN,
            name=(unit.contact_name or "单位管理员")[:40],
            email=unit.contact_email.lower(),
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            invited_by=by,
            expires_at=until,
        )
        rows.append(invitation)
        mails.append(invitation_mail(invitation, token))
    Invitation.objects.bulk_create(rows, batch_size=BATCH)
    facts = ((row.unit, {}, {"name": row.name, "role": row.role}) for row in rows)
    events.record_all("unit.invite", "邀请人员", facts, by=by, note=NOTE)
    notify.write_each(mails)


def store_consortia(planned, *, by) -> None:
    """One by one: the registry has tens of them."""
    for row in planned:
        consortia.save_consortium(consortium=row.stored, by=by, **row.values)


def store_members(planned, *, by) -> None:
    """New members in bulk, with a word to those units that have people; parts and leavings one by one."""
    fresh = []
    for row in planned:
        values = dict(row.values)
        left_on = values.pop("left_on")
        if row.stored is None:
            fresh.append(Membership(**values, left_on=left_on, role="member"))
            continue
        part = {key: values[key] for key in ("chain_position", "task")}
        member = consortia.update_member(row.stored, by=by, **part)
        if left_on is not None:
            consortia.end_membership(member, left_on=left_on, by=by, note=NOTE)
    Membership.objects.bulk_create(fresh, batch_size=BATCH)
    facts = ((row, {}, {"joined_on": row.joined_on, "left_on": row.left_on, "task": row.task}) for row in fresh)
    events.record_all("membership.add", "增加成员单位", facts, by=by, note=NOTE)
    _ask_to_confirm([row for row in fresh if row.left_on is None])


def _ask_to_confirm(fresh: list[Membership]) -> None:
    seats = Seat.objects.filter(ended_at__isnull=True, role__in=("unitadmin", "member"), user__is_active=True)
    people: dict[int, list] = {}
    for seat in seats.filter(unit__in={row.unit_id for row in fresh}).select_related("user"):
        people.setdefault(seat.unit_id, []).append(seat.user)
    for row in fresh:
        if row.unit_id in people:
            notify.tell(
                people[row.unit_id],
                f"请确认加入{row.consortium.name}",
                f"管理单位登记贵单位自{date_cn(row.joined_on)}加入。请核对任务后确认。",
                url=f"/consortia/{row.consortium.public_id}/",
                key=f"membership-{row.pk}",
            )


STORES = {"unit": store_units, "consortium": store_consortia, "membership": store_members}
