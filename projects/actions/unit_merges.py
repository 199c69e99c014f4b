"""What the life cycle keeps for a merged unit: applications with their quota, and projects (5(1)1)."""

from portal.errors import Refused
from projects.states import CallState


def follow(unit, into, by) -> None:
    """Move applications and projects to the successor; together they hold at most two slots a call.

    Where an archived call leaves no slot, the application stays with the merged unit, which names its successor.
    """
    for row in unit.applications.select_related("call").order_by("pk"):
        if row.slot is not None:
            row.slot = _free_slot(row.call, into)
            if row.slot is None:
                continue
        row.lead_unit = into
        row.save(update_fields=["lead_unit", "slot"])
    unit.projects.update(lead_unit=into)


def _free_slot(call, unit) -> int | None:
    used = set(call.applications.filter(lead_unit=unit, slot__isnull=False).values_list("slot", flat=True))
    free = {1, 2} - used
    if not free and call.state != CallState.ARCHIVED:
        raise Refused(
            f"不能合并：合并后“{unit}”在“{call}”中的申报将超过两个（办法第五条（一）1）。"
            "可由其中一方先撤回申报，或待该通知归档后再合并。",
            article="5(1)1",
        )
    return min(free, default=None)
