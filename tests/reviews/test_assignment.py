"""The draw keeps conflicts and loads whatever comes in, and repeats itself."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignment import Candidate, Subject, draw

BACKGROUNDS = ("technology", "industry", "finance")


def _candidates(count: int, capacity: int = 3) -> list[Candidate]:
    return [
        Candidate(number, frozenset({"人工智能"} if number % 2 else {"高端装备"}), BACKGROUNDS[number % 3], capacity)
        for number in range(count)
    ]


@st.composite
def _cases(draw_from):
    experts = [
        Candidate(n, frozenset(draw_from(st.sets(st.sampled_from("ABC")))), draw_from(st.sampled_from(BACKGROUNDS)), c)
        for n, c in enumerate(draw_from(st.lists(st.integers(0, 4), min_size=1, max_size=7)))
    ]
    ids = st.sets(st.integers(0, len(experts) - 1))
    wanted = draw_from(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    subjects = [
        Subject(n, draw_from(st.sampled_from("ABC")), w, frozenset(draw_from(ids))) for n, w in enumerate(wanted)
    ]
    return subjects, experts


@settings(max_examples=40)
@given(_cases())
def test_draw_never_breaks_a_conflict_or_a_load(case):
    subjects, experts = case
    result = draw(subjects, experts, "1")
    pairs = [(seat.subject, seat.expert) for seat in result.seats]
    assert len(set(pairs)) == len(pairs)
    assert all(expert not in subjects[subject].barred for subject, expert in pairs)
    loads = Counter(expert for _, expert in pairs)
    assert all(loads[expert.id] <= expert.capacity for expert in experts)
    filled = Counter(subject for subject, _ in pairs)
    missing = {subject: short for subject, short, _ in result.unfilled}
    assert all(filled[s.id] + missing.get(s.id, 0) == s.wanted for s in subjects)


def test_draw_fills_every_seat_when_it_can():
    subjects = [Subject(n, "人工智能", 3, frozenset({0})) for n in range(4)]
    result = draw(subjects, _candidates(8), "2025")
    assert len(result.seats) == 12
    assert result.unfilled == ()


def test_draw_repeats_itself_and_the_seed_matters():
    subjects = [Subject(n, "商业航天", 2, frozenset()) for n in range(3)]
    experts = _candidates(12)
    assert draw(subjects, experts, "a") == draw(subjects, experts, "a")
    assert len({draw(subjects, experts, str(seed)).seats for seed in range(6)}) > 1


def test_draw_prefers_the_field_and_mixes_backgrounds():
    experts = [
        Candidate(1, frozenset({"人工智能"}), "technology", 2),
        Candidate(2, frozenset({"节能环保"}), "technology", 2),
        Candidate(3, frozenset({"人工智能"}), "finance", 2),
    ]
    result = draw([Subject(1, "人工智能", 2, frozenset())], experts, "7")
    assert {seat.expert for seat in result.seats} == {1, 3}
    assert all("熟悉" in seat.reason for seat in result.seats)


def test_draw_spreads_the_load():
    subjects = [Subject(n, "人工智能", 1, frozenset()) for n in range(4)]
    experts = [Candidate(n, frozenset({"人工智能"}), "technology", 4) for n in range(4)]
    assert max(Counter(seat.expert for seat in draw(subjects, experts, "3").seats).values()) == 1


def test_draw_says_why_a_seat_stays_empty():
    result = draw([Subject(1, "人工智能", 2, frozenset({0}))], _candidates(2, capacity=1), "5")
    assert result.unfilled == ((1, 1, "候选专家 2 人：需回避 1 人，已达负担上限 0 人。"),)
