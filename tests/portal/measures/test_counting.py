import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.counting import count_strict, count_word_like, is_repetitive
from tests.portal.measures.facts import chinese

SAMPLE = "本项目2025年完成3项成果转化，AI for Science。"
PADS = [
    " ",
    "　",
    "\n",
    "。",
    "，",
    "\u200b",
    "\ufe0f",
    "\u0301",
    "\u2800",
    "\u3164",
    "\U000e0100",
    "々",
    "①",
    "ー",
    "㈱",
    "🈚",
    "😀",
]


def test_counts_match_the_stated_example():
    assert count_strict(SAMPLE) == 16
    assert count_word_like(SAMPLE) == 18


@pytest.mark.parametrize("pad", PADS, ids=[f"U+{ord(pad):04X}" for pad in PADS])
def test_strict_count_ignores_padding(pad):
    assert count_strict(chinese(1999) + pad * 50) == 1999
    assert count_strict(pad.join(chinese(1999))) == 1999


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("完成率达98.5%", 5),
        ("ＡＩ技术", 3),
        ("A\u200bI", 1),
        ("e\u0301tude", 1),
        ("1,234.50元", 2),
        ("state-of-the-art", 1),
        ("二〇二五年", 5),
        ("⽹络", 2),
        ("𠮷", 1),
        ("3\n5", 2),
    ],
)
def test_strict_count_of_mixed_text(text, count):
    assert count_strict(text) == count


@given(st.text(), st.text())
def test_strict_count_never_exceeds_length_and_joins_at_most_one_run(left, right):
    assert 0 <= count_strict(left) <= len(left)
    assert count_strict(left) + count_strict(right) - 1 <= count_strict(left + right)


@given(st.text(st.characters(categories=("Lo",), min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_han_text_counts_letter_by_letter(text):
    assert count_strict(text) == count_word_like(text) == len(text)


@pytest.mark.parametrize("times", [2, 5, 20])
def test_pasted_paragraph_is_repetitive(times):
    assert is_repetitive(chinese(200) * times)
    assert is_repetitive((chinese(200) + "第1点。") * times)


def test_numbering_does_not_hide_repetition():
    assert is_repetitive("".join(f"（{number}）{chinese(100)}。" for number in range(20)))


def test_ordinary_or_short_text_is_not_repetitive():
    assert not is_repetitive(chinese(2000))
    assert not is_repetitive("成果转化" * 10)
    assert not is_repetitive("")
