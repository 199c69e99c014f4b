"""The hour before a deadline: many units save drafts and submit at once; what was acknowledged must be there."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from portal.overview.bench import server
from portal.overview.bench.drafts import make_rush
from portal.overview.bench.load import Answer, Figures, Person
from portal.overview.bench.runner import SIZES, load_data
from portal.overview.bench.targets import open_session
from projects.models import ApplicationVersion

UNITS, QUICK_UNITS, CONNECTIONS, SAVES = 60, 8, 12, 4
HEAD = """# The hour before a deadline

Written by `make bench-rush` (`manage.py bench --rush`): {units} units over {connections} connections at once, gunicorn
with 2 sync workers, PostgreSQL, 200 projects. Every unit opens its task list, saves a section {saves} times and submits
one application.

| request | | count | p50 ms | p95 ms |
|---|---|--:|--:|--:|
{rows}

{total} requests in {seconds:.1f} s ({rate:.1f} a second), {errors} answers of 500 and above.
Acknowledged submissions: {acknowledged}; frozen versions in the database: {stored}.
`check_invariants` passed afterwards.
"""


def prepare(count: int) -> dict:
    """Units with sessions, and how many versions were frozen before."""
    units = [
        {"ready": row["ready"], "draft": row["draft"]}
        | {role: open_session(user) for role, user in row["people"].items()}
        for row in make_rush(count)
    ]
    return {"units": units, "versions": frozen_versions()}


def frozen_versions() -> int:
    """How many submitted versions there are."""
    return ApplicationVersion.objects.count()


class Rush:
    """All figures of one rush; many threads add to them."""

    def __init__(self, port: int):
        self.port = port
        self.figures: dict[str, Figures] = {}
        self.acknowledged = 0
        self.guard = threading.Lock()

    def note(self, name: str, method: str, answer: Answer) -> Answer:
        """Keep one answer."""
        with self.guard:
            self.figures.setdefault(name, Figures(name, method)).add(answer)
        return answer

    def one_unit(self, unit: dict) -> None:
        """What one unit does in its last hour."""
        drafter, admin = Person(self.port, unit["drafter"]), Person(self.port, unit["unitadmin"])
        draft, ready = f"/applications/{unit['draft']}/", f"/applications/{unit['ready']}/"
        self.note("task list", "GET", drafter.ask("GET", draft))
        part = f"{draft}parts/rationale/"
        for number in range(SAVES):
            form = next(form for form in drafter.forms(part) if "text" in form.fields)
            data = form.filled(text=f"截止前第{number + 1}次保存。" * 30)
            self.note("autosave", "POST", drafter.post(part, data, **{"HX-Request": "true"}))
        step = f"{ready}steps/submit/"
        form = next(form for form in admin.forms(step) if "note" in form.fields)
        answer = self.note("submit", "POST", admin.post(step, form.filled()))
        with self.guard:
            self.acknowledged += answer.status == 302 and "/receipt/" in answer.headers.get("Location", "")


def run(*, quick: bool, say: Callable[[str], None]) -> str:
    """Prepare, rush, check; returns the report, written to docs/benchmarks-rush.md unless quick."""
    size, count = SIZES[0], QUICK_UNITS if quick else UNITS
    folder = Path(settings.VAR_DIR) / "bench" / size.database
    folder.mkdir(parents=True, exist_ok=True)
    load_data(size, folder, say)
    server.forget(size.database)
    say(f"Preparing {count} units")
    plan = json.loads(server.manage(size.database, folder, "bench", "--part", "rush", "--count", str(count)))
    with server.gunicorn(size.database, folder) as port:
        rush, started = Rush(port), time.perf_counter()
        _all_at_once(rush, plan["units"])
        seconds = time.perf_counter() - started
    server.manage(size.database, folder, "check_invariants")
    stored = int(server.manage(size.database, folder, "bench", "--part", "versions")) - plan["versions"]
    if stored != rush.acknowledged:
        raise CommandError(f"{rush.acknowledged} submissions were acknowledged, {stored} are stored")
    text = _text(rush, len(plan["units"]), seconds, stored)
    if not quick:
        (Path(settings.BASE_DIR) / "docs" / "benchmarks-rush.md").write_text(text, encoding="utf-8")
    return text


def _all_at_once(rush: Rush, units: list[dict]) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(rush.one_unit, unit) for unit in units]:
            done.result()


def _text(rush: Rush, units: int, seconds: float, stored: int) -> str:
    rows = [
        f"| {entry.name} | {entry.method} | {len(entry.times)} | {entry.p50:.0f} | {entry.p95:.0f} |"
        for entry in rush.figures.values()
    ]
    total = sum(len(entry.times) for entry in rush.figures.values())
    return HEAD.format(
        units=units,
        connections=CONNECTIONS,
        saves=SAVES,
        rows="\n".join(rows),
        total=total,
        seconds=seconds,
        rate=total / seconds,
        errors=sum(entry.failures for entry in rush.figures.values()),
        acknowledged=rush.acknowledged,
        stored=stored,
    )
