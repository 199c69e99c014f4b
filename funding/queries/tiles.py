"""Figures of the pages of money, ready for the components."""

from funding.queries.money import MoneySummary
from portal.measures.rmb import format_money


def money_tiles(money: MoneySummary, ledger_url: str) -> list[dict]:
    """Six tiles: received, spent, held, banned, left, rate; held and banned lead into the ledger."""
    rate = "—" if money.execution_rate is None else f"{money.execution_rate}%"
    return [
        {"label": "已拨付", "value": format_money(money.paid), "hint": f"合同 {format_money(money.contract)}"},
        {
            "label": "已支出（专项）",
            "value": format_money(money.spent),
            "hint": f"自筹 {format_money(money.spent_matching)}",
        },
        {
            "label": "待核",
            "value": format_money(money.pending),
            "hint": f"{money.pending_count} 条",
            "url": f"{ledger_url}?verdict=needs-review",
            "tone": "warn" if money.pending_count else "",
        },
        {
            "label": "禁列未处理",
            "value": format_money(money.banned),
            "hint": f"{money.banned_count} 条",
            "url": f"{ledger_url}?verdict=banned",
            "tone": "danger" if money.banned_count else "",
        },
        {"label": "结余（已拨未用）", "value": format_money(money.surplus), "hint": _repaid(money)},
        {"label": "执行率", "value": rate, "hint": "专项支出÷已拨付"},
    ]


def _repaid(money: MoneySummary) -> str:
    return f"已缴回 {format_money(money.repaid)}" if money.repaid else ""
