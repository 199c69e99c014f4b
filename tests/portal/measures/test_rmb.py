from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.rmb import (
    amount_in_words,
    format_formal,
    format_money,
    from_wan,
    is_positive_money,
    round_fen,
    to_wan,
)

CASES = {
    "0": "零元整",
    "0.01": "壹分",
    "0.50": "伍角",
    "1": "壹元整",
    "10": "壹拾元整",
    "19": "壹拾玖元整",
    "105": "壹佰零伍元整",
    "1010": "壹仟零壹拾元整",
    "1409.50": "壹仟肆佰零玖元伍角",
    "6007.14": "陆仟零柒元壹角肆分",
    "1680.32": "壹仟陆佰捌拾元叁角贰分",
    "107000.53": "壹拾万柒仟元伍角叁分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "325.04": "叁佰贰拾伍元零肆分",
    "100000": "壹拾万元整",
    "100100": "壹拾万零壹佰元整",
    "101000": "壹拾万壹仟元整",
    "1000001": "壹佰万零壹元整",
    "10000001": "壹仟万零壹元整",
    "100000001": "壹亿零壹元整",
    "100010000": "壹亿零壹万元整",
    "1000000000000": "壹万亿元整",
    "1234567890.12": "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分",
    "20000.05": "贰万元零伍分",
    "-100": "负壹佰元整",
    "-0.001": "零元整",
    "150000.005": "壹拾伍万元零壹分",
}
amounts = st.decimals(Decimal("0.00"), Decimal("9999999999999999.99"), places=2)
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(("amount", "words"), CASES.items())
def test_amount_in_words_follows_the_settlement_rules(amount, words):
    assert amount_in_words(Decimal(amount)) == words


def read_words(words):
    """Read formal capitals back into 元; written apart from the writer, group by group."""
    integer, _, rest = words.partition("元") if "元" in words else ("", "", words)
    groups = [0, 0, 0]
    yi, _, below = integer.rpartition("亿")
    for text, shift in ((yi, 10**8), (below, 1)):
        high, _, low = text.rpartition("万")
        groups[0] += (_group(high) * 10**4 + _group(low)) * shift
    return Decimal(groups[0]) + Decimal(_cents(rest)) / 100


def _group(text):
    total, digit = 0, 0
    for char in text:
        if char in _UNITS:
            total, digit = total + digit * _UNITS[char], 0
        else:
            digit = "零壹贰叁肆伍陆柒捌玖".index(char)
    return total + digit


def _cents(text):
    text = text.removesuffix("整").lstrip("零")
    jiao, _, fen = text.rpartition("角")
    return 10 * _group(jiao) + _group(fen.removesuffix("分"))


@given(amounts)
def test_amount_in_words_reads_back_to_the_fen(amount):
    words = amount_in_words(amount)
    assert read_words(words) == amount
    assert "零零" not in words
    assert not words.endswith("分整")


@given(amounts.filter(bool))
def test_negative_amounts_only_gain_a_sign(amount):
    assert amount_in_words(-amount) == f"负{amount_in_words(amount)}"


@pytest.mark.parametrize(
    "amount", [Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 16, Decimal("9999999999999999.995")]
)
def test_amount_in_words_refuses_what_cannot_be_written(amount):
    with pytest.raises(ValueError, match="一亿亿"):
        amount_in_words(amount)


@pytest.mark.parametrize("amount", [1.5, "1.50", True])
def test_money_refuses_other_types(amount):
    with pytest.raises(TypeError):
        round_fen(amount)


def test_format_money_writes_sign_separators_and_words():
    assert format_money(Decimal("1234.5")) == "¥1,234.50"
    assert format_money(Decimal("-0.005")) == "-¥0.01"
    assert format_formal(300000) == "¥300,000.00（人民币叁拾万元整）"


@given(st.decimals(Decimal("0.00"), Decimal("99999999.99"), places=2))
def test_wan_with_two_decimals_converts_back(wan):
    assert to_wan(from_wan(wan)) == wan


def test_to_wan_rounds_half_up():
    assert to_wan(Decimal("12345.67")) == Decimal("1.23")
    assert to_wan(Decimal(12350)) == Decimal("1.24")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0.01", True),
        ("0", False),
        ("-1", False),
        ("0.001", False),
        ("NaN", False),
        ("Infinity", False),
        ("1E+40", False),
    ],
)
def test_positive_money_is_whole_fen(amount, expected):
    assert is_positive_money(Decimal(amount)) is expected
