"""Evidence shown in the text as typed: parts join to the original, disguised words are found (M5)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.highlight import highlight


@given(st.text(max_size=60), st.lists(st.text(max_size=5), max_size=4))
def test_parts_join_to_the_original(raw, found):
    parts = highlight(raw, found)
    assert "".join(text for text, _ in parts) == raw
    assert all(text for text, _ in parts)
    assert all(one[1] != other[1] for one, other in pairwise(parts))


@pytest.mark.parametrize(
    ("raw", "word", "marked"),
    [
        ("缴纳罚款一笔", "罚款", ["罚款"]),
        ("缴纳罰\u200b款", "罚款", ["罰\u200b款"]),
        ("罚，款和罚款", "罚款", ["罚款"]),
        ("罚.款", "罚款", ["罚.款"]),
        ("场租", "罚款", []),
        ("", "罚款", []),
        ("ＦＡｋｕａｎ", "fakuan", ["ＦＡｋｕａｎ"]),
    ],
)
def test_words_are_marked_as_they_stand(raw, word, marked):
    assert [text for text, is_hit in highlight(raw, [word]) if is_hit] == marked
