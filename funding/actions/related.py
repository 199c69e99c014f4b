"""Writes of the register of related units (17(5)(7)): added and ended, never deleted."""

from django.db import IntegrityError, transaction

from funding.models import RelatedUnit
from portal import access, events, workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.measures.credit_code import check_credit_code
from portal.measures.normalise import normalise

FIELDS = ("unit", "name", "credit_code", "relation", "source", "ended_on")


@workflow.action
def save_related(*, unit, name, relation, source, by, credit_code="", ended_on=None, row=None) -> RelatedUnit:
    """Enter a unit related to the registered `unit`, or correct the entry `row`; `credit_code` may be blank.

    Raises Invalid for a wrong code, a nameless unit or the unit itself, Conflict when it is entered already.
    """
    if not access.allowed(by, "funding.add_relatedunit"):
        raise NotAllowed("您的账号不能登记关联单位。", article="17")
    code, key = normalise(credit_code).upper(), normalise(name)[:200]
    if not key or not source.strip():
        raise Invalid("请填写关联单位名称和依据。")
    if code and (problem := check_credit_code(code).error):
        raise Invalid(problem)
    if key == normalise(unit.name) or (code and code == unit.credit_code):
        raise Invalid("关联单位不能是登记单位自己。")
    values = {"unit": unit, "name": name.strip(), "credit_code": code, "relation": relation, "source": source.strip()}
    row = row or RelatedUnit(added_by=by)
    before = {name: str(getattr(row, name)) for name in FIELDS if row.pk}
    for field, value in (values | {"name_key": key, "ended_on": ended_on}).items():
        setattr(row, field, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(f"“{unit.name}”的关联单位“{name.strip()}”已登记。") from error
    after = {name: str(getattr(row, name)) for name in FIELDS}
    events.record("related.save", "登记关联单位", row, by=by, article="17", before=before, after=after)
    return row
