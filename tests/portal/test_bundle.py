"""Bundles: what they bring is what the ORM brings, in one query, whatever the table looks like."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from portal.bundle import Bundle, Question, moment
from portal.models import Event, Notification, User
from projects.models import Application, BudgetLine, FundingSource, Stage
from projects.queries.whole import whole_application
from tests import factories
from tests.projects import applying

pytestmark = pytest.mark.django_db
PARTS = ("sections", "kpi_targets", "funding_sources", "budget_lines", "stages", "team", "attachments")


def columns(row) -> dict:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def by_key(row) -> int:
    return row.pk


def test_a_whole_application_is_what_the_orm_reads_and_costs_one_query():
    team = applying.make_team()
    pk = applying.submitted(team).pk
    with CaptureQueriesContext(connection) as counted:
        whole = whole_application(pk)
        parts = {name: list(getattr(whole, name).all()) for name in PARTS}
        kinds = list(whole.call.attachment_kinds.all())
        people = (whole.leader.name, whole.declared_by.name, whole.submitted_by.name, whole.lead_unit.name)
    assert len(counted) == 1
    plain = Application.objects.get(pk=pk)
    assert columns(whole) == columns(plain)
    assert columns(whole.call) == columns(plain.call)
    assert columns(whole.consortium) == columns(plain.consortium)
    assert people == (plain.leader.name, plain.leader.name, plain.submitted_by.name, plain.lead_unit.name)
    for name, rows in parts.items():
        read = getattr(plain, name).all()
        if not read.ordered:
            rows, read = sorted(rows, key=by_key), read.order_by("pk")
        assert [columns(row) for row in rows] == [columns(row) for row in read], name
    assert [columns(row) for row in kinds] == [columns(row) for row in plain.call.attachment_kinds.all()]
    assert [columns(row.file) for row in parts["attachments"]] == [columns(row.file) for row in plain.attachments.all()]
    assert all(parts.values())


@pytest.mark.postgres
def test_postgresql_plans_a_bundle_once_a_connection():
    pk = applying.start(applying.make_team()).pk
    whole_application(pk)

    def prepared() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%bundle_part%"])
            return cursor.fetchone()[0]

    before = prepared()
    assert before > 0
    assert [whole_application(pk).pk for _ in range(7)] == [pk] * 7
    assert prepared() == before


def test_a_missing_relation_is_none_and_a_filter_asks_anew():
    whole = whole_application(applying.start(applying.make_team()).pk)
    assert whole.leader is None
    assert whole.declared_by is None
    team = applying.make_team()
    other = applying.fill(applying.start(team), team)
    assert not whole.stages.filter(name__gt="").exists()
    assert other.stages.exists()
    with pytest.raises(Application.DoesNotExist):
        whole_application(0)


def test_plain_rows_keep_order_parameters_and_groups():
    first, second = factories.make_user(), factories.make_user()
    Notification.objects.bulk_create(
        Notification(user=user, title=title) for user, title in [(first, "乙"), (first, "甲"), (second, "丙")]
    )

    def counted(user):
        return Notification.objects.filter(user=user).order_by().values("user").annotate(n=Count("pk"))

    bundle = Bundle(
        {"user": int, "title": str},
        {
            "own": Question(
                lambda user: Notification.objects.filter(user=user).order_by("title"), ("title", "created_at")
            ),
            "named": Question(lambda user, title: Notification.objects.filter(user=user, title=title), ("pk",)),
            "last": Question(lambda user: Notification.objects.filter(user=user).order_by("-pk")[:1], ("title",)),
            "n": Question(counted, ("n",)),
            "nothing": Question(lambda user: Notification.objects.none(), ("pk",)),
        },
    )
    for _ in range(2):
        answer = bundle.ask(user=first.pk, title="甲")
        assert [row["title"] for row in answer["own"]] == sorted(["甲", "乙"])
        assert len(answer["named"]) == 1
        assert answer["last"] == [{"title": "甲"}]
        assert answer["n"] == [{"n": 2}]
        assert answer["nothing"] == []
    assert abs(moment(answer["own"][0]["created_at"]) - timezone.now()) < timedelta(minutes=1)
    other = bundle.ask(user=second.pk, title="甲")
    assert other["named"] == []
    assert other["n"] == [{"n": 1}]
    with pytest.raises(KeyError):
        bundle.ask(user=first.pk)


def test_a_question_added_later_is_asked():
    bundle = Bundle({"user": int}, {"names": Question(lambda user: User.objects.filter(pk=user), ("name",))})
    user = factories.make_user()
    assert bundle.ask(user=user.pk) == {"names": [{"name": user.name}]}
    bundle.add("events", Question(lambda user: Event.objects.filter(actor=user), model=Event))
    assert bundle.ask(user=user.pk)["events"] == []


class Amounts(TestCase):
    """Amounts and texts of any look survive the way through JSON."""

    def setUp(self):
        self.application = applying.start(applying.make_team())

    @given(
        amount=st.decimals("0.00", "99999999999.99", places=2),
        price=st.decimals("0.01", "9999999999.99", places=2),
        text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=60),
    )
    def test_every_value_comes_back(self, amount, price, text):
        FundingSource.objects.create(application=self.application, kind="member", provider=text, amount=amount)
        rows = {"unit_price": price, "quantity": Decimal("1.50"), "amount": Decimal("0.01"), "basis": text}
        BudgetLine.objects.create(
            application=self.application, category="c", direction="d", item=text, source="grant", **rows
        )
        day = timezone.localdate()
        Stage.objects.create(application=self.application, name=text, start_on=day, end_on=day, goal=text)
        whole = whole_application(self.application.pk)
        for name in ("funding_sources", "budget_lines", "stages"):
            stored = list(getattr(Application(pk=whole.pk), name).all())
            assert [columns(row) for row in getattr(whole, name).all()] == [columns(row) for row in stored]


def test_questions_that_can_have_no_answer_ask_nothing():
    bundle = Bundle({"user": int})
    bundle.add("nobody", Question(lambda user: User.objects.filter(pk=user).none(), fields=("pk",)))
    with CaptureQueriesContext(connection) as counted:
        assert bundle.ask(user=1) == {"nobody": []}
    assert len(counted) == 0


def test_a_text_that_is_no_moment_is_refused():
    with pytest.raises(ValueError, match="no moment"):
        moment("yesterday")
