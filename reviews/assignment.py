"""Who reviews what: a minimum-cost flow with conflicts as missing arcs, repeatable by its seed (D2).

Seats flow from items over backgrounds to experts and on to the sink, where every further seat of an expert costs more.
Such a network has whole-number optima, so the draw is exact and takes seconds where a general solver takes minutes;
docs/decisions/assignment.md has the figures. Every weight is a whole number of points; a lot of the seed, too small to
outweigh one point, decides between equals and depends on nothing but the seed and the pair.
"""

import hashlib
import heapq
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

BACKGROUNDS = {"technology": "技术", "industry": "产业", "finance": "财务"}
# Points: an item that is one seat shorter than another; a wish of the panel met; a matching field; one seat of load.
WEIGHTS = {"shortage": 10_000, "mix": 1_000, "field": 12, "load": 3, "senior": 1_000}
LOT = 1 << 16
RESERVES = 5
CLOSED = {"off": "已停用", "term": "聘期已满", "away": "评审期间不便", "account": "账号停用或任职于管理单位"}


@dataclass(frozen=True)
class Candidate:
    """An expert of the pool: fields, background, seats he may still take in this round.

    `load` are seats he has already (this round, and other rounds of the year), `chairs` those he leads; `closed` says
    why he cannot be drawn at all (key of CLOSED), "" when he can.
    """

    id: int
    fields: frozenset[str]
    background: str
    capacity: int
    load: int = 0
    chairs: int = 0
    senior: bool = False
    closed: str = ""


@dataclass(frozen=True)
class Subject:
    """An item: field, seats still wanted; experts with a conflict, with a hint not yet decided, and ever seated here.

    `panel` are those seated now; `chaired` says that one of them leads.
    """

    id: int
    field: str
    wanted: int
    barred: frozenset[int]
    seated: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    panel: frozenset[int] = frozenset()
    chaired: bool = False


@dataclass(frozen=True)
class Seat:
    """One proposed seat and why."""

    subject: int
    expert: int
    reason: str
    is_chair: bool = False


@dataclass(frozen=True)
class Shortage:
    """A subject that stays `missing` seats short: candidate ids by what kept them away."""

    subject: int
    missing: int
    left_out: Mapping[str, tuple[int, ...]]

    @property
    def sentence(self) -> str:
        """Counts in Chinese."""
        words = {"conflict": "须回避", "held": "同名或疑似关联待核", "full": "已达负担上限", "seated": "已安排过本项目"}
        words |= CLOSED
        parts = [f"{words[key]} {len(ids)} 人" for key, ids in self.left_out.items() if ids]
        total = sum(map(len, self.left_out.values()))
        return f"还缺 {self.missing} 人。专家库共 {total} 人：{'，'.join(parts) or '无人'}。"


@dataclass(frozen=True)
class Draw:
    """A result: seats with reasons, what stays short, wishes not met (subject, background, number), reserves."""

    seed: str
    seats: tuple[Seat, ...] = ()
    unfilled: tuple[Shortage, ...] = ()
    unmet: tuple[tuple[int, str, int], ...] = ()
    reserves: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


