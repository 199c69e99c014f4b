"""Invariants A2-A7: who may apply, how often and when, whatever is sent."""

import contextlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from consortia.models import Unit
from portal.measures.credit_code import make_credit_code
from portal.models import Event, Notification
from projects.models import Application, ApplicationVersion
from tests import factories
from tests.projects import applying
from tests.projects.applying import press, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return applying.make_team()


@pytest.fixture(autouse=True)
def _papers_wait(monkeypatch):
    """Receipts and prints are other tests' matter; here they stay queued."""
    monkeypatch.setattr("portal.documents.send_task", lambda *args, **kwargs: True)


def submit(client, team, application):
    return press(client, team.admin, application, "submit")


def live(team):
    return Application.objects.live().filter(lead_unit=team.unit, call=team.call).count()


@contextlib.contextmanager
def refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        yield


def test_A2_no_other_door_lets_a_third_row_in(client, team):
    first, second, third = applying.ready_rows(team, 3)
    for row in (first, second):
        assert submit(client, team, row).status_code == 302
    first.refresh_from_db()
    shape = {"state": "submitted", "number": "X-1", "submitted_at": timezone.now()}
    copy = {"call": team.call, "consortium": team.consortium, "lead_unit": team.unit, "created_by": team.drafter}
    rows = Application.objects.filter(pk=third.pk)
    for slot in (1, 2, 3, 0, None):
        with refused_by_the_database():
            Application.objects.bulk_create([Application(title="批量", slot=slot, **shape, **copy)])
        with refused_by_the_database():
            rows.update(slot=slot, **shape)
        with refused_by_the_database(), connection.cursor() as cursor:
            cells = ["eligible", slot, "X-1", timezone.now(), third.pk]
            cursor.execute(
                "UPDATE projects_application SET state=%s, slot=%s, number=%s, submitted_at=%s WHERE id=%s", cells
            )
    # A live row of another call, or of another unit, cannot be carried over either.
    stranger = factories.make_application(state="submitted", slot=1)
    for change in ({"call": team.call, "lead_unit": team.unit}, {"lead_unit": team.unit, "call_id": team.call.pk}):
        with refused_by_the_database():
            Application.objects.filter(pk=stranger.pk).update(**change)
    with refused_by_the_database():
        third.state, third.slot, third.number, third.submitted_at = "submitted", 1, "X-1", timezone.now()
        third.save()
    assert live(team) == 2


def test_A2_the_admin_neither_adds_nor_imports_nor_edits(client, team):
    row = applying.ready_rows(team)[0]
    assert submit(client, team, row).status_code == 302
    for duty in ("officer", "director", "bast", "sysadmin"):
        client.force_login(factories.make_user(duty))
        data = {"title": "后门", "state": "submitted", "slot": "2", "lead_unit": team.unit.pk, "call": team.call.pk}
        assert client.post(reverse("admin:projects_application_add"), data).status_code == 403
        change = reverse("admin:projects_application_change", args=[row.pk])
        assert client.post(change, data | {"slot": ""}).status_code == 403
        actions = {"action": "delete_selected", "_selected_action": [row.pk]}
        client.post(reverse("admin:projects_application_changelist"), actions)
    with pytest.raises(NoReverseMatch):
        reverse("admin:projects_application_import")
    row.refresh_from_db()
    assert (Application.objects.count(), row.slot, row.title) == (1, 1, "竞争项目")


def test_A3_unwithdrawing_is_refused_while_two_are_live(client, team):
    first, second, third = applying.ready_rows(team, 3)
    for row in (first, second):
        submit(client, team, row)
    assert submit(client, team, third).status_code == 409
    assert press(client, team.admin, first, "withdraw").status_code == 302
    assert submit(client, team, third).status_code == 302
    first.refresh_from_db()
    refused = press(client, team.admin, first, "reopen")
    assert refused.status_code == 409
    assert "第五条（一）1" in refused.text
    for row in (second, third):
        row.refresh_from_db()
        assert row.number in refused.text
    # The back button and replayed POSTs: no step of before brings it back either.
    for step in ("send", "submit", "return", "supply", "withdraw"):
        assert press(client, team.admin, first, step).status_code in (403, 409), step
    first.refresh_from_db()
    assert (first.state, first.slot, live(team)) == ("withdrawn", None, 2)
    # With a slot free it becomes a draft again, and submitting counts anew.
    press(client, team.admin, second, "withdraw")
    assert press(client, team.admin, first, "reopen").status_code == 302
    assert live(team) == 1


