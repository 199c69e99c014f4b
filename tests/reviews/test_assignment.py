"""The draw is the best there is, keeps conflicts and loads whatever comes in, and repeats itself."""

import random
from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignment import BACKGROUNDS, LOT, WEIGHTS, Candidate, Lots, Subject, draw

WORDS = tuple(BACKGROUNDS)
ONE_OF_EACH = dict.fromkeys(WORDS, 1)


def _candidates(count: int, capacity: int = 3) -> list[Candidate]:
    return [
        Candidate(number, frozenset({"人工智能"} if number % 2 else {"高端装备"}), WORDS[number % 3], capacity)
        for number in range(count)
    ]


def _random_case(source: random.Random, subjects: int, experts: int, wanted: int):
    """A random instance with conflicts, hints, people seated before, absences and earlier loads."""
    ids = range(experts)
    pick = lambda share: frozenset(n for n in ids if source.random() < share)  # noqa: E731
    pool = [
        Candidate(
            n, frozenset(source.sample("ABC", source.randrange(3))), source.choice(WORDS), source.randrange(4),
            source.randrange(5), source.randrange(3), source.random() < 0.5,
            source.choice(["", "", "", "away", "term", "off"]),
        )
        for n in ids
    ]  # fmt: skip
    rows = [
        Subject(n, source.choice("ABC"), source.randrange(wanted + 1), pick(0.2), pick(0.1), pick(0.1), pick(0.1))
        for n in range(subjects)
    ]
    return rows, pool


def _allowed(subject: Subject, pool: list[Candidate]) -> set[int]:
    shut = subject.barred | subject.held | subject.seated | subject.panel
    return {c.id for c in pool if c.id not in shut and not c.closed and c.capacity > 0}


def _cost(subjects, pool, chosen, seed: str) -> int:
    """The stated objective, worked out without the network."""
    lots, byid = Lots(seed), {c.id: c for c in pool}
    total = sum(max(s.wanted, 0) for s in subjects)
    points = lottery = 0
    for subject in subjects:
        experts = chosen[subject.id]
        points += WEIGHTS["shortage"] * sum(range(len(experts)))
        points -= WEIGHTS["field"] * sum(subject.field in byid[e].fields for e in experts)
        before = Counter(byid[e].background for e in subject.panel)
        drawn = Counter(byid[e].background for e in experts)
        points -= WEIGHTS["mix"] * sum(min(drawn[b], max(ONE_OF_EACH[b] - before[b], 0)) for b in WORDS)
        lottery += sum(lots.of("seat", subject.id, e) for e in experts)
    loads = Counter(e for experts in chosen.values() for e in experts)
    points += WEIGHTS["load"] * sum(byid[e].load + place for e, n in loads.items() for place in range(n))
    return points * max(total, 1) * LOT + lottery


def _best(subjects, pool, seed: str):
    """All ways to fill the seats, one by one."""
    ways = [[way for n in range(s.wanted + 1) for way in combinations(sorted(_allowed(s, pool)), n)] for s in subjects]
    capacity = {c.id: c.capacity for c in pool}
    best = None
    for combination in product(*ways):
        loads = Counter(e for way in combination for e in way)
        if any(n > capacity[e] for e, n in loads.items()):
            continue
        chosen = {s.id: way for s, way in zip(subjects, combination, strict=True)}
        key = (-sum(map(len, combination)), _cost(subjects, pool, chosen, seed))
        best = key if best is None else min(best, key)
    return best


def _chosen(subjects, result) -> dict[int, tuple[int, ...]]:
    return {s.id: tuple(seat.expert for seat in result.seats if seat.subject == s.id) for s in subjects}


@pytest.mark.parametrize("number", range(60))
def test_draw_is_as_good_as_the_best_of_all_ways(number):
    subjects, pool = _random_case(random.Random(number), subjects=3, experts=5, wanted=2)
    chosen = _chosen(subjects, draw(subjects, pool, str(number)))
    found = (-sum(map(len, chosen.values())), _cost(subjects, pool, chosen, str(number)))
    assert found == _best(subjects, pool, str(number))


def test_a_thousand_draws_have_no_conflict_no_overload_no_duplicate():
    for number in range(1000):
        source = random.Random(number)
        subjects, pool = _random_case(source, source.randrange(1, 9), source.randrange(1, 15), wanted=5)
        result = draw(subjects, pool, str(number))
        chosen = _chosen(subjects, result)
        pairs = [(seat.subject, seat.expert) for seat in result.seats]
        assert len(set(pairs)) == len(pairs)
        assert all(set(chosen[s.id]) <= _allowed(s, pool) for s in subjects)
        loads = Counter(expert for _, expert in pairs)
        assert all(loads[c.id] <= c.capacity for c in pool)
        missing = {row.subject: row.missing for row in result.unfilled}
        assert all(len(chosen[s.id]) + missing.get(s.id, 0) == s.wanted for s in subjects)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_order_of_the_input_does_not_matter(number, shuffler):
    subjects, pool = _random_case(random.Random(number), subjects=5, experts=8, wanted=3)
    first = draw(subjects, pool, "2025")
    shuffler.shuffle(subjects)
    shuffler.shuffle(pool)
    assert draw(subjects, pool, "2025") == first


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_what_is_said_of_seats_and_shortages_is_true(number):
    subjects, pool = _random_case(random.Random(number), subjects=4, experts=7, wanted=4)
    result = draw(subjects, pool, "7")
    byid, loads = {c.id: c for c in pool}, Counter(seat.expert for seat in result.seats)
    by_subject = {s.id: s for s in subjects}
    for seat in result.seats:
        expert, subject = byid[seat.expert], by_subject[seat.subject]
        assert ("熟悉" in seat.reason) == (subject.field in expert.fields)
        assert BACKGROUNDS[expert.background] in seat.reason
        assert f"共 {expert.load + loads[expert.id]} 项" in seat.reason
    for row in result.unfilled:
        subject = by_subject[row.subject]
        told = {pk: why for why, ids in row.left_out.items() for pk in ids}
        seated = {seat.expert for seat in result.seats if seat.subject == row.subject}
        assert set(told) | seated == set(byid)
        assert all(told[pk] == "conflict" for pk in subject.barred)
        full = [pk for pk, why in told.items() if why == "full"]
        assert all(loads[pk] >= byid[pk].capacity for pk in full)
        assert all(byid[pk].closed == why for pk, why in told.items() if why in ("away", "term", "off"))


