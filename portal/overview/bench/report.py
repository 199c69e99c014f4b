"""docs/benchmarks.md: the figures, when and on what machine they were taken, and how to read them."""

import os
import platform
import statistics
from importlib.metadata import version
from pathlib import Path

import django
from django.utils import timezone

from portal.overview.bench import server
from portal.overview.bench.load import Figures
from portal.overview.bench.runner import FLOORS, Outcome

HEAD = """# Benchmarks

Written by `make bench` (`manage.py bench`) on {day}: {machine}.

PostgreSQL {postgres}, Python {python}, Django {django}, gunicorn {gunicorn} with 2 sync workers, WeasyPrint
{weasyprint}, settings as in production without TLS. The load comes from the same machine and takes part of its cores.

How to read it: p50 and p95 are milliseconds of one request while {connections} connections ask at once (writes: one
connection). *SQL* and *rows* are the queries of a request and the rows they fetched, *KB* the size of the answer.
*Floor* is the ratio of p50 to a bare view of the same process: for pages session, user, one query of 50 rows; for
writes session, user, one insert. *Growth* is p50 at {large} projects by p50 at {small}: a page that pages its rows
stays near 1.
"""
TABLE = """
## {count} projects, {rows} ledger rows

| page or write | | p50 ms | p95 ms | SQL | rows | KB | floor |{growth_head}
|---|---|--:|--:|--:|--:|--:|--:|{growth_line}
{lines}
"""
TAIL = """
## Work without a page

| work | figure |
|---|--:|
| acceptance report PDF ({size:.0f} KB), first in a process | {cold:.2f} s |
| acceptance report PDF, warm (median of {count}) | {warm:.2f} s |
| acceptance reports a second, 2 processes | {per_second:.2f} |
| ban check, lines a second, 1 process ({lines} different lines) | {ban:,.0f} |
| ledger file of {small_lines:,} lines: dry run | {small_dry:.1f} s |
| ledger file of {large_lines:,} lines: dry run | {large_dry:.1f} s |
| its booking: lines and verdicts stored | {large_book:.1f} s |
| peak memory of the process after the smaller / the larger file | {small_memory} MB / {large_memory} MB |
| draw of experts, {items:,} applications by {experts} experts, {seats:,} seats: the task | {whole:.1f} s |
| of it conflicts and loads of every pair / solution | {facts:.1f} s / {solution:.1f} s |
| its confirmation: the facts again, compared, seats written | {commit:.1f} s |
"""


def write(outcome: Outcome, path: Path) -> None:
    """Write the report to `path`."""
    path.write_text(text_of(outcome), encoding="utf-8")


def text_of(outcome: Outcome) -> str:
    """The report in Markdown."""
    counts = [size.projects for size in outcome.sizes]
    head = HEAD.format(
        day=timezone.localdate().isoformat(),
        machine=machine(),
        postgres=server.server_version(),
        python=platform.python_version(),
        django=django.get_version(),
        gunicorn=version("gunicorn"),
        weasyprint=version("weasyprint"),
        connections=2,
        small=f"{counts[0]:,}",
        large=f"{counts[-1]:,}",
    )
    return head + "".join(_table(outcome, count) for count in counts) + _loading(outcome) + _tail(outcome)


def machine() -> str:
    """Cores, processor, memory and system; no host name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {_processor()}, {memory:.0f} GB, {platform.system()}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor unknown"
    )


def _table(outcome: Outcome, count: int) -> str:
    pages, first = outcome.pages[count], outcome.pages[outcome.sizes[0].projects]
    with_growth = count != outcome.sizes[0].projects
    lines = [_line(figures, pages, first.get(name) if with_growth else None) for name, figures in pages.items()]
    return TABLE.format(
        count=f"{count:,}",
        rows=f"{count * 50:,}",
        lines="\n".join(lines),
        growth_head=" growth |" if with_growth else "",
        growth_line="--:|" if with_growth else "",
    )


def _line(figures: Figures, pages: dict[str, Figures], smaller: Figures | None) -> str:
    floor = pages[FLOORS[figures.method]]
    cells = [
        figures.name,
        figures.method,
        f"{figures.p50:.1f}",
        f"{figures.p95:.1f}",
        str(figures.queries),
        str(figures.rows),
        f"{figures.size / 1024:.1f}",
        f"{figures.p50 / floor.p50:.1f}",
    ]
    if smaller is not None:
        cells.append(f"{figures.p50 / smaller.p50:.2f}")
    return f"| {' | '.join(cells)} |"


def _loading(outcome: Outcome) -> str:
    told = [f"{count:,} projects in {seconds:.0f} s" for count, seconds in outcome.loading.items() if seconds]
    return f"\nData sets were loaded by `load_demo`: {', '.join(told)}.\n" if told else ""


def _tail(outcome: Outcome) -> str:
    return TAIL.format(
        size=outcome.pdf["size"] / 1024,
        cold=outcome.pdf["cold"],
        warm=statistics.median(outcome.pdf["times"]),
        count=len(outcome.pdf["times"]),
        per_second=outcome.pdf["per_second"],
        lines=outcome.ban["lines"],
        ban=outcome.ban["lines"] / outcome.ban["seconds"],
        **outcome.draw,
        **outcome.ledger,
    )