def test_A3_drafts_and_withdrawn_do_not_count_and_refused_ones_do(client, team):
    applying.start(team, "草稿不占名额")
    for state in ("withdrawn", "unit_review", "ineligible"):
        factories.make_application(team.call, team.consortium, state=state)
    second, third = applying.ready_rows(team, 2)
    assert submit(client, team, second).status_code == 302
    assert submit(client, team, third).status_code == 409  # 形审不通过 keeps its slot
    assert live(team) == 2


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda code: code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}),
        lambda code: "".join(chr(ord(char) + 0xFEE0) for char in code),
        lambda code: f"\u200b{code[:6]} {code[6:12]}\u00a0{code[12:]}\ufeff",
    ],
    ids=["lower", "wide digits", "all wide", "invisible"],
)
def test_A4_a_legal_body_registers_once_however_its_code_is_written(client, write):
    code = make_credit_code("91110108", "MA900001")
    known = factories.make_unit(credit_code=code, name="北京虚构（协同）智造有限公司")
    admin = factories.make_person(known, "unitadmin")
    answer = client.post(reverse("unit_register"), registration(write(code), "北京虚构(协同)智造有限公司"))
    assert answer.status_code == 302
    assert Unit.objects.count() == 1
    assert Notification.objects.filter(user=admin, title__contains="再次").exists()
    with refused_by_the_database():
        factories.make_unit(credit_code=code)


@pytest.mark.parametrize(("digit", "letter"), [("0", "O"), ("1", "I")])
def test_A4_letters_that_look_like_digits_are_named(client, digit, letter):
    code = make_credit_code("91110108", "MA900001")
    answer = client.post(reverse("unit_register"), registration(code.replace(digit, letter)))
    assert answer.status_code == 400
    assert f"把 {digit} 写成 {letter}" in answer.text
    assert not Unit.objects.exists()


def test_A4_a_wrong_check_digit_is_refused(client):
    code = make_credit_code("91110108", "MA900001")
    answer = client.post(reverse("unit_register"), registration(code[:-1] + ("1" if code[-1] != "1" else "2")))
    assert (answer.status_code, Unit.objects.count()) == (400, 0)


def test_A4_accounts_of_one_unit_share_one_quota(client, team):
    other = factories.make_person(team.unit, "unitadmin")
    rows = applying.ready_rows(team, 3)
    statuses = [
        press(client, user, row, "submit").status_code
        for user, row in zip((other, team.admin, other), rows, strict=True)
    ]
    assert statuses == [302, 302, 409]


def registration(code, name="北京虚构智造有限公司"):
    return {
        "name": name, "credit_code": code, "kind": "private", "district": "海淀区", "accounting_system": "enterprise",
        "legal_representative": "钱虚构", "address": "北京市海淀区虚构路1号", "contact_name": "孙联系",
        "contact_phone": "010-50000000", "contact_email": "sun@example.com",
    }  # fmt: skip


SMUGGLED = {
    "state": "submitted", "status": "approved", "slot": "1", "number": "X", "score": "100", "award": "300000",
    "owner": "1", "created_by": "1", "cycle": "1", "submitted_at": "2020-01-01", "declared_digest": "x",
}  # fmt: skip


