"""Who reviews what: an optimiser with conflicts as hard constraints, repeatable by its seed (D2)."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WEIGHTS = {"field": 12, "background": 8, "load": 3}
_SECONDS = 20


@dataclass(frozen=True)
class Candidate:
    """An expert in the pool: id, fields, background (technology, industry, finance), seats he may still take."""

    id: int
    fields: frozenset[str]
    background: str
    capacity: int


@dataclass(frozen=True)
class Subject:
    """An item to be reviewed: id, field, seats still wanted, experts who may not sit on it, those who already do."""

    id: int
    field: str
    wanted: int
    barred: frozenset[int]
    seated: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Seat:
    """One proposed seat and why."""

    subject: int
    expert: int
    reason: str


@dataclass(frozen=True)
class Draw:
    """A result: seats, and for each subject that stays short the number missing and why (Chinese)."""

    seed: str
    seats: tuple[Seat, ...]
    unfilled: tuple[tuple[int, int, str], ...]


def draw(subjects: Iterable[Subject], candidates: Iterable[Candidate], seed: str) -> Draw:
    """Fill as many seats as possible, then prefer matching fields, mixed backgrounds and even loads.

    The same input and seed give the same draw; the seed decides between equals. Conflicts and capacities always hold.
    """
    subjects = sorted(subjects, key=lambda subject: subject.id)
    candidates = sorted(candidates, key=lambda candidate: candidate.id)
    chosen = _solve(subjects, candidates, seed)
    pool = {candidate.id: candidate for candidate in candidates}
    seats = tuple(
        Seat(subject.id, expert, _reason(subject, pool[expert]))
        for subject in subjects
        for expert in chosen.get(subject.id, ())
    )
    unfilled = tuple(
        (subject.id, missing, _shortage(subject, candidates))
        for subject in subjects
        if (missing := subject.wanted - len(chosen.get(subject.id, ()))) > 0
    )
    return Draw(seed, seats, unfilled)


def _open_pairs(subjects: list[Subject], candidates: list[Candidate]) -> list[tuple[Subject, Candidate]]:
    return [
        (subject, candidate)
        for subject in subjects
        if subject.wanted > 0
        for candidate in candidates
        if candidate.capacity > 0 and candidate.id not in subject.barred | subject.seated
    ]


def _solve(subjects: list[Subject], candidates: list[Candidate], seed: str) -> dict[int, list[int]]:
    """Subject id -> expert ids, by CP-SAT with one worker, so that the answer does not depend on timing."""
    from ortools.sat.python import cp_model  # noqa: PLC0415, slow to load

    pairs = _open_pairs(subjects, candidates)
    if not pairs:
        return {}
    model = cp_model.CpModel()
    take = {(s.id, c.id): model.new_bool_var(f"x{s.id}_{c.id}") for s, c in pairs}
    for subject in subjects:
        model.add(sum(take[key] for key in take if key[0] == subject.id) <= max(subject.wanted, 0))
    for candidate in candidates:
        model.add(sum(take[key] for key in take if key[1] == candidate.id) <= max(candidate.capacity, 0))
    gain = _preferences(pairs, seed, take)
    gain += _mix(model, pairs, take)
    gain += _evenness(model, candidates, take)
    # One filled seat outweighs every preference together.
    model.maximize(sum(take.values()) * 1_000 + sum(gain))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = random.Random(seed).randrange(2**31)  # noqa: S311, repeatable on purpose
    solver.parameters.max_deterministic_time = _SECONDS
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {}
    chosen: dict[int, list[int]] = {}
    for (subject_id, expert_id), variable in take.items():
        if solver.value(variable):
            chosen.setdefault(subject_id, []).append(expert_id)
    return chosen


def _preferences(pairs, seed: str, take) -> list:
    """Matching fields count; the seed adds a small lot to every pair."""
    lots = random.Random(seed)  # noqa: S311, a recorded draw must be repeatable
    return [take[s.id, c.id] * (lots.randrange(4) + (WEIGHTS["field"] if s.field in c.fields else 0)) for s, c in pairs]


def _mix(model, pairs, take) -> list:
    """One point of gain for each background that sits on a subject at least once."""
    groups: dict[tuple[int, str], list] = {}
    for subject, candidate in pairs:
        groups.setdefault((subject.id, candidate.background), []).append(take[subject.id, candidate.id])
    gain = []
    for (subject_id, background), variables in groups.items():
        present = model.new_bool_var(f"b{subject_id}_{background}")
        model.add(sum(variables) >= present)
        gain.append(present * WEIGHTS["background"])
    return gain


def _evenness(model, candidates: list[Candidate], take) -> list:
    """The heaviest load is pushed down, so that seats spread over the pool."""
    heaviest = model.new_int_var(0, max(candidate.capacity for candidate in candidates), "heaviest")
    for candidate in candidates:
        mine = [variable for key, variable in take.items() if key[1] == candidate.id]
        if mine:
            model.add(sum(mine) <= heaviest)
    return [heaviest * -WEIGHTS["load"]]


def _reason(subject: Subject, candidate: Candidate) -> str:
    words = {"technology": "技术", "industry": "产业", "finance": "财务"}
    match = f"熟悉“{subject.field}”" if subject.field in candidate.fields else "领域不完全对应，按负担均衡选取"
    return f"{match}；{words.get(candidate.background, candidate.background)}类专家；无利益冲突"


def _shortage(subject: Subject, candidates: list[Candidate]) -> str:
    kinds = Counter(
        "conflict" if c.id in subject.barred else "full" if c.capacity <= 0 else "free"
        for c in candidates
        if c.id not in subject.seated
    )
    return f"候选专家 {len(candidates)} 人：需回避 {kinds['conflict']} 人，已达负担上限 {kinds['full']} 人。"
