"""Sums of money: equal to plain SQL, constant queries for many projects, figures for the apps below (M15, M16)."""

import json
from decimal import Decimal

import pytest
from django.db import connection

from funding.queries import budget_vs_actual, money_summary, with_money
from funding.queries.seams import figures
from portal.measures.rmb import round_fen
from tests.funding.money_tools import make_scene

pytestmark = pytest.mark.django_db


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return round_fen(Decimal(str(cursor.fetchone()[0] or 0)))


def test_sums_equal_plain_sql_to_the_fen():
    scene = make_scene()
    for number, amount in enumerate(("0.10", "0.20", "33.33", "33.33", "33.34", "9999.99")):
        scene.book(f"记-{number}", amount, category="meeting_fee")
    scene.book("记-9", "77.77", source="matching", category="material_fee")
    scene.banned("记-10", "12.50")
    money = money_summary(scene.project)
    spent = "SELECT SUM(amount) FROM funding_ledgerline WHERE project_id = %s AND source = %s"
    paid = "SELECT SUM(amount) FROM funding_disbursement WHERE project_id = %s AND state IN ('paid', 'received')"
    assert money.spent == sql(spent, scene.project.pk, "grant") == Decimal("10112.79")
    assert money.spent_matching == sql(spent, scene.project.pk, "matching") == Decimal("77.77")
    assert money.paid == sql(paid, scene.project.pk)
    assert money.available == money.paid - money.spent
    assert (money.banned, money.banned_count) == (Decimal("12.50"), 1)
    rows = budget_vs_actual(scene.project)
    assert sum(row["spent"] for row in rows) == money.spent
    assert sum(row["matching_spent"] for row in rows) == money.spent_matching


@pytest.mark.parametrize("count", [1, 3])
def test_many_projects_take_four_queries(django_assert_num_queries, count):
    scenes = [make_scene() for _ in range(count)]
    scenes[0].book()
    with django_assert_num_queries(4):
        projects = with_money([scene.project for scene in scenes])
    assert [project.money.spent for project in projects] == [1000, 0, 0][:count]


def test_project_without_payment_has_no_rate():
    money = money_summary(make_scene(paid=False).project)
    assert (money.execution_rate, money.contract_rate, money.available) == (None, Decimal("0.00"), Decimal("0.00"))


def test_figures_are_plain_json_with_amounts_as_text():
    scene = make_scene()
    scene.book(amount="210000.00", category="meeting_fee")
    found = json.loads(json.dumps(figures(scene.project)))
    assert (found["paid"], found["spent"], found["execution_rate"]) == ("210000.00", "210000.00", "100.00")
    assert found["categories"][0]["left"] == "90000.00"