def test_A5_smuggled_fields_are_ignored_and_logged(client, team):
    application = applying.start(team)
    other = applying.make_team()
    before = Application.objects.filter(pk=application.pk).values().get()
    foreign = SMUGGLED | {"lead_unit": other.unit.pk, "call": other.call.pk, "consortium": other.consortium.pk}
    client.force_login(team.drafter)
    path = url(application, "application_part", "cover")
    assert client.post(path, {"title": "新题目", "revision": "0"} | foreign).status_code == 302
    after = Application.objects.filter(pk=application.pk).values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"title", "revision", "updated_at", "field", "district", "start_on", "end_on"} == set()
    assert (after["state"], after["slot"], after["lead_unit_id"]) == ("draft", None, team.unit.pk)
    event = Event.objects.get(verb="application.smuggle")
    assert (event.outcome, event.actor) == ("refused", team.drafter)
    assert {"state", "slot", "score", "award", "owner", "lead_unit", "cycle"} <= set(event.after["fields"])
    for method in (client.patch, client.put, client.delete):
        assert method(path, foreign).status_code == 405


def test_A5_smuggled_fields_of_a_step_and_of_a_new_draft_change_nothing(client, team):
    client.force_login(team.drafter)
    form = {"call": team.call.pk, "consortium": team.consortium.pk, "title": "新草稿"}
    assert client.post(reverse("application_start"), SMUGGLED | form).status_code == 302
    draft = Application.objects.get()
    assert (draft.state, draft.slot, draft.number, draft.created_by) == ("draft", None, None, team.drafter)
    client.post(url(draft, "application_step", "send"), SMUGGLED | {"lead_unit": factories.make_unit().pk})
    draft.refresh_from_db()
    assert (draft.state, draft.slot, draft.lead_unit) == ("unit_review", None, team.unit)
    assert Event.objects.filter(verb="application.smuggle", outcome="refused").exists()


def test_A6_a_unit_that_only_takes_part_cannot_start(client, team):
    member = team.consortium.memberships.filter(role="member").first().unit
    stranger = factories.make_unit()
    form = {"call": team.call.pk, "consortium": team.consortium.pk, "title": "成员申报"}
    for unit in (member, stranger):
        for role in ("drafter", "unitadmin"):
            client.force_login(factories.make_person(unit, role))
            assert "不是联合体牵头单位" in client.get(reverse("application_start")).text
            assert client.post(reverse("application_start"), form).status_code == 409
    client.force_login(factories.make_person(member, "member"))
    assert client.post(reverse("application_start"), form).status_code == 403
    assert not Application.objects.exists()


@pytest.mark.parametrize("status", ["revoked", "rectifying", None])
def test_A6_a_consortium_without_valid_qualification_neither_starts_nor_submits(client, status):
    team = applying.make_team(status=status or "valid")
    application = applying.ready_rows(team)[0]
    if status is None:
        application.consortium.lead_unit = factories.make_unit()  # the support passed on to another unit
        application.consortium.save()
    assert submit(client, team, application).status_code == 409
    client.force_login(team.drafter)
    form = {"call": team.call.pk, "consortium": team.consortium.pk, "title": "被撤销后"}
    assert client.post(reverse("application_start"), form).status_code in (409, 422)
    assert (live(team), Application.objects.count(), ApplicationVersion.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"state": "draft"}, "尚未发布"),
        ({"opens_at": timedelta(hours=1)}, "尚未开始"),
        ({"opens_at": timedelta(hours=-2), "closes_at": timedelta(seconds=-1)}, "截止"),
        ({"state": "closed", "closes_at": timedelta(seconds=-1)}, "截止"),
        ({"state": "archived"}, "尚未发布"),
    ],
    ids=["draft", "before", "after", "closed", "archived"],
)
def test_A7_outside_the_call_nothing_is_submitted_and_the_draft_stays_readable(client, call, words):
    now = timezone.now()
    changes = {key: now + value if isinstance(value, timedelta) else value for key, value in call.items()}
    team = applying.make_team(call=factories.make_call(**changes))
    application = applying.ready_rows(team)[0]
    answer = submit(client, team, application)
    assert answer.status_code == 409
    assert words in answer.text
    application.refresh_from_db()
    assert (application.state, application.slot, application.versions.count()) == ("unit_review", None, 0)
    client.force_login(team.drafter)
    for name in ("application", "application_check"):
        assert application.title in client.get(url(application, name)).text
