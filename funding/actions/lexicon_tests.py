"""Runs a draft of the lexicon over past decisions and waiting lines; the row is the truth, the broker wakes (14)."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from funding.models import LexiconTest
from funding.queries import lexicon as words
from funding.queries.spending import booking_of, effective_lexicon, spending_context
from funding.states import LexiconTestState, Verdict
from portal import notify, workflow
from portal.errors import Conflict
from portal.measures.lexicon import Lexicon
from portal.measures.regression import Case, Tally
from portal.measures.spending import check_line

MAX_ATTEMPTS = 3
LOST_AFTER, STUCK_AFTER = timedelta(seconds=30), timedelta(minutes=3)
BROKEN = "测试时出错，草稿没有改变。请重新测试；仍不成功的，请联系平台管理员。"


def stuck():
    """Tests that should be on their way but are not: lost messages and killed workers."""
    now = timezone.now()
    lost = Q(state=LexiconTestState.QUEUED, touched_at__lt=now - LOST_AFTER)
    killed = Q(state=LexiconTestState.RUNNING, touched_at__lt=now - STUCK_AFTER)
    return LexiconTest.objects.filter(lost | killed).order_by("pk")


def run_test(test_id: int) -> None:
    """Run one test; idempotent, so that a message that comes twice does no harm."""
    test = LexiconTest.objects.select_related("requested_by").get(pk=test_id)
    if test.state not in (LexiconTestState.QUEUED, LexiconTestState.RUNNING):
        return
    attempts = test.attempts + 1
    try:
        if attempts > MAX_ATTEMPTS:
            workflow.move(test, "fail", by=None, error=BROKEN)
            return
        workflow.move(test, "run", by=None, attempts=attempts, progress=1, touched_at=timezone.now())
        _run(test)
    except Conflict:
        return  # another worker was faster


def _run(test: LexiconTest) -> None:
    old, name = effective_lexicon(test.edition)
    result = _tally(test, old, Lexicon.from_entries(test.entries)).as_data() | {"against_version": name}
    with transaction.atomic():
        workflow.move(test, "finish", by=None, progress=100, result=result, touched_at=timezone.now())
    text = "草稿已在以往认定和待认定的支出上测试，请查看会改变的结论。"
    url = f"/admin/funding/lexiconversion/tests/{test.pk}/"
    notify.tell([test.requested_by], "词库草稿测试完成", text, url=url, mail=False)


def _tally(test: LexiconTest, old: Lexicon, new: Lexicon) -> Tally:
    tally, projects = Tally(), words.tested_projects(test.edition)
    for place, project in enumerate(projects):
        for case in _cases(project, old, new):
            tally.add(case)
        done = {"progress": 1 + 98 * (place + 1) // len(projects), "touched_at": timezone.now()}
        LexiconTest.objects.filter(pk=test.pk).update(**done)
    return tally


def _cases(project, old: Lexicon, new: Lexicon) -> Iterator[Case]:
    context = spending_context(project)
    for line in words.tested_lines(project).iterator(chunk_size=2000):
        expense = context.expense(booking_of(line))
        before, after = check_line(expense, old), check_line(expense, new)
        decision = line.decided_as if line.decided_as in (Verdict.ALLOWED, Verdict.BANNED) else ""
        yield Case(
            line.pk,
            decision,
            (line.decided_item or "") if decision else "",
            before.verdict,
            before.article_item,
            after.verdict,
            after.article_item,
        )
