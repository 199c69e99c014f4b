"""State changes: one table, compare-and-set, logged; refusals are logged too."""

import pytest
from django.db import transaction

from consortia.models import Unit
from portal import events, workflow
from portal.errors import Conflict, NotAllowed
from portal.models import Event
from tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db


def test_move_changes_state_and_logs_before_and_after():
    unit, officer = make_unit(state="pending"), make_user("officer")
    workflow.move(unit, "approve", by=officer, note="材料齐全", state_note="材料齐全")
    unit.refresh_from_db()
    event = events.of(unit).get()
    assert (unit.state, unit.state_note) == ("approved", "材料齐全")
    assert (event.before["state"], event.after["state"], event.actor) == ("pending", "approved", officer)


def test_move_refuses_people_without_permission():
    unit = make_unit(state="pending")
    with pytest.raises(NotAllowed):
        workflow.move(unit, "approve", by=make_person(unit, "unitadmin"))
    unit.refresh_from_db()
    assert unit.state == "pending"


def test_move_from_a_stale_copy_loses():
    officer = make_user("officer")
    unit = make_unit(state="pending")
    other_window = Unit.objects.get(pk=unit.pk)
    workflow.move(unit, "reject", by=officer)
    with pytest.raises(Conflict, match="未通过"):
        workflow.move(other_window, "merge", by=officer)


def test_available_follows_state_and_person():
    unit = make_unit(state="pending")
    assert [name for name, _ in workflow.available(unit, make_user("officer"))] == ["approve", "reject"]
    assert workflow.available(unit, make_user("finance")) == []


@workflow.action
def refuse_always(unit, *, by):
    """Refuse after a write."""
    Unit.objects.filter(pk=unit.pk).update(address="半截写入")
    raise Conflict("名额已满。", article="5(1)1")


def test_action_rolls_back_and_logs_the_refusal():
    unit, officer = make_unit(), make_user("officer")
    with pytest.raises(Conflict):
        refuse_always(unit, by=officer)
    unit.refresh_from_db()
    event = Event.objects.get(outcome="refused")
    assert unit.address == ""
    assert (event.note, event.article, event.actor, event.target_id) == ("名额已满。", "5(1)1", officer, str(unit.pk))


def test_a_refusal_is_logged_with_the_thing_and_not_with_the_person():
    @workflow.action
    def refuse(*, by, unit):
        raise Conflict("不行")

    unit, officer = make_unit(), make_user("officer")
    with pytest.raises(Conflict):
        refuse(by=officer, unit=unit)
    event = Event.objects.get(outcome="refused")
    assert (event.target_label, event.actor) == (str(unit), officer)


def test_many_rows_move_together_each_with_its_event():
    units, officer = [make_unit(state="pending") for _ in range(3)], make_user("officer")
    workflow.move_all(units, "approve", by=officer, note="同批审核")
    assert set(Unit.objects.values_list("state", flat=True)) == {"approved"}
    assert [unit.state for unit in units] == ["approved"] * 3
    told = [events.of(unit).get() for unit in units]
    assert {(event.verb, event.note, event.before["state"], event.after["state"]) for event in told} == {
        ("unit.approve", "同批审核", "pending", "approved")
    }
    assert events.first_break() is None


def test_many_rows_do_not_move_when_one_of_them_has_moved_or_nobody_may():
    units, officer = [make_unit(state="pending") for _ in range(2)], make_user("officer")
    with pytest.raises(NotAllowed):
        workflow.move_all(units, "approve", by=make_user("finance"))
    workflow.move(Unit.objects.get(pk=units[0].pk), "approve", by=officer)
    with pytest.raises(Conflict, match="2 项中有 1 项"), transaction.atomic():
        workflow.move_all(units, "reject", by=officer)
    assert sorted(Unit.objects.values_list("state", flat=True)) == ["approved", "pending"]
    workflow.move_all([], "approve", by=officer)
