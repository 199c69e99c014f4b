"""The last minute before a deadline: many units submit at once; what was acknowledged must be there, once.

The load is open: every unit comes at a moment of its own, drawn beforehand, whether or not the server has answered the
others. Between them a bare write (the floor) is sent as often, so that both feel the same crowd.
"""

import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from portal.models import User
from portal.overview.bench import server
from portal.overview.bench.drafts import make_rush
from portal.overview.bench.load import Answer, Figures, Person
from portal.overview.bench.middleware import FLOOR
from portal.overview.bench.runner import SIZES, load_data
from portal.overview.bench.targets import open_session
from projects.models import Application, ApplicationVersion

UNITS, SECONDS, QUICK_UNITS, QUICK_SECONDS = 200, 60.0, 8, 4.0
CONNECTIONS, SEED, EVERY_TWICE = 24, 20250820, 10
HEAD = """# The last minute before a deadline

Written by `make bench-rush` (`manage.py bench --rush`): {units} units submit within {window:.0f} s, each at a moment
drawn beforehand (open load), against gunicorn with 2 sync workers on PostgreSQL and Redis with 200 projects. Every unit
opens the confirmation page and submits; one in {twice} sends the form twice at once, as an impatient finger does. The
floor POST is a bare write (session, user, one insert) that is sent between them, as often.

| request | | count | p50 ms | p95 ms | p95 by the floor's |
|---|---|--:|--:|--:|--:|
{rows}

The last answer came after {seconds:.1f} s. {errors} answers of 400 and above.
Acknowledged: {acknowledged} units; stored: {stored} versions of {applications} applications, all of different receipts.
`check_invariants` passed afterwards.
"""


def prepare(count: int) -> dict:
    """Units with sessions of their admins, a session for the floor, and how many versions were frozen before."""
    units = [{"ready": row["ready"], "session": open_session(row["people"]["unitadmin"])} for row in make_rush(count)]
    return {"units": units, "floor": open_session(User.objects.get(username="rush-officer"))} | frozen_versions()


def frozen_versions() -> dict:
    """How many submitted versions there are, of how many applications, under how many receipts."""
    rows = ApplicationVersion.objects
    return {
        "versions": rows.count(),
        "applications": Application.objects.filter(versions__isnull=False).distinct().count(),
        "receipts": rows.values("receipt").distinct().count(),
    }


@dataclass
class Rush:
    """All figures of one rush; many threads add to them."""

    port: int
    figures: dict[str, Figures] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, name: str, method: str, answer: Answer) -> Answer:
        """Keep one answer."""
        with self.guard:
            self.figures.setdefault(name, Figures(name, method)).add(answer)
            if answer.status >= 400:
                self.failed.append(f"{name}: {answer.status}")
        return answer

    def submit(self, unit: dict, *, twice: bool) -> None:
        """A unit opens the confirmation page and submits; `twice`: it sends the same form again at the same time."""
        admin, step = Person(self.port, unit["session"]), f"/applications/{unit['ready']}/steps/submit/"
        page = self.note("confirmation page", "GET", admin.ask("GET", step))
        form = next(form for form in admin.forms_of(page, step) if "note" in form.fields)
        if twice:
            again = Person(self.port, unit["session"])
            again.cookies |= admin.cookies
            thread = threading.Thread(target=self._send, args=(again, step, form, unit))
            thread.start()
            self._send(admin, step, form, unit)
            thread.join()
        else:
            self._send(admin, step, form, unit)

    def _send(self, person: Person, step: str, form, unit: dict) -> None:
        answer = self.note("submit", "POST", person.post(step, form.filled()))
        if answer.status == 302 and "/receipt/" in answer.headers.get("Location", ""):
            with self.guard:
                self.acknowledged.add(unit["ready"])

    def bare(self, session: str) -> None:
        """One bare write."""
        person = Person(self.port, session)
        self.note("floor POST", "POST", person.post(FLOOR, {}))


def run(*, quick: bool, say: Callable[[str], None]) -> str:
    """Prepare, rush, check; returns the report, written to docs/benchmarks-rush.md unless quick."""
    size, count, window = SIZES[0], QUICK_UNITS if quick else UNITS, QUICK_SECONDS if quick else SECONDS
    folder = Path(settings.VAR_DIR) / "bench" / size.database
    folder.mkdir(parents=True, exist_ok=True)
    load_data(size, folder, say)
    server.forget(size.database)
    say(f"Preparing {count} units")
    plan = json.loads(server.manage(size.database, folder, "bench", "--part", "rush", "--count", str(count)))
    with server.gunicorn(size.database, folder) as port:
        rush = Rush(port)
        _warm(rush, plan)
        started = time.perf_counter()
        _all_in_time(rush, plan, window)
        seconds = time.perf_counter() - started
    server.manage(size.database, folder, "check_invariants")
    after = json.loads(server.manage(size.database, folder, "bench", "--part", "versions"))
    stored = {name: after[name] - plan[name] for name in after}
    if rush.failed or set(stored.values()) != {count} or len(rush.acknowledged) != count:
        raise CommandError(f"{len(rush.acknowledged)} of {count} acknowledged, stored {stored}, failed {rush.failed}")
    text = _text(rush, plan, window, seconds, stored)
    if not quick:
        (Path(settings.BASE_DIR) / "docs" / "benchmarks-rush.md").write_text(text, encoding="utf-8")
    return text


def _warm(rush: Rush, plan: dict) -> None:
    """Both workers have loaded their code and opened their connections before anybody counts."""
    for _ in range(6):
        rush.bare(plan["floor"])
        Person(rush.port, plan["units"][0]["session"]).ask("GET", f"/applications/{plan['units'][0]['ready']}/")
    rush.figures.clear()


def _all_in_time(rush: Rush, plan: dict, window: float) -> None:
    """Send everybody off at his moment; raises what a thread raised."""
    moments, units = random.Random(SEED), plan["units"]  # a repeatable crowd, no secret
    tasks = [
        (moments.uniform(0, window), rush.submit, (unit,), {"twice": place % EVERY_TWICE == 0})
        for place, unit in enumerate(units)
    ]
    tasks += [(moments.uniform(0, window), rush.bare, (plan["floor"],), {}) for _ in units]
    started, pause = time.perf_counter(), threading.Event()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        running = []
        for moment, act, arguments, options in sorted(tasks, key=lambda task: task[0]):
            pause.wait(max(0.0, moment - (time.perf_counter() - started)))
            running.append(pool.submit(act, *arguments, **options))
        for done in running:
            done.result()


def _text(rush: Rush, plan: dict, window: float, seconds: float, stored: dict) -> str:
    floor = rush.figures["floor POST"]
    rows = [
        f"| {entry.name} | {entry.method} | {len(entry.times)} | {entry.p50:.0f} | {entry.p95:.0f} "
        f"| {entry.p95 / floor.p95:.1f} |"
        for entry in rush.figures.values()
    ]
    return HEAD.format(
        units=len(plan["units"]),
        window=window,
        twice=EVERY_TWICE,
        rows="\n".join(sorted(rows)),
        seconds=seconds,
        errors=len(rush.failed),
        acknowledged=len(rush.acknowledged),
        stored=stored["versions"],
        applications=stored["applications"],
    )
