"""What the pages of a draw show: figures, panels with reasons, shortages by name, what changed, who is next (D2)."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from reviews.assignment import BACKGROUNDS, CLOSED, Draw
from reviews.models import Assignment, ExpertDraw, Round
from reviews.queries.pool import Problem, drawn_of

LEFT_OUT = {"conflict": "须回避", "held": "线索待核实", "full": "已达负担上限", "seated": "已安排过", **CLOSED}
NAMES_SHOWN = 20


@dataclass(frozen=True)
class Panel:
    """One item of a draw: who is seated with reasons, who stays from before, reserves, what is missing and why."""

    item: dict
    seats: list[tuple[dict, str, bool]]
    kept: list[dict]
    reserves: list[dict]
    missing: int
    left_out: list[tuple[str, int, str]]
    unmet: list[str]


def listed(round: Round):
    """Draws of a round, newest first, without their long columns."""
    return round.draws.defer("snapshot", "result").select_related("requested_by", "committed_by")


def committed(round: Round):
    """Draws that took effect, in their order."""
    return listed(round).filter(state="committed").order_by("pk")


def figures_of(snapshot: dict, drawn: Draw) -> dict:
    """Numbers that say how good a draw is."""
    fields = {row["id"]: row["field"] for row in snapshot["items"]}
    pool = {row["id"]: row for row in snapshot["pool"]}
    loads = Counter(seat.expert for seat in drawn.seats)
    totals = [row["load"] + loads[row["id"]] for row in pool.values() if not row["closed"]]
    return {
        "items": len(fields),
        "seats": len(drawn.seats),
        "wanted": sum(row["wanted"] for row in snapshot["items"]),
        "matched": sum(fields[seat.subject] in pool[seat.expert]["fields"] for seat in drawn.seats),
        "short_items": len(drawn.unfilled),
        "unmet_items": len({item for item, _, _ in drawn.unmet}),
        "held": sum(len(row["held"]) for row in snapshot["items"] if row["wanted"]),
        "candidates": sum(not row["closed"] for row in pool.values()),
        "closed": sum(bool(row["closed"]) for row in pool.values()),
        "load_min": min(totals, default=0),
        "load_max": max(totals, default=0),
    }


def panels(draw: ExpertDraw) -> list[Panel]:
    """All items of a computed draw with words, short ones first."""
    drawn = drawn_of(draw)
    pool = {row["id"]: row for row in draw.snapshot["pool"]}
    seats: dict[int, list] = {}
    for seat in drawn.seats:
        seats.setdefault(seat.subject, []).append((pool[seat.expert], seat.reason, seat.is_chair))
    short = {row.subject: row for row in drawn.unfilled}
    unmet: dict[int, list[str]] = {}
    for item, background, missing in drawn.unmet:
        unmet.setdefault(item, []).append(f"{BACKGROUNDS[background]}类还缺 {missing} 人")
    result = [
        Panel(
            item,
            seats.get(item["id"], []),
            [pool[pk] for pk in item["panel"] if pk in pool],
            [pool[pk] for pk in drawn.reserves.get(item["id"], ())],
            short[item["id"]].missing if item["id"] in short else 0,
            _named(short.get(item["id"]), pool),
            unmet.get(item["id"], []),
        )
        for item in draw.snapshot["items"]
        if item["wanted"]
    ]
    return sorted(result, key=lambda panel: (-panel.missing, -len(panel.unmet), panel.item["id"]))


def _named(shortage, pool) -> list[tuple[str, int, str]]:
    """(word, number, some of the names) for what kept experts off an item."""
    if shortage is None:
        return []
    rows = []
    for key, ids in shortage.left_out.items():
        names = "、".join(pool[pk]["name"] for pk in ids[:NAMES_SHOWN])
        rows.append((LEFT_OUT[key], len(ids), names + ("等" if len(ids) > NAMES_SHOWN else "")))
    return rows


def difference(before: dict, now: dict) -> str:
    """What changed between two snapshots, in a sentence."""
    parts = []
    if before["mix"] != now["mix"]:
        parts.append("类别搭配已调整")
    if (before["solver"], before["weights"]) != (now["solver"], now["weights"]):
        parts.append("计算程序已升级")
    old, new = ({row["id"]: row for row in snapshot["pool"]} for snapshot in (before, now))
    changed = [new[pk]["name"] for pk in new if pk in old and new[pk] != old[pk]]
    for word, names in (("专家新增", [new[pk]["name"] for pk in new if pk not in old]), ("专家情况有变", changed)):
        if names:
            parts.append(f"{word} {len(names)} 人（{'、'.join(names[:5])}{'等' if len(names) > 5 else ''}）")
    old, new = ({row["id"]: row for row in snapshot["items"]} for snapshot in (before, now))
    items = [row["title"] for pk, row in new.items() if row != old.get(pk)]
    if items or len(old) != len(new):
        parts.append(f"{len(items)} 个项目的席位、领域或回避情况有变（{'、'.join(items[:3])}）")
    return "；".join(parts) or "候选情况有变"


def next_reserve(round: Round, given: Problem) -> int | None:
    """The first of the reserves of the item who can still sit; one whose background the panel lacks comes first."""
    subject, pool = given.subjects[0], {row.id: row for row in given.candidates}
    shut = subject.barred | subject.held | subject.seated | subject.panel
    order: list[int] = []
    for result in round.draws.filter(state="committed").order_by("-pk").values_list("result", flat=True):
        order += [pk for pk in result["reserves"].get(str(subject.id), ()) if pk not in order]
    free = [pk for pk in order if pk in pool and pk not in shut and not pool[pk].closed and pool[pk].capacity > 0]
    there = Counter(pool[pk].background for pk in subject.panel if pk in pool)
    lacking = [pk for pk in free if given.mix.get(pool[pk].background, 0) > there[pool[pk].background]]
    return next(iter([*lacking, *free]), None)


def situation(round: Round) -> dict:
    """How many seats are filled by hand and by draw, and how many are still wanted."""
    by_origin = dict(
        Assignment.objects.live().filter(item__round=round).order_by().values_list("origin").annotate(n=Count("pk"))
    )
    items, filled = round.items.count(), sum(by_origin.values())
    return {
        "items": items,
        "filled": filled,
        "manual": by_origin.get("manual", 0),
        "wanted": max(items * round.experts_per_item - filled, 0),
    }


def tiles(draw: ExpertDraw) -> list[dict]:
    """The figures of a draw for components/stat_tiles.html."""
    told = draw.figures
    seats = {"label": "可安排席位", "value": told["seats"], "hint": f"需要 {told['wanted']} 席"}
    share = round_percent(told["matched"], told["seats"])
    rows = [
        seats | {"tone": "warn" if told["seats"] < told["wanted"] else ""},
        {"label": "领域对应", "value": f"{share}%", "hint": f"{told['matched']} 席"},
        {"label": "缺席位的项目", "value": told["short_items"], "tone": "danger" if told["short_items"] else ""},
        {"label": "类别不齐的项目", "value": told["unmet_items"], "tone": "warn" if told["unmet_items"] else ""},
        {"label": "本年度负担，最少–最多", "value": f"{told['load_min']}–{told['load_max']} 项"},
        {"label": "候选专家", "value": told["candidates"], "hint": f"另有 {told['closed']} 人不可安排"},
    ]
    if told["held"]:
        hint = "未核实前不安排，可先核实再试抽"
        rows.append({"label": "待核实的线索", "value": told["held"], "hint": hint, "tone": "warn"})
    return rows


def round_percent(part: int, whole: int) -> int:
    """Whole percent, rounded down: 100 means all."""
    return 100 * part // whole if whole else 0
