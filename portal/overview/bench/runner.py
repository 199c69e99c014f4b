"""The order of a benchmark: data sets, then pages and writes on each, then PDFs, the ban check and a draw."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError

from portal.overview.bench import server
from portal.overview.bench.load import Answer, Figures, Person, in_parallel
from portal.overview.bench.targets import Target

SEED = 20251
ROWS_PER_PROJECT = 50
WARM_UP = 6
CONNECTIONS = 2
PROCESSES = 2
FLOORS = {"GET": "floor GET", "POST": "floor POST"}


@dataclass(frozen=True)
class Size:
    """A data set, and how many requests each page and each write gets on it."""

    projects: int
    reads: int
    writes: int

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"bench_{self.projects}"


SIZES = (Size(200, 60, 30), Size(2000, 60, 30))
QUICK = (Size(200, 12, 8),)


@dataclass
class Outcome:
    """Everything that was measured."""

    sizes: tuple[Size, ...]
    pages: dict[int, dict[str, Figures]] = field(default_factory=dict)
    loading: dict[int, float] = field(default_factory=dict)
    pdf: dict = field(default_factory=dict)
    ban: dict = field(default_factory=dict)
    draw: dict = field(default_factory=dict)
    ledger: dict = field(default_factory=dict)


def run(sizes: tuple[Size, ...], say: Callable[[str], None]) -> Outcome:
    """Measure everything; `say` hears what is going on."""
    outcome = Outcome(sizes)
    for size in sizes:
        folder = Path(settings.VAR_DIR) / "bench" / size.database
        folder.mkdir(parents=True, exist_ok=True)
        outcome.loading[size.projects] = load_data(size, folder, say)
        plan = json.loads(server.manage(size.database, folder, "bench", "--part", "targets"))
        say(f"{size.projects} projects: {len(plan['targets'])} pages and writes")
        with server.gunicorn(size.database, folder) as port:
            outcome.pages[size.projects] = measure(plan, size, port)
    say("Acceptance PDF, ban check, draw of experts, ledger files")
    outcome.pdf = measure_pdf(sizes[0], quick=sizes is QUICK)
    outcome.ban = part(sizes[0], "ban")
    outcome.draw = part(sizes[-1], "draw")
    outcome.ledger = part(sizes[-1], "ledger")
    return outcome


def load_data(size: Size, folder: Path, say: Callable[[str], None]) -> float:
    """Create and load the database unless it stands already, made in the same way; seconds it took, or 0."""
    made_with = {"seed": SEED, "rows": size.projects * ROWS_PER_PROJECT, "code": fingerprint()}
    if server.stamp(size.database) == made_with:
        return 0
    say(f"Loading {size.projects} projects with {made_with['rows']} ledger rows")
    server.recreate(size.database)
    server.manage(size.database, folder, "migrate", "--verbosity", "0")
    started = time.perf_counter()
    options = ("--projects", str(size.projects), "--ledger-rows", str(made_with["rows"]), "--seed", str(SEED))
    server.manage(size.database, folder, "load_demo", *options)
    server.set_stamp(size.database, made_with)
    return time.perf_counter() - started


def fingerprint() -> str:
    """Digest of the migrations and of the loader: when they change, the data sets are made anew."""
    root = Path(settings.BASE_DIR)
    files = sorted([*root.glob("*/migrations/*.py"), *root.glob("portal/overview/demo/**/*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def measure(plan: dict, size: Size, port: int) -> dict[str, Figures]:
    """Figures of every target by name; the floor is measured before, in the middle and after, and taken together."""
    targets = [Target(**entry) for entry in plan["targets"]]
    floors = [target for target in targets if target.name in FLOORS.values()]
    pages = [target for target in targets if target not in floors]
    half = len(pages) // 2
    found: dict[str, Figures] = {}
    for target in [*floors, *pages[:half], *floors, *pages[half:], *floors]:
        figures = found.setdefault(target.name, Figures(target.name, target.method))
        people = [Person(port, plan["sessions"].get(target.role, "")) for _ in range(CONNECTIONS)]
        attempt(target, size, people, figures)
    return found


def attempt(target: Target, size: Size, people: list[Person], figures: Figures) -> None:
    """Warm up without counting, then measure; an answer that is no success ends the benchmark."""
    once = sender(target) if target.method == "POST" else lambda person: person.ask("GET", target.path)
    # Two tabs saving the same draft would only measure conflicts.
    people = people[:1] if target.page and target.name not in FLOORS.values() else people
    in_parallel(WARM_UP, people, once, Figures(target.name, target.method))
    in_parallel(size.writes if target.page else size.reads, people, once, figures)
    if not figures.statuses <= {200, 204, 302}:
        raise CommandError(f"{target.name} ({target.path}) answered {sorted(figures.statuses)}")


def sender(target: Target) -> Callable[[Person], Answer]:
    """A function that reads the form, changes it, and sends it; only the sending is timed."""
    counter = iter(range(1, 1_000_000))
    stamp = f"{time.time():.0f}"

    def once(person: Person) -> Answer:
        if target.page == target.path and not target.button:
            return person.post(target.path, {})
        form = next(
            form for form in person.forms(target.page) if any(target.button in button[2] for button in form.buttons)
        )
        number = str(next(counter))
        values = {name: text.replace("{n}", number).replace("{stamp}", stamp) for name, text in target.values.items()}
        path = urlsplit(form.action).path
        headers = {"HX-Request": "true"} if target.htmx else {}
        answer = person.post(path, form.filled(**values), **headers)
        return _unless_refused(target, answer)

    return once


def _unless_refused(target: Target, answer: Answer) -> Answer:
    """A form that comes back with errors was not saved: say so instead of timing it."""
    if not target.htmx and answer.status == 200:
        raise CommandError(f"{target.name}: the form came back\n{answer.text[:3000]}")
    return answer


def part(size: Size, name: str, *options: str) -> dict:
    """Run one part of the benchmark in a process on the database of a size."""
    folder = Path(settings.VAR_DIR) / "bench" / size.database
    return json.loads(server.manage(size.database, folder, "bench", "--part", name, *options))


def measure_pdf(size: Size, *, quick: bool) -> dict:
    """One process for the time of one document, then two at once for documents a second."""
    count = "3" if quick else "10"
    alone = part(size, "pdf", "--count", count)
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "bench", "--part", "pdf", "--count", count]
    environment = server.environment(size.database, Path(settings.VAR_DIR) / "bench" / size.database)
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    together = [json.loads(process.communicate()[0]) for process in running]
    rate = sum(len(entry["times"]) / sum(entry["times"]) for entry in together)
    return alone | {"per_second": rate}