class Lots:
    """The lots of a seed. That of a pair rests on nothing but seed and numbers, so anybody can work it out again:
    two bytes, big end first, of the BLAKE2b digest of "seed|purpose|item|block", where 32 experts share a block.
    """

    def __init__(self, seed: str):
        self.seed = seed
        self.blocks: dict[tuple[str, int, int], tuple[int, ...]] = {}

    def of(self, purpose: str, subject: int, expert: int) -> int:
        """0 to LOT - 1."""
        block, place = divmod(expert, 32)
        key = (purpose, subject, block)
        if key not in self.blocks:
            text = f"{self.seed}|{purpose}|{subject}|{block}"
            self.blocks[key] = struct.unpack(">32H", hashlib.blake2b(text.encode()).digest())
        return self.blocks[key][place]

    def row(self, purpose: str, subject: int, experts: Iterable[int]) -> dict[int, int]:
        """The lots of an item for many experts."""
        blocks = {expert // 32 for expert in experts}
        for block in blocks:
            self.of(purpose, subject, block * 32)
        whole = {block: self.blocks[purpose, subject, block] for block in blocks}
        return {expert: whole[expert >> 5][expert & 31] for expert in experts}


def draw(
    subjects: Iterable[Subject], candidates: Iterable[Candidate], seed: str, mix: Mapping[str, int] | None = None
) -> Draw:
    """Fill as many seats as possible, then at least weighted cost: shortage spread, mix, field, load, lot.

    `mix` is the wish for each panel, background -> at least so many (default: one of each). The same input in any
    order and the same seed give the same draw. Conflicts, hints, capacities and absences always hold.
    """
    mix = dict.fromkeys(BACKGROUNDS, 1) if mix is None else mix
    subjects = sorted(subjects, key=lambda subject: subject.id)
    candidates = sorted(candidates, key=lambda candidate: candidate.id)
    lots = Lots(seed)
    chosen = _seats(subjects, candidates, lots, mix)
    loads = Counter(expert for experts in chosen.values() for expert in experts)
    chairs = _chairs(subjects, {candidate.id: candidate for candidate in candidates}, chosen, lots)
    reserves = _reserves(subjects, candidates, chosen, loads, lots)
    return describe(subjects, candidates, seed, mix, Chosen(chosen, chairs, reserves))


@dataclass(frozen=True)
class Chosen:
    """The bare result: subject id -> expert ids, who leads, who steps in."""

    seats: Mapping[int, tuple[int, ...]]
    chairs: Mapping[int, int]
    reserves: Mapping[int, tuple[int, ...]]


def describe(
    subjects: list[Subject], candidates: list[Candidate], seed: str, mix: Mapping[str, int], chosen: Chosen
) -> Draw:
    """The Draw of a bare result, with a reason for each seat and for each that stays empty (both lists by id)."""
    loads = Counter(expert for experts in chosen.seats.values() for expert in experts)
    pool = {candidate.id: candidate for candidate in candidates}
    picked = {s.id: chosen.seats.get(s.id, ()) for s in subjects}
    seats = tuple(
        Seat(s.id, e, _reason(s, pool, e, picked[s.id], mix, loads), chosen.chairs.get(s.id) == e)
        for s in subjects
        for e in picked[s.id]
    )
    short = tuple(_shortage(s, candidates, picked[s.id], loads) for s in subjects if s.wanted > len(picked[s.id]))
    unmet = tuple(
        (s.id, background, missing)
        for s in subjects
        if s.wanted > 0
        for background, missing in _wishes(s, pool, mix, picked[s.id]).items()
    )
    return Draw(seed, seats, short, unmet, chosen.reserves)


def _shut(subject: Subject) -> frozenset[int]:
    return subject.barred | subject.held | subject.seated | subject.panel


def _wishes(subject: Subject, pool: Mapping[int, Candidate], mix: Mapping[str, int], chosen: Iterable[int] = ()):
    """Background -> how many the panel still lacks, only where it lacks any."""
    there = Counter(pool[expert].background for expert in (*subject.panel, *chosen) if expert in pool)
    return {background: wish - there[background] for background, wish in mix.items() if wish > there[background]}


class _Network:
    """Arcs collected in columns; the solver takes them at once."""

    def __init__(self):
        self.arcs: list[tuple[int, int, int, int]] = []
        self.numbers: dict[tuple, int] = {}

    def node(self, name: tuple) -> int:
        """The number of a named node."""
        return self.numbers.setdefault(name, len(self.numbers))

    def arc(self, tail: tuple, head: tuple, capacity: int, cost: int) -> int:
        """Add an arc between named nodes; returns its number."""
        self.arcs.append((self.node(tail), self.node(head), capacity, cost))
        return len(self.arcs) - 1

    def solve(self, supply: int) -> list[int]:
        """The flow on every arc, as much as can flow at the least cost."""
        from ortools.graph.python import min_cost_flow  # noqa: PLC0415, slow to load

        solver = min_cost_flow.SimpleMinCostFlow()
        numbers = solver.add_arcs_with_capacity_and_unit_cost(*zip(*self.arcs, strict=True))
        solver.set_node_supply(self.numbers[SOURCE], supply)
        solver.set_node_supply(self.numbers[SINK], -supply)
        status = solver.solve_max_flow_with_min_cost()
        if status != solver.OPTIMAL:
            raise ArithmeticError(f"the network has no optimum: {status}")
        return solver.flows(numbers).tolist()


SOURCE, SINK = ("source",), ("sink",)


def _seats(subjects, candidates, lots, mix) -> dict[int, tuple[int, ...]]:
    """Subject id -> expert ids in order of their number."""
    net, pool = _Network(), {candidate.id: candidate for candidate in candidates}
    short = [subject for subject in subjects if subject.wanted > 0]
    wanted = sum(subject.wanted for subject in short)
    point = max(wanted, 1) * LOT
    first: dict[int, tuple[int, list[Candidate]]] = {}
    for subject in short:
        _panel_arcs(net, subject, _wishes(subject, pool, mix), point)
        first[subject.id] = _pair_arcs(net, subject, candidates, lots, point)
    _load_arcs(net, candidates, wanted, point)
    chosen: dict[int, list[int]] = {subject.id: [] for subject in subjects}
    flow = net.solve(wanted) if any(experts for _, experts in first.values()) else []
    for subject_id, (start, experts) in first.items():
        taken = flow[start : start + len(experts)]
        chosen[subject_id] = [candidate.id for candidate, flows in zip(experts, taken, strict=False) if flows]
    return {subject_id: tuple(experts) for subject_id, experts in chosen.items()}


def _panel_arcs(net: _Network, subject: Subject, wishes: Mapping[str, int], point: int) -> None:
    """Later seats of an item cost more, so that shortage spreads; the first of a wished background cost less."""
    for place in range(subject.wanted):
        net.arc(SOURCE, ("s", subject.id), 1, WEIGHTS["shortage"] * place * point)
    for background in BACKGROUNDS:
        node = ("b", subject.id, background)
        if background in wishes:
            net.arc(("s", subject.id), node, wishes[background], -WEIGHTS["mix"] * point)
        net.arc(("s", subject.id), node, subject.wanted, 0)


def _pair_arcs(net: _Network, subject: Subject, candidates, lots: Lots, point: int) -> tuple[int, list[Candidate]]:
    """An arc to every expert who may be drawn; the number of the first, and the experts in order.

    There are hundreds of thousands of these arcs: names of nodes are looked up once for each background.
    """
    experts, start = _open_to(subject, candidates), len(net.arcs)
    tails = {background: net.node(("b", subject.id, background)) for background in BACKGROUNDS}
    row = lots.row("seat", subject.id, [candidate.id for candidate in experts])
    gain = WEIGHTS["field"] * point
    net.arcs += [
        (
            tails[candidate.background],
            net.node(("e", candidate.id)),
            1,
            row[candidate.id] - gain if subject.field in candidate.fields else row[candidate.id],
        )
        for candidate in experts
    ]
    return start, experts


def _open_to(subject: Subject, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Who may be drawn for the item."""
    shut = _shut(subject)
    return [c for c in candidates if c.capacity > 0 and not c.closed and c.id not in shut]


def _load_arcs(net: _Network, candidates, most: int, point: int) -> None:
    """The n-th seat of an expert costs n times the weight, so that seats go where there are fewest."""
    for candidate in candidates:
        if not candidate.closed:
            for place in range(min(candidate.capacity, most)):
                net.arc(("e", candidate.id), SINK, 1, WEIGHTS["load"] * (candidate.load + place) * point)


def _chairs(subjects, pool, chosen, lots) -> dict[int, int]:
    """Subject id -> who leads: a senior title if there is one, then the one who leads least (a network again)."""
    net, pairs = _Network(), {}
    rows = [(s.id, [e for e in (*sorted(s.panel), *chosen[s.id]) if e in pool]) for s in subjects if not s.chaired]
    rows = [(subject_id, panel) for subject_id, panel in rows if panel]
    point = max(len(rows), 1) * LOT
    for subject_id, panel in rows:
        net.arc(SOURCE, ("s", subject_id), 1, 0)
        for expert in panel:
            cost = lots.of("chair", subject_id, expert)
            cost += 0 if pool[expert].senior else WEIGHTS["senior"] * point
            pairs[net.arc(("s", subject_id), ("e", expert), 1, cost)] = (subject_id, expert)
    tails = Counter(expert for _, expert in pairs.values())
    for expert, times in tails.items():
        for place in range(times):
            cost = WEIGHTS["load"] * (pool[expert].chairs + place) * point
            net.arc(("e", expert), SINK, 1, cost)
    flow = net.solve(len(rows)) if pairs else []
    return dict(pair for arc, pair in pairs.items() if flow[arc])


def _reserves(subjects, candidates, chosen, loads, lots) -> dict[int, tuple[int, ...]]:
    """Subject id -> who steps in, in order: matching field, then least load, then the lot of the same seed."""
    free = [c for c in candidates if not c.closed and c.capacity > loads[c.id]]
    result = {}
    for subject in subjects:
        if subject.wanted <= 0:
            continue
        shut = _shut(subject).union(chosen[subject.id])
        may = [c for c in free if c.id not in shut]
        row = lots.row("seat", subject.id, [c.id for c in may])
        keys = [(subject.field not in c.fields, c.load + loads[c.id], row[c.id], c.id) for c in may]
        result[subject.id] = tuple(key[-1] for key in heapq.nsmallest(RESERVES, keys))
    return result


def _reason(subject, pool, expert: int, chosen, mix, loads) -> str:
    candidate = pool[expert]
    match = f"熟悉“{subject.field}”" if subject.field in candidate.fields else "领域不完全对应"
    kind = BACKGROUNDS.get(candidate.background, candidate.background)
    others = [other for other in chosen if other != expert]
    is_needed = candidate.background in _wishes(subject, pool, mix, others)
    load = candidate.load + loads[expert]
    wish = f"满足每项至少 {mix[candidate.background]} 名{kind}类" if is_needed else f"{kind}类"
    return f"{match}；{wish}；安排后本年度共 {load} 项；未发现利益冲突"


def _shortage(subject: Subject, candidates, chosen, loads) -> Shortage:
    groups: dict[str, list[int]] = {key: [] for key in ("conflict", "held", "seated", *CLOSED, "full")}
    for candidate in candidates:
        if candidate.id in chosen:
            continue
        groups[_obstacle(subject, candidate, loads)].append(candidate.id)
    left_out = {key: tuple(ids) for key, ids in groups.items() if ids}
    return Shortage(subject.id, subject.wanted - len(chosen), left_out)


def _obstacle(subject: Subject, candidate: Candidate, loads) -> str:
    """Why the candidate is not on the item; nobody with a free place is left where a seat is empty."""
    if candidate.id in subject.barred:
        return "conflict"
    if candidate.id in subject.seated | subject.panel:
        return "seated"
    if candidate.id in subject.held:
        return "held"
    if candidate.closed:
        return candidate.closed
    if candidate.capacity > loads[candidate.id]:
        raise ArithmeticError(f"expert {candidate.id} is free, yet item {subject.id} stays short")
    return "full"
