"""Two versions side by side: nothing is lost, whatever was typed, and it ends in time."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.queries.application_comparison import ADDED, CHANGED, REMOVED, SAME, compare
from projects.queries.text_diff import ADDED as INSERTED
from projects.queries.text_diff import KEPT, Clock, blocks
from projects.queries.text_diff import REMOVED as DELETED

WORDS = st.text(alphabet="协同攻关指标。，\n a1\r\u200b", max_size=60)
AMOUNTS = st.decimals(min_value="0.01", max_value="999999", places=2).map(str)
ITEMS = st.sampled_from(["场地", "专家咨询", "印刷", "测试"])
LINES = st.lists(st.tuples(ITEMS, AMOUNTS), max_size=6)
NAMES = st.lists(st.tuples(st.sampled_from(["甲", "乙", "丙"]), st.sampled_from("12")), max_size=5)


def joined(found, *signs) -> str:
    return "".join(text for block in found for sign, text in block.runs if sign in signs)


def ended(text: str) -> str:
    return f"{text}\n" if text else ""


@given(WORDS, WORDS)
def test_both_texts_can_be_rebuilt(old, new):
    found = blocks(old, new, Clock.start())
    assert joined(found, KEPT, DELETED) == ended(old)
    assert joined(found, KEPT, INSERTED) == ended(new)
    assert all(block.kept == all(sign == KEPT for sign, _ in block.runs) for block in found)


@given(WORDS)
def test_equal_texts_have_no_change(text):
    assert all(block.kept for block in blocks(text, text, Clock.start()))


def test_reworded_sentence_is_marked_inside_its_paragraph():
    old = "第一段。\n每月调度一次，按季评估。\n第三段。"
    new = "第一段。\n每周调度一次，按季评估。\n第三段。\n第四段。"
    first, second, third, fourth = blocks(old, new, Clock.start())
    assert (first.kept, third.kept, first.paragraphs) == (True, True, 1)
    assert (DELETED, "月") in second.runs
    assert (INSERTED, "周") in second.runs
    assert fourth.runs == ((INSERTED, "第四段。\n"),)


def test_hostile_texts_end_in_time_and_lose_nothing():
    old, new = (
        "".join(chr(0x4E00 + i * 7 % 5000) for i in range(40_000)),
        "".join(chr(0x4E00 + i * 11 % 5000) for i in range(40_000)),
    )
    started = time.monotonic()
    found = blocks(old, new, Clock.start(0.5))
    assert time.monotonic() - started < 10
    assert joined(found, KEPT, DELETED) == ended(old)
    assert joined(found, KEPT, INSERTED) == ended(new)


def version(lines=(), people=(), text="") -> dict:
    """A snapshot with these lines of the budget, people and text."""
    blank = {"category": "会议费", "source": "自筹", "direction": "", "basis": "", "quantity": "1", "times": "1"}
    rows = [blank | {"item": item, "amount": amount, "unit_price": amount} for item, amount in lines]
    team = [{"name": name, "unit": unit, "title": "", "task": "", "months": "1"} for name, unit in people]
    total = str(sum((Decimal(amount) for _, amount in lines), Decimal(0)))
    sections = [{"code": "rationale", "title": "立项依据", "text": text}]
    return {"sections": sections, "budget": {"lines": rows, "sources": [], "total": total}, "team": team}


def part(old, new, code):
    return next(part for part in compare(old, new) if part.code == code)


def amounts(rows, side: str) -> list[tuple[str, str]]:
    return sorted((row.name, value) for row in rows if (value := getattr(row.fields[0], side)))


def money(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace("¥", "").replace(",", "") or "0")


@given(LINES, LINES)
def test_every_line_of_both_budgets_is_there_and_differences_add_up(old, new):
    found = part(version(old), version(new), "budget")
    assert len(amounts(found.rows, "old")) == len(old)
    assert len(amounts(found.rows, "new")) == len(new)
    added = sum((money(row.fields[0].difference) for row in found.rows), Decimal(0))
    assert added == sum(Decimal(a) for _, a in new) - sum(Decimal(a) for _, a in old)


@given(NAMES, NAMES)
def test_rows_are_matched_by_name_and_counted(old, new):
    found = part(version(people=old), version(people=new), "team")
    assert sum(row.status in (SAME, CHANGED, REMOVED) for row in found.rows) == len(old)
    assert sum(row.status in (SAME, CHANGED, ADDED) for row in found.rows) == len(new)
    assert found.count + found.same == len(found.rows)
    assert sorted(old) == sorted((row.name, row.fields[0].old) for row in found.rows if row.status != ADDED)


@given(LINES, NAMES, WORDS)
def test_a_version_equals_itself(lines, people, text):
    same = version(lines, people, text)
    assert all(part.count == 0 for part in compare(same, same))


@pytest.mark.parametrize("old", [{}, {"sections": []}, {"budget": {}}])
def test_version_of_another_shape_can_still_be_compared(old):
    new = version([("场地", "1.00")], [("甲", "1")], "一段。")
    counts = {part.code: part.count for part in compare(old, new) if part.count}
    assert counts == {"rationale": 1, "budget": 1, "totals": 2, "team": 1}
