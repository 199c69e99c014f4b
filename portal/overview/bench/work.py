"""Work without a page: the acceptance PDF and the ban check, timed in one process."""

import time
from datetime import timedelta

from django.utils import timezone

from funding.models import LedgerLine
from portal import pdf
from portal.measures.lexicon import load_lexicon
from portal.measures.spending import ExpenseLine, check_line
from portal.models import User
from projects.models import Project
from reviews.documents import report_snapshot
from reviews.models import AcceptanceConclusion

TEMPLATE = "pdf/acceptance_report.html"


def time_pdf(count: int) -> dict:
    """Render the acceptance report of the project with the longest ledger: once cold, then `count` times warm."""
    context = _report_context()
    started = time.perf_counter()
    size = len(pdf.render(TEMPLATE, context, title="验收报告"))
    cold = time.perf_counter() - started
    times = []
    for _ in range(count):
        started = time.perf_counter()
        pdf.render(TEMPLATE, context, title="验收报告")
        times.append(time.perf_counter() - started)
    pdf.stop()
    return {"cold": cold, "times": times, "size": size}


def _report_context() -> dict:
    conclusion = AcceptanceConclusion.objects.filter(state="issued").order_by("pk").first()
    if conclusion is None:
        # The data set has no issued conclusion: the same report of a running project, not stored.
        project, officer = Project.objects.filter(state="running").first(), User.objects.filter(duty="officer").first()
        conclusion = AcceptanceConclusion(project=project, code="passed", opinion="同意通过验收。", drafted_by=officer)
        conclusion.issued_at = timezone.now() - timedelta(days=1)
    mark = {"version": 1, "template_version": "bench", "digest": "0" * 64, "verification_code": "2222-2222-2222-2222"}
    snapshot = report_snapshot(conclusion)
    return snapshot | {"doc": snapshot["doc"] | mark | {"verification_url": "https://portal.example.cn/verify/"}}


def time_ban_check(limit: int) -> dict:
    """Check up to `limit` stored lines, each made different so that no cache answers."""
    rows = LedgerLine.objects.order_by("pk").values_list("summary", "account", "payee", "amount", "source")[:limit]
    lines = [ExpenseLine(f"{row[0]}（{number}）", *row[1:]) for number, row in enumerate(rows)]
    lexicon = load_lexicon()
    check_line(lines[0], lexicon)
    started = time.perf_counter()
    for line in lines:
        check_line(line, lexicon)
    return {"lines": len(lines), "seconds": time.perf_counter() - started}
