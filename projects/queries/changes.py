"""Nouns of change requests (17(4)): what a change would do to the contract, before and after."""

from datetime import date
from decimal import Decimal, InvalidOperation

from consortia.seats import people_of
from portal.editions import edition
from portal.errors import Invalid
from portal.measures.findings import blocks
from portal.measures.rmb import is_positive_money
from portal.measures.targets import check_targets
from projects.queries.contracts import target_facts


def proposal(project, contract, kind: str, after: dict) -> tuple[dict, dict]:
    """(before, after) of a change, checked; `after["snapshot"]` holds the parts of the contract text it replaces.

    `after` as typed: leader {leader: id}, kpi {targets: {code: number}}, budget {amounts: [元]}, schedule
    {end_on: ISO}, members {text}, termination {text}. Raises Invalid with a Chinese sentence.
    """
    return _BUILDERS[kind](project, contract, after)


def _leader(project, contract, after):
    people = {person.pk: person for person in people_of(project.lead_unit)}
    person = people.get(after.get("leader"))
    if person is None:
        raise Invalid("新的负责人须是牵头单位在平台登记的人员。", article="7")
    if person.pk == project.leader_id:
        raise Invalid("新的负责人与现负责人相同。")
    change = {"leader": person.pk, "负责人": person.name, "snapshot": {"party_b": {"leader": person.name}}}
    return {"负责人": project.leader.name}, change


def _kpi(project, contract, after):
    rows = contract.snapshot["kpi_rows"]
    wanted = after.get("targets", {})
    changed = [row | {"target": str(wanted.get(row["code"], row["target"]))} for row in rows]
    if changed == rows:
        raise Invalid("目标值没有变化。")
    found = blocks(check_targets(target_facts(changed), edition(project.call.edition)))
    if found:
        raise Invalid("；".join(finding.sentence for finding in found), article="10(1)")
    before = {row["name"]: row["target"] for row, new in zip(rows, changed, strict=True) if row != new}
    shown = {row["name"]: row["target"] for row in changed if row["name"] in before}
    return before, shown | {"snapshot": {"kpi_rows": changed}}


def _budget(project, contract, after):
    budget = contract.snapshot["budget"]
    lines, amounts = budget["lines"], after.get("amounts", [])
    if len(amounts) != len(lines) or not all(_is_money(amount) for amount in amounts):
        raise Invalid("每行预算都须填写正数金额（元），最多两位小数。", article="17(4)")
    changed = [line | {"amount": f"{Decimal(amount):.2f}"} for line, amount in zip(lines, amounts, strict=True)]
    if changed == lines:
        raise Invalid("预算没有变化。")
    for source in {line["source"] for line in lines}:
        if _sum(lines, source) != _sum(changed, source):
            raise Invalid(f"“{source}”各行之和须保持 {_sum(lines, source)} 元不变。", article="17(4)")
    before, shown = {}, {}
    for place, (line, new) in enumerate(zip(lines, changed, strict=True), start=1):
        if line != new:
            name = f"{place}. {line['category']}"
            before[name], shown[name] = line["amount"], new["amount"]
    return before, shown | {"snapshot": {"budget": {"lines": changed}}}


def _is_money(amount) -> bool:
    try:
        return is_positive_money(Decimal(str(amount)))
    except InvalidOperation:
        return False


def _sum(lines, source: str) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines if line["source"] == source), Decimal("0.00"))


def _schedule(project, contract, after):
    try:
        end_on = date.fromisoformat(str(after.get("end_on", "")))
    except ValueError:
        raise Invalid("请填写新的结束日期。") from None
    if end_on == contract.end_on:
        raise Invalid("结束日期没有变化。")
    if end_on <= contract.start_on:
        raise Invalid("结束日期须晚于开始日期。", article="16")
    change = {"执行期止": end_on.isoformat(), "snapshot": {"contract": {"execution_to": end_on.isoformat()}}}
    return {"执行期止": contract.end_on.isoformat()}, change


def _members(project, contract, after):
    text = str(after.get("text", "")).strip()
    if not text:
        raise Invalid("请写明成员单位的变化和分工调整。", article="9")
    units = "、".join(row["name"] for row in contract.snapshot.get("members", []))
    return {"成员单位": units}, {"成员单位": text, "snapshot": {}}


def _termination(project, contract, after):
    return {"合同": contract.get_state_display()}, {"合同": "已解除", "snapshot": {}}


_BUILDERS = {
    "leader": _leader,
    "members": _members,
    "kpi": _kpi,
    "budget": _budget,
    "schedule": _schedule,
    "termination": _termination,
}
KINDS = tuple(_BUILDERS)
