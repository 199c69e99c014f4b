"""Questions that several lines raise together, and how seldom ordinary ledgers raise them (M8, art. 17(4))."""

import csv
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.lexicon import load_lexicon
from portal.measures.spending import ExpenseLine, check_ledger, check_line
from portal.measures.spending_patterns import Limits, questions

LIMITS, LEXICON = Limits(), load_lexicon(2025)
DAY = date(2025, 6, 3)
CORPUS = Path(__file__).parent / "corpus.csv"


def line(amount, *, payee="北京某会展服务有限公司", day=DAY, invoice="", label="", summary="产业创新活动搭建服务费"):
    return ExpenseLine(summary, "会议费", payee, Decimal(str(amount)), day=day, invoice=invoice, label=label)


def after(days):
    return DAY + timedelta(days=days)


def test_same_payee_day_and_amount_is_asked_about_and_names_the_other_voucher():
    found = questions([line(3000, label="记-1"), line(3000, payee="北京某会展 服务有限公司", label="记-2")], LIMITS)
    assert list(found) == [1]
    assert "凭证记-1" in found[1].told


@pytest.mark.parametrize(
    "other",
    [
        line(3000, day=after(1)),
        line(3000.01),
        line(3000, payee="北京另一会展服务有限公司"),
        line(3000, day=None),
        line(-3000),
    ],
)
def test_what_differs_in_day_amount_or_payee_is_no_double(other):
    assert questions([line(3000), other], LIMITS) == {}


def test_two_tickets_with_invoices_of_their_own_and_small_sums_are_no_doubles():
    assert questions([line(553, invoice="1"), line(553, invoice="2")], LIMITS) == {}
    assert questions([line(30), line(30)], LIMITS) == {}
    assert list(questions([line(553, invoice="1"), line(553)], LIMITS)) == [1]


def test_bills_just_under_a_ceiling_within_a_week_are_asked_about():
    split = [line(9800 + place, day=after(place), label=f"记-{place}") for place in range(3)]
    found = questions(split, LIMITS)
    assert sorted(found) == [0, 1, 2]
    assert "10,000" in found[0].told
    assert "凭证记-1、凭证记-2" in found[0].told
    assert questions(split[:2], LIMITS) == {}
    assert questions([line(9800 + place, day=after(10 * place)) for place in range(3)], LIMITS) == {}
    assert questions([line(10_001, day=after(place)) for place in range(3)], LIMITS) == {}


def test_series_of_round_sums_to_one_payee_is_asked_about():
    series = [line(20_000 + 10_000 * place, day=after(7 * place)) for place in range(3)]
    assert sorted(questions(series, LIMITS)) == [0, 1, 2]
    assert questions(series[:2], LIMITS) == {}
    assert questions([line(21_000 + 1_000 * place, day=after(place)) for place in range(6)], LIMITS) == {}


def test_questions_only_hold_what_would_be_allowed():
    lines = [line(3000, label="记-1"), line(3000, label="记-2"), line(3000, summary="违章罚款", label="记-3")]
    verdicts = check_ledger(lines, LEXICON)
    assert [verdict.verdict for verdict in verdicts] == ["allowed", "needs-review", "banned"]
    assert verdicts[1].article_item == "17(4)"
    assert verdicts[1].evidence[0].entry_id == "pattern.duplicate"


def test_large_sum_with_a_brief_summary_or_no_payee_is_asked_about():
    assert check_line(line(99_999.99, summary="样机测试费"), LEXICON).verdict == "allowed"
    brief = check_line(line(100_000, summary="样机测试费"), LEXICON)
    assert (brief.verdict, brief.article_item) == ("needs-review", "14(6)")
    assert "过于简略" in brief.reason
    told = "商业航天载荷样机第二批环境试验测试费"
    assert check_line(line(150_000, summary=told), LEXICON).verdict == "allowed"
    assert "没有写明收款方" in check_line(line(150_000, summary=told, payee=""), LEXICON).reason
    budget = ExpenseLine("样机测试费", amount=Decimal(150_000))
    assert check_line(budget, LEXICON).verdict == "allowed"


