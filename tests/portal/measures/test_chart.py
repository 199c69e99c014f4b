"""Charts of accounts: data of three systems, and what a cell means in them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortia.models import AccountingSystem
from portal.editions import edition
from portal.measures.chart import CHARTS, load_chart

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize("system", AccountingSystem.values)
def test_every_accounting_system_of_a_unit_has_a_sound_chart(system):
    chart = load_chart(system, TODAY)
    assert chart.system == system
    assert chart.title == AccountingSystem(system).label
    codes = [account.code for account in chart.accounts]
    assert len(codes) == len(set(codes))
    assert all(code.isdecimal() and len(code) >= 4 for code in codes)
    assert all(account.name and account.kind for account in chart.accounts)
    categories = {item.code for item in edition("2025").budget_categories}
    assert {account.category for account in chart.accounts} <= categories | {""}
    assert chart.spending


def test_files_and_systems_fit():
    assert {path.name.rsplit("-", 1)[0] for path in CHARTS.glob("*.toml")} == set(AccountingSystem.values)
    assert load_chart("nothing", TODAY) is None
    assert load_chart("government", date(2018, 12, 31)).title == "政府会计制度"


@pytest.mark.parametrize(
    ("system", "text", "code"),
    [
        ("enterprise", "5301 研发支出", "5301"),
        ("enterprise", "530101", "5301"),
        ("enterprise", "5301.01.02", "5301"),
        ("enterprise", "研发支出——费用化支出", "5301"),
        ("government", "业务活动费用-商品和服务费用-会议费", "30215"),
        ("government", "5001 业务活动费用_差旅费", "30211"),
        ("government", "５００１　业务活动费用", "5001"),
        ("government", "30299", "30299"),
        ("non_profit", "5101", "5101"),
        ("non_profit", "业务活动成本/会议费", "5101"),
    ],
)
def test_cell_means_the_most_detailed_account_it_names(system, text, code):
    assert load_chart(system, TODAY).find(text).code == code


@pytest.mark.parametrize("text", ["", "9901", "99 会议费", "神秘科目", "12", "-", "530"])
def test_cell_of_no_account_of_the_system_is_unknown(text):
    assert load_chart("enterprise", TODAY).find(text) is None


def test_bare_code_gets_the_name_of_its_account_and_nothing_else_changes():
    chart = load_chart("enterprise", TODAY)
    assert chart.full("530101") == "530101 研发支出"
    assert chart.full("5301 研发支出") == "5301 研发支出"
    assert chart.full("9999") == "9999"


@given(st.text(max_size=40), st.sampled_from(AccountingSystem.values))
def test_any_text_is_read_without_error(text, system):
    chart = load_chart(system, TODAY)
    found = chart.find(text)
    assert found is None or found in chart.accounts
    assert chart.full(text).startswith(text)
