"""Who sees what of a review: invariants R1, R3, R8, R9, R12, R13, over HTTP and over every way in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.errors import Refused
from portal.models import Document, Notification, OutboxMail, StoredFile
from portal.overview import matrix
from reviews.actions import rounds, sheets
from reviews.models import Assignment, Expert, ExpertPost
from tests.factories import make_expert, make_person, make_unit, make_user
from tests.reviews import worlds

pytestmark = pytest.mark.django_db
# Every address of the expert's pages that is about a round or a seat, as the portal itself lists them.
OBJECT_ROWS = [row for row in matrix.rows() if row.name.startswith("review_") and "<int:pk>" in row.pattern]


def visit(client: Client, row: matrix.Row, pk: int) -> int:
    """Open an address with one of its methods; a POST carries a whole sheet."""
    path = row.pattern.replace("<int:pk>", str(pk))
    return (client.get(path) if "GET" in row.methods else client.post(path, {"text": "x" * 30})).status_code


def _enter(how: str, expert: Expert, application) -> None:
    """Bring the expert's unit into the application's side after he was seated."""
    member = application.consortium.memberships.filter(role="member").first().unit
    today = timezone.localdate()
    if how == "employer leads":
        Expert.objects.filter(pk=expert.pk).update(unit=application.lead_unit)
    elif how == "employer is a member":
        Expert.objects.filter(pk=expert.pk).update(unit=member)
    elif how == "left a member unit last year":
        ExpertPost.objects.create(
            expert=expert, unit=member, unit_name=member.name, ended_on=today - timedelta(days=300)
        )
    elif how == "employer by another spelling":
        Expert.objects.filter(pk=expert.pk).update(unit=None, unit_name=f" {member.name} ")


@pytest.mark.parametrize(
    "how",
    ["employer leads", "employer is a member", "left a member unit last year", "employer by another spelling"],
)
def test_r1_own_employer_is_found_nowhere_and_never_assigned(client, how):
    round, people, officer = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    item = seat.item
    stored = StoredFile.objects.create(sha256="d" * 64, size=1, name="方案.pdf", content_type="application/pdf")
    item.version.files.add(stored)
    client.force_login(people[0].user)
    assert client.get(reverse("review_seat", args=[seat.pk])).status_code == 200
    _enter(how, people[0], item.application)
    of_seats = [row for row in OBJECT_ROWS if "/seats/" in row.pattern]
    assert {(row.name, visit(client, row, seat.pk)) for row in of_seats} == {(row.name, 404) for row in of_seats}
    for name in ("file", "file_view"):
        assert client.get(reverse(name, args=[stored.public_id])).status_code == 404
    for path in (reverse("review_desk"), f"/search/?q={item.title}", reverse("home")):
        # The number, since the search repeats what was asked.
        assert item.number not in client.get(path, follow=True).content.decode(), path
    application = item.application
    for path in (
        f"/applications/{application.public_id}/",
        f"/applications/{application.public_id}/versions/1/",
        f"/applications/{application.public_id}/receipt/",
        f"/admin/autocomplete/?term={item.title}",
        "/admin/projects/application/export/",
    ):
        assert client.get(path).status_code in (302, 403, 404), path
    newcomer = make_expert()
    _enter(how, newcomer, application)
    with pytest.raises(Refused):
        rounds.assign_expert(item=item, expert=Expert.objects.get(pk=newcomer.pk), by=officer)


def test_r3_an_expert_of_one_panel_finds_nothing_of_another():
    first, people, _ = worlds.open_world()
    second, others, _ = worlds.open_world()
    for expert in people:
        worlds.accept(worlds.seat_of(first, expert))
    foreign = [worlds.accept(worlds.seat_of(second, expert)) for expert in others]
    client = Client()
    client.force_login(people[0].user)
    wrong = {}
    for row in OBJECT_ROWS:
        about = [second.pk] if "/rounds/" in row.pattern else [seat.pk for seat in foreign]
        for pk in about:
            status = visit(client, row, pk)
            if status != 404:
                wrong[row.name, pk] = status
    assert len(OBJECT_ROWS) >= 8
    assert wrong == {}


def test_r8_units_never_read_who_judged_or_how(client):
    round, people, officer = worlds.open_world()
    remark = "只写给中心看的评语，申报单位不应看到，任何页面和邮件里都没有，这里凑足三十个字。"
    for expert in people:
        seat = worlds.accept(worlds.seat_of(round, expert))
        worlds.save(seat, 80, comment=remark)
        sheets.submit_sheet(Assignment.objects.get(pk=seat.pk), by=expert.user)
    rounds.close_round(round, by=officer)
    application = round.items.get().application
    secrets = [remark, *(expert.user.name for expert in people)]
    users = [make_person(application.lead_unit, role) for role in ("drafter", "unitadmin", "supervisor", "member")]
    users += [application.leader]
    for user in users:
        client.force_login(user)
        for row in matrix.rows():
            if "GET" not in row.methods or row.pattern.startswith("/admin/") or "logout" in row.pattern:
                continue
            path = row.pattern.replace("<uuid:public_id>", str(application.public_id)).replace("<int:number>", "1")
            if "<" in path:
                continue
            page = client.get(path)
            text = page.content.decode(errors="replace") if not page.streaming else ""
            assert [secret for secret in secrets if secret in text] == [], path
    told = Notification.objects.filter(user__in=users).values_list("title", "body")
    mails = OutboxMail.objects.filter(to__in=[user.email for user in users]).values_list("subject", "body")
    papers = Document.objects.filter(subject_id=str(application.pk)).values_list("snapshot", flat=True)
    whole = repr([*told, *mails, *papers])
    assert [secret for secret in secrets if secret in whole] == []


def test_r9_a_forwarded_link_opens_nothing_without_the_seat():
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    nobody, other = Client(), Client()
    other.force_login(make_expert().user)
    for row in OBJECT_ROWS:
        pk = round.pk if "/rounds/" in row.pattern else seat.pk
        path = row.pattern.replace("<int:pk>", str(pk))
        answer = nobody.get(path) if "GET" in row.methods else nobody.post(path)
        assert (row.name, answer.status_code, answer["Location"][:7]) == (row.name, 302, "/login/")
        assert (row.name, visit(other, row, pk)) == (row.name, 404)


def test_r12_the_same_person_on_two_accounts_is_kept_from_his_own_unit():
    round, people, officer = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client = Client()
    client.force_login(people[0].user)
    page = reverse("review_seat", args=[seat.pk])
    assert client.get(page).status_code == 200
    twin = make_person(seat.item.application.lead_unit, "drafter", phone="13800001234")
    type(twin).objects.filter(pk=people[0].user_id).update(phone="13800001234")
    assert client.get(page).status_code == 404
    newcomer = make_expert()
    type(twin).objects.filter(pk=newcomer.user_id).update(phone="13800001234")
    with pytest.raises(Refused):
        rounds.assign_expert(item=seat.item, expert=Expert.objects.get(pk=newcomer.pk), by=officer)
    # The unit that he drafts for leads nothing of this one: no reason to keep him away.
    free = make_expert()
    make_person(make_unit(), "drafter", phone=free.user.phone)
    assert rounds.assign_expert(item=seat.item, expert=free, by=officer).state == "assigned"


@pytest.mark.parametrize(
    "end",
    [
        lambda expert: Expert.objects.filter(pk=expert.pk).update(term_until=timezone.localdate() - timedelta(days=1)),
        lambda expert: Expert.objects.filter(pk=expert.pk).update(available=False),
        lambda expert: type(expert.user).objects.filter(pk=expert.user_id).update(is_active=False),
        lambda expert: type(expert.user).objects.filter(pk=expert.user_id).update(valid_until=timezone.now()),
    ],
    ids=["term over", "out of the pool", "account closed", "account expired"],
)
def test_r13_a_live_session_ends_with_the_experts_standing(end):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client = Client()
    client.force_login(people[0].user)
    page = reverse("review_seat", args=[seat.pk])
    assert client.get(page).status_code == 200
    end(people[0])
    assert client.get(page).status_code in (302, 403, 404)
    assert client.post(page, {"revision": "0", "points_goals": "9"}).status_code in (302, 403, 404)
    assert seat.sheet.entries.filter(points__isnull=False).count() == 0


def test_pages_of_experts_are_kept_by_no_cache(client):
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    client.force_login(people[0].user)
    for path in (
        reverse("review_desk"),
        reverse("review_seat", args=[seat.pk]),
        reverse("review_print", args=[seat.pk]),
    ):
        answer = client.get(path)
        assert (answer["Cache-Control"], answer.get("ETag"), answer.get("Last-Modified")) == (
            "private, no-store",
            None,
            None,
        )


def test_staff_of_the_platform_open_no_page_of_a_review():
    round, people, _ = worlds.open_world()
    seat = worlds.accept(worlds.seat_of(round, people[0]))
    for duty in ("sysadmin", "logadmin", "finance"):
        client = Client()
        client.force_login(make_user(duty))
        for path in (
            f"/reviews/seats/{seat.pk}/",
            f"/admin/reviews/round/{round.pk}/change/",
            f"/admin/reviews/round/{round.pk}/ranking/",
            f"/admin/reviews/assignment/{seat.pk}/change/",
            "/admin/reviews/round/",
        ):
            assert client.get(path).status_code in (403, 404), (duty, path)