@pytest.mark.parametrize("summary", ["", "事项", "按审批单支付", "项目用款", "本月支出"])
def test_without_a_purpose_of_article_13_nothing_is_silently_allowed(summary):
    for amount in (1, 50_000):
        assert check_line(line(amount, summary=summary), LEXICON).verdict == "needs-review"


@pytest.mark.parametrize(
    "data",
    [{"nonsense": {"value": 1}}, {"large": {}}, {"large": {"value": "x"}}, {"brief": {"value": -1}}, {"large": 3}],
)
def test_wrong_limits_are_refused_with_a_sentence(data):
    with pytest.raises(ValueError, match="限额"):
        Limits.of(data)


LINES = st.builds(
    ExpenseLine,
    st.just("活动搭建"),
    payee=st.sampled_from(["甲公司", "乙公司", "甲 公司", ""]),
    amount=st.sampled_from([Decimal(n) for n in (-5, 0, 150, 9500, 9900, 9999, 20000, 49000, 95000)]),
    invoice=st.sampled_from(["", "1", "2"]),
    day=st.one_of(st.none(), st.integers(0, 40).map(after)),
)


@given(st.lists(LINES, max_size=25))
def test_any_lines_get_sentences_and_red_or_dayless_ones_none(lines):
    found = questions(lines, LIMITS)
    for place, question in found.items():
        assert lines[place].amount > 0
        assert lines[place].day
        assert question.told
        assert "{" not in question.told
    assert found.keys() == questions(lines, LIMITS).keys()


@given(st.lists(LINES, max_size=15), st.lists(LINES, max_size=5))
def test_a_line_of_another_payee_changes_nothing(lines, others):
    strangers = [ExpenseLine(o.summary, payee="完全无关公司", amount=o.amount, day=o.day) for o in others]
    found = questions(lines, LIMITS)
    assert found == {place: row for place, row in questions(lines + strangers, LIMITS).items() if place < len(lines)}


def ordinary_ledger(seed, payees=0):
    """Allowed lines of the corpus on random days, with amounts as they stand, of the payees named or of a few."""
    rng = random.Random(seed)
    with CORPUS.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["label"] == "allowed" and Decimal(row["金额"]) > 0]
    chosen = rng.sample(rows, 400)
    return [
        ExpenseLine(
            row["摘要"], row["科目"], f"常用供应商{rng.randrange(payees)}公司" if payees else row["收款方"],
            Decimal(row["金额"]), day=after(rng.randrange(200)),
            invoice=f"{rng.randrange(10**8):08d}" if rng.random() < 0.8 else "", label=f"记-{place:04d}",
        )
        for place, row in enumerate(chosen)
    ]  # fmt: skip


@pytest.mark.parametrize("payees", [0, 15, 40])
@pytest.mark.parametrize("seed", range(3))
def test_patterns_hold_at_most_three_of_a_hundred_ordinary_lines(seed, payees):
    lines = ordinary_ledger(seed, payees)
    plain = [check_line(row, LEXICON).verdict for row in lines]
    together = [verdict.verdict for verdict in check_ledger(lines, LEXICON)]
    held = sum(one == "allowed" and other != "allowed" for one, other in zip(plain, together, strict=True))
    assert held <= 0.03 * plain.count("allowed")


class Watched:
    """A line that counts how often it is looked at: steps, where seconds would measure the machine."""

    looks = 0

    def __init__(self, row):
        self._row = row

    def __getattr__(self, name):
        Watched.looks += 1
        return getattr(self._row, name)


def test_patterns_look_at_each_line_a_bounded_number_of_times():
    def looks(count):
        rows = [line(9000 + place % 999, day=after(place % 300), payee=f"公司{place % 7}") for place in range(count)]
        Watched.looks = 0
        questions([Watched(row) for row in rows], LIMITS)
        return Watched.looks / count

    assert looks(1_000) < looks(20_000) < 60
