"""Who may do what with units and consortia."""

import rules

from consortia.seats import unit_ids
from portal.access import has_role

is_officer = has_role("officer")
is_finance = has_role("finance")
is_director = has_role("director")
is_bast = has_role("bast")
is_center = has_role("officer", "finance", "director", "bast")


@rules.predicate
def is_admin_of_unit(user, unit) -> bool:
    """The user is unit admin of this unit."""
    return unit is not None and unit.pk in unit_ids(user, "unitadmin")


@rules.predicate
def has_seat_in_unit(user, unit) -> bool:
    """The user holds any seat in this unit."""
    return unit is not None and unit.pk in unit_ids(user)


@rules.predicate
def has_seat_in_consortium(user, consortium) -> bool:
    """The user holds a seat in the lead unit or a present member unit."""
    if consortium is None:
        return False
    units = unit_ids(user)
    if consortium.lead_unit_id in units:
        return True
    return bool(units) and consortium.memberships.filter(left_on__isnull=True, unit_id__in=units).exists()


@rules.predicate
def is_in_lead_unit(user, consortium) -> bool:
    """The user is drafter or unit admin of the consortium's lead unit."""
    return consortium is not None and consortium.lead_unit_id in unit_ids(user, "drafter", "unitadmin")


@rules.predicate
def is_member_of_membership(user, membership) -> bool:
    """The user speaks for the member unit of this membership."""
    return membership is not None and membership.unit_id in unit_ids(user, "member", "unitadmin")


@rules.predicate
def is_visible_holder(user, membership) -> bool:
    """The user may see the consortium of this membership."""
    return membership is not None and has_seat_in_consortium(user, membership.consortium)


@rules.predicate
def is_decider_of_change(user, change) -> bool:
    """Finance confirms accounts, the officer all other registered facts; without a change: either."""
    if change is None:
        return is_officer.test(user) or is_finance.test(user)
    return is_finance.test(user) if change.kind == "bank" else is_officer.test(user)


@rules.predicate
def is_admin_of_changed(user, change) -> bool:
    """The user is admin of the unit that asks for the change."""
    return change is not None and is_admin_of_unit.test(user, change.unit)


@rules.predicate
def is_own_import(user, run) -> bool:
    """The user uploaded the table; without one: anybody."""
    return run is None or run.uploaded_by_id == user.pk


@rules.predicate
def is_heard(user, case) -> bool:
    """The user is drafter or unit admin of the lead unit that a revocation case is about."""
    return case is not None and is_in_lead_unit.test(user, case.consortium)


rules.add_perm("consortia.view_unit", is_center | has_seat_in_unit)
rules.add_perm("consortia.change_unit", is_officer | is_admin_of_unit)
rules.add_perm("consortia.add_unit", is_officer)
rules.add_perm("consortia.decide_unit", is_officer)
rules.add_perm("consortia.invite", is_admin_of_unit)
rules.add_perm("consortia.view_registration", is_center)
rules.add_perm("consortia.view_unitchange", is_center | is_admin_of_changed)
rules.add_perm("consortia.decide_unitchange", is_decider_of_change)
rules.add_perm("consortia.withdraw_unitchange", is_admin_of_changed)
rules.add_perm("consortia.view_importrun", is_officer)
rules.add_perm("consortia.import_sheet", is_officer & is_own_import)
rules.add_perm("consortia.view_seat", is_center | has_role("sysadmin"))
rules.add_perm("consortia.view_consortium", is_center | has_seat_in_consortium | has_role("auditor"))
rules.add_perm("consortia.add_consortium", is_officer)
rules.add_perm("consortia.change_consortium", is_officer)
rules.add_perm("consortia.manage_members", is_officer | is_in_lead_unit)
rules.add_perm("consortia.confirm_membership", is_member_of_membership)
rules.add_perm("consortia.view_membership", is_center | is_visible_holder)
rules.add_perm("consortia.change_membership", is_officer)
rules.add_perm("consortia.add_membership", is_officer)
rules.add_perm("consortia.view_qualification", is_center)
rules.add_perm("consortia.add_qualification", is_director)
rules.add_perm("consortia.view_revocation", is_center | is_heard)
rules.add_perm("consortia.state_view", is_officer | is_heard)
rules.add_perm("consortia.open_revocation", is_officer)
rules.add_perm("consortia.decide_revocation", is_bast)