def test_every_panel_gets_one_leader_of_senior_title_where_it_has_one():
    for number in range(100):
        subjects, pool = _random_case(random.Random(number), subjects=5, experts=9, wanted=3)
        result = draw(subjects, pool, str(number))
        byid = {c.id: c for c in pool}
        for subject in subjects:
            panel = [seat for seat in result.seats if seat.subject == subject.id]
            leads = [seat for seat in panel if seat.is_chair]
            assert len(leads) == bool(panel) or (subject.panel and len(leads) <= 1)
            if leads and any(byid[seat.expert].senior for seat in panel):
                assert byid[leads[0].expert].senior


def test_leading_is_shared_out():
    pool = [Candidate(n, frozenset(), "technology", 9, senior=True) for n in range(3)]
    result = draw([Subject(n, "A", 3, frozenset()) for n in range(6)], pool, "3")
    leads = Counter(seat.expert for seat in result.seats if seat.is_chair)
    assert sorted(leads.values()) == [2, 2, 2]


def test_draw_repeats_itself_and_the_seed_matters():
    subjects = [Subject(n, "商业航天", 2, frozenset()) for n in range(3)]
    experts = _candidates(12)
    assert draw(subjects, experts, "a") == draw(subjects, experts, "a")
    assert len({draw(subjects, experts, str(seed)).seats for seed in range(6)}) > 1


def test_equal_experts_are_drawn_equally_often():
    pool = [Candidate(n, frozenset(), "technology", 1) for n in range(4)]
    drawn = Counter(draw([Subject(1, "A", 1, frozenset())], pool, str(seed)).seats[0].expert for seed in range(400))
    assert all(60 <= drawn[n] <= 140 for n in range(4))


def test_the_lots_can_be_worked_out_by_hand():
    # b2sum of "7|seat|3|1", bytes 10 and 11: block 1 holds experts 32 to 63, expert 37 is its sixth.
    assert Lots("7").of("seat", 3, 37) == 0xEA8C


def test_draw_prefers_the_field_and_mixes_backgrounds():
    experts = [
        Candidate(1, frozenset({"人工智能"}), "technology", 2),
        Candidate(2, frozenset({"节能环保"}), "technology", 2),
        Candidate(3, frozenset({"人工智能"}), "finance", 2),
    ]
    result = draw([Subject(1, "人工智能", 2, frozenset())], experts, "7")
    assert {seat.expert for seat in result.seats} == {1, 3}
    assert all("熟悉" in seat.reason for seat in result.seats)
    assert result.unmet == ((1, "industry", 1),)


def test_a_seat_by_hand_counts_for_the_mix():
    experts = [Candidate(1, frozenset(), "finance", 2), Candidate(2, frozenset(), "technology", 2, load=5)]
    experts.append(Candidate(3, frozenset(), "finance", 0))
    result = draw([Subject(1, "A", 1, frozenset(), panel=frozenset({3}), chaired=True)], experts, "7")
    assert [(seat.expert, seat.is_chair) for seat in result.seats] == [(2, False)]


def test_draw_spreads_the_load_also_over_earlier_rounds():
    subjects = [Subject(n, "人工智能", 1, frozenset()) for n in range(4)]
    experts = [Candidate(n, frozenset({"人工智能"}), "technology", 4) for n in range(4)]
    assert max(Counter(seat.expert for seat in draw(subjects, experts, "3").seats).values()) == 1
    busy = [Candidate(0, frozenset({"人工智能"}), "technology", 4, load=9), *experts[1:]]
    assert 0 not in {seat.expert for seat in draw(subjects, busy, "3").seats}


def test_shortage_is_spread_over_the_items():
    subjects = [Subject(n, "A", 3, frozenset()) for n in range(3)]
    result = draw(subjects, [Candidate(n, frozenset(), "technology", 1) for n in range(6)], "1")
    assert [row.missing for row in result.unfilled] == [1, 1, 1]


def test_reserves_come_in_order_and_are_free():
    pool = [
        Candidate(1, frozenset(), "technology", 1),
        Candidate(2, frozenset("A"), "technology", 1, load=1),
        Candidate(3, frozenset("A"), "technology", 1, load=3),
        Candidate(4, frozenset("A"), "technology", 1, closed="away"),
        Candidate(5, frozenset("A"), "technology", 1),
    ]
    result = draw([Subject(1, "A", 1, frozenset())], pool, "1")
    assert [seat.expert for seat in result.seats] == [5]
    assert result.reserves == {1: (2, 3, 1)}


def test_draw_says_why_a_seat_stays_empty():
    pool = [*_candidates(2, capacity=1), Candidate(7, frozenset(), "finance", 3, closed="away")]
    result = draw([Subject(1, "人工智能", 3, frozenset({0}), held=frozenset({7}))], pool, "5")
    assert result.unfilled[0].sentence == "还缺 2 人。专家库共 2 人：须回避 1 人，同名或疑似关联待核 1 人。"
